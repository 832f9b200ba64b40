"""Every address the pages know, with something in each of its blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

__all__ = ["named", "routes"]

BLANK = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>")


def routes(parts: object = None, *, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, address with blanks) of every address: `("centre:request", "me/requests/<str:ref>/")`."""
    found = parts if isinstance(parts, list) else get_resolver().url_patterns
    for one in found:
        pattern = before + str(one.pattern).lstrip("^")
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one.url_patterns, before=pattern, space=inner)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name or pattern}", pattern


def named(pattern: str, given: Mapping[str, str]) -> str:
    """Return the address with its blanks filled; what is not given is a word that names nothing."""
    if "(?P<" in pattern:  # allauth writes some of its addresses as expressions
        pattern = re.sub(r"\(\?P<([a-z_]+)>[^)]*\)", r"<\1>", pattern).replace("\\", "").rstrip("$")
    return "/" + BLANK.sub(lambda blank: given.get(blank[1], "nothing"), pattern)
