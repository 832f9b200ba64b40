"""Finding the kinds of promise: every module of this folder that holds a class `Terms`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import kept.promises

__all__ = ["terms"]


@cache
def terms() -> Mapping[str, type[Any]]:
    """Return the `Terms` class of every kind of promise by its code, sorted. Raises TypeError when two share a code."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(kept.promises.__path__, kept.promises.__name__ + "."):
        kind = getattr(importlib.import_module(module.name), "Terms", None)
        if kind is None:
            continue
        if kind.code in found:
            raise TypeError(f"two promises share the code {kind.code!r}")
        found[kind.code] = kind
    return MappingProxyType(dict(sorted(found.items())))
