"""The detectors there are, found by scanning this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kept.detectors.detector import Detector

__all__ = ["detector", "detectors"]


@cache
def detectors() -> Mapping[str, Detector]:
    """Return every detector by its kind, in the order of the kinds. Raises RuntimeError when two files claim one kind."""
    found: dict[str, Detector] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.ispkg or module.name in {"detector", "registry", "panel", "evidence"}:
            continue
        one: Detector = importlib.import_module(f"kept.detectors.{module.name}").DETECTOR
        if one.kind in found:
            raise RuntimeError(f"two detectors claim the kind {one.kind}; rename the one in {module.name}.py")
        found[one.kind] = one
    return MappingProxyType(dict(sorted(found.items())))


def detector(kind: str) -> Detector:
    """Return the detector of a kind. Raises ValueError, which names the known kinds."""
    try:
        return detectors()[kind]
    except KeyError:
        raise ValueError(f"no detector is called {kind!r}; the kinds are {', '.join(detectors())}") from None
