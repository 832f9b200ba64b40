"""The security log: a line in standard error for each attempt to come in, and each refusal. It names accounts, never people."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

__all__ = ["Line", "note"]

NAME: Final = "kept.security"
log = logging.getLogger(NAME)


class Line(logging.Formatter):
    """One line, its moment in UTC."""

    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = None

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        """Return the moment in UTC."""
        return time.gmtime(seconds)

    def __init__(self, *_: Any, **__: Any) -> None:
        """Know the form."""
        super().__init__("%(asctime)s %(name)s %(message)s")


def note(event: str, *, account: Any = None, **facts: str) -> None:
    """Write a line. Facts are words of Kept's own: whatever somebody typed, an address or a name does not belong here."""
    ref = getattr(account, "ref", "")
    log.info("%s", " ".join([event, f"account={ref or 'unknown'}", *(f"{name}={value}" for name, value in facts.items())]))
