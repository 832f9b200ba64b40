"""What a directory asks a list for: by the address's parameters, or by the body of a search (RFC 7644, 3.4.2 and 3.4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest

from .reading import Filter, filter_of, object_of
from .told import wrong

__all__ = ["MOST", "Asked", "by_address", "by_body"]

MOST: Final = 200
ALWAYS: Final = frozenset({"id", "schemas"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which users, and which of their attributes: `only` these, or all but those in `without`. `first` counts from 1."""

    filter: Filter | None
    first: int
    count: int
    only: frozenset[str]
    without: frozenset[str]

    def shown(self, whole: Mapping[str, Any]) -> dict[str, Any]:
        """Return a user with the attributes that are asked for; id and schemas are always there."""
        if self.only:
            return {name: value for name, value in whole.items() if name.lower() in self.only or name in ALWAYS}
        return {name: value for name, value in whole.items() if name.lower() not in self.without or name in ALWAYS}


def by_address(request: HttpRequest) -> Asked:
    """Return what the parameters of an address ask. Raises ApiError 400."""
    named = {name.lower(): str(value) for name, value in request.GET.items()}
    parts = {name: named.get(name, "").split(",") for name in ("attributes", "excludedattributes")}
    return _asked({**named, **parts})


def by_body(request: HttpRequest) -> Asked:
    """Return what the body of a search asks. Raises ApiError 400."""
    return _asked(object_of(request.body))


def _asked(named: Mapping[str, Any]) -> Asked:
    text = named.get("filter") or ""
    if not isinstance(text, str):
        raise wrong("invalidFilter", "The filter is no text", todo='Write userName eq "…".')
    return Asked(
        filter=filter_of(text),
        first=max(1, _number(named, "startIndex", 1)),
        count=min(MOST, max(0, _number(named, "count", MOST))),
        only=_names(named.get("attributes")),
        without=_names(named.get("excludedattributes")),
    )


def _number(named: Mapping[str, Any], name: str, usual: int) -> int:
    value = named.get(name.lower())
    if value in (None, ""):
        return usual
    try:
        return max(-1, min(int(str(value)), 2**31))
    except ValueError as error:
        raise wrong("invalidValue", f"{name} is no number", todo="Send one.") from error


def _names(value: Any) -> frozenset[str]:
    """Return attributes in lower case, without the schema before them and what stands in them."""
    texts: Iterable[str] = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return frozenset(text.strip().rsplit(":", 1)[-1].split(".")[0].lower() for text in texts if text.strip())
