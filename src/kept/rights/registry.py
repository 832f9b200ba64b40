"""The rights that there are, found by the files of this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kept.base.errors import Refused

from .right import Right

__all__ = ["right", "rights"]

NOT_RIGHTS = ("registry", "right")


@cache
def rights() -> Mapping[str, Right]:
    """Return every right by its code."""
    package = __name__.rpartition(".")[0]
    names = [found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]) if found.name not in NOT_RIGHTS]
    found = [importlib.import_module(f"{package}.{name}").RIGHT for name in sorted(names)]
    return {one.code: one for one in found}


def right(code: str) -> Right:
    """Return the right of a code. Raises Refused."""
    try:
        return rights()[code]
    except KeyError:
        raise Refused("There is no such right", todo=f"Choose one of {', '.join(rights())}.") from None
