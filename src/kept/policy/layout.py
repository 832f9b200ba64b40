"""Plain values as YAML that people like to read: short things on one line, keys and texts without quotes where that is safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["block", "flow", "scalar"]

WIDTH: Final = 100
FLOW_SAFE: Final = re.compile(r"[^\W\d][\w ./§()+*-]*\Z")
LENGTH_OF_TIME: Final = re.compile(r"[0-9]+ [a-z]+\Z")
RESERVED: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
ESCAPES: Final[Mapping[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def scalar(value: str | float | bool | None, *, in_flow: bool) -> str:
    """Return a text, number or truth as YAML; in quotes where the bare text would mean something else to some reader of YAML.

    >>> scalar("24 months", in_flow=True), scalar("no", in_flow=True), scalar("12", in_flow=True)
    ('24 months', '"no"', '"12"')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if not isinstance(value, str):
        return str(value)
    return value if _is_plain(value, in_flow=in_flow) else '"' + "".join(map(_escaped, value)) + '"'


def _is_plain(text: str, *, in_flow: bool) -> bool:
    if LENGTH_OF_TIME.match(text):
        return True
    if not text or text[-1] == " " or text.casefold() in RESERVED or not text.isprintable():
        return False
    if in_flow:
        return bool(FLOW_SAFE.match(text))
    return (text[0].isalpha() or text[0] == "_") and ": " not in text and " #" not in text and text[-1] != ":"


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def flow(value: Any) -> str:
    """Return a value on one line: `{category: user.name, purposes: [service]}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, in_flow=True)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, in_flow=True)


def block(key: str, value: Any, indent: int, *, depth: int = 0, remark: str = "") -> list[str]:
    """Return the lines of `key: value`, indented by `indent` spaces.

    Lists and mappings stay on the key's line where they fit, unless they are fewer than `depth` levels down; `remark` becomes a
    comment on the key's line.
    """
    head = " " * indent + scalar(key, in_flow=True) + ":"
    words = "".join(character for character in " ".join(remark.split()) if character.isprintable())
    comment = f"  # {words}" if words else ""
    if not isinstance(value, Mapping | list):
        return [f"{head} {scalar(value, in_flow=False)}{comment}"]
    line = f"{head} {flow(value)}"
    if not value or (depth <= 0 and len(line) <= WIDTH):
        return [line + comment]
    lines = [head + comment]
    if isinstance(value, list):
        return lines + [f"{' ' * indent}  - {flow(item)}" for item in value]
    for inner, below in value.items():
        lines += block(inner, below, indent + 2, depth=depth - 1)
    return lines
