"""Finding the connector for a URL."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from kept.base.errors import SourceError
from kept.base.ports import Connector
from kept.base.seals import Seals

__all__ = ["Opener", "kinds", "open_store"]


class Opener(Protocol):
    """What the package of a kind offers as `connect`, beside `SCHEMES`, the URL schemes it answers to."""

    def __call__(self, name: str, url: str, *, timeout_seconds: float, seals: Seals | None = None) -> Connector:
        """Return a connector that has not connected yet; `seals` opens and seals columns.

        Raises SourceError for a URL it cannot use.
        """


@cache
def kinds() -> Mapping[str, Opener]:
    """Return the opener of every URL scheme, found by scanning this folder."""
    found: dict[str, Opener] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.ispkg:
            kind = importlib.import_module(f"kept.connectors.{module.name}")
            if hasattr(kind, "SCHEMES"):  # mailboxes and processors are reached in other ways
                found.update(dict.fromkeys(kind.SCHEMES, kind.connect))
    return found


def open_store(name: str, url: str, *, timeout_seconds: float = 3600.0, seals: Seals | None = None) -> Connector:
    """Return the connector for a URL such as `postgresql://…`; it connects when it is first asked.

    `timeout_seconds` bounds every single statement; `seals` opens and seals what the map says is sealed. Raises SourceError when
    no connector answers to the URL's scheme.
    """
    scheme = url.partition(":")[0].partition("+")[0].lower() if "://" in url else ""
    opener = kinds().get(scheme)
    if opener is None:
        known = ", ".join(f"{known}://" for known in sorted(kinds()))
        what = f"a URL that begins with {scheme}://" if scheme.isalnum() else "a URL without a scheme"
        raise SourceError(f"the store {name} has {what}, which no connector answers to", store=name, todo=f"Use one of {known}")
    return opener(name, url, timeout_seconds=timeout_seconds, seals=seals)
