"""Taking a letter's bytes apart (RFC 5322, 2045 to 2047, 2231), within limits, and without an error whatever they are.

The parsers of the standard library recurse as deep as the letter says and look at every line once for each boundary; this one
stops at a depth, a number of parts and a number of bytes, and says that it left something out.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["DEEPEST", "MOST_BYTES", "MOST_PARTS", "Part", "decode_text", "read_parts", "words_of"]

MOST_BYTES: Final = 64 * 2**20
"""What of a letter is looked at; a server that sends letters on mostly refuses more than 25 to 50 MB."""
MOST_HEAD: Final = 256 * 1024
MOST_FIELDS: Final = 1_000
LONGEST_FIELD: Final = 16_000
MOST_PARTS: Final = 200
DEEPEST: Final = 10
NO_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf_7"}
"""Encodings of Python's that no letter is honestly written in; some take time with the square of the length."""

LINE = re.compile(rb"\r\n|\n|\r")
EMPTY_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
ENCODED = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>\d{1,3}))?(?P<encoded>\*)?\Z")
MEDIA_TYPE = re.compile(r"[\w!#$&^.+\-]{1,80}/[\w!#$&^.+\-]{1,120}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A letter, or one part of it: its fields, and either its content or its parts. `cut` where a limit left something out."""

    fields: Mapping[str, tuple[str, ...]] = field(repr=False)
    media_type: str
    parameters: Mapping[str, str] = field(repr=False)
    disposition: str
    file_name: str = field(repr=False)
    content: bytes = field(repr=False)
    parts: tuple[Part, ...] = ()
    cut: bool = False

    def first(self, name: str) -> str:
        """Return the first field of that name, lower case, unfolded and not yet decoded; empty where there is none."""
        return next(iter(self.fields.get(name, ())), "")

    def walk(self) -> Iterator[Part]:
        """Yield this part and all within."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True, kw_only=True)
class _Budget:
    """How many parts may still be read."""

    parts: int = MOST_PARTS


def read_parts(raw: bytes) -> Part:
    """Take a whole letter apart. Anything that is bytes is a letter, be it an empty one; takes no longer than its size warrants."""
    raw_cut = len(raw) > MOST_BYTES
    raw = raw[:MOST_BYTES] if raw_cut else raw
    if raw.startswith((b"From ", b">From ")):
        raw = raw[end.end() :] if (end := LINE.search(raw)) else b""
    return _part(raw, budget=_Budget(), depth=0, default="text/plain", cut=raw_cut)


def _part(raw: bytes, *, budget: _Budget, depth: int, default: str, cut: bool = False) -> Part:
    head, body = _split(raw)
    fields = _fields(head[:MOST_HEAD])
    budget.parts -= 1
    media_type, parameters = _parameters(_first(fields, "content-type") or default)
    media_type = media_type if MEDIA_TYPE.match(media_type) else default
    disposition, more = _parameters(_first(fields, "content-disposition"))
    parts: tuple[Part, ...] = ()
    if media_type.startswith("multipart/") and depth < DEEPEST:
        default = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        pieces = _pieces(body, parameters.get("boundary", ""), budget)
        parts = tuple(_part(piece, budget=budget, depth=depth + 1, default=default) for piece in pieces if budget.parts > 0)
        cut = cut or len(parts) < len(pieces) or budget.parts <= 0
        media_type = media_type if parts else "text/plain"
    elif media_type.startswith("multipart/"):
        media_type, cut = "application/octet-stream", True
    return Part(
        fields=fields,
        media_type=media_type,
        parameters=parameters,
        disposition=disposition,
        file_name=words_of(more.get("filename") or parameters.get("name", "")),
        content=b"" if parts else _content(body, _first(fields, "content-transfer-encoding")),
        parts=parts,
        cut=cut or len(head) > MOST_HEAD,
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Return the head and the body. What does not begin with a field has no head."""
    if (start := LINE.match(raw)) is not None:
        return b"", raw[start.end() :]
    if FIELD.match(raw) is None:
        return b"", raw
    end = EMPTY_LINE.search(raw)
    return (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])


def _fields(head: bytes) -> dict[str, tuple[str, ...]]:
    """Return the fields by their names in lower case; a field that is there twice has two values."""
    found: list[tuple[str, list[bytes]]] = []
    for line in LINE.split(head):
        if line[:1] in {b" ", b"\t"}:
            if found:
                found[-1][1].append(line.strip())
        elif FIELD.match(line) and len(found) < MOST_FIELDS:
            name, _, value = line.partition(b":")
            found.append((name.strip().decode("ascii").lower(), [value.strip()]))
    fields: dict[str, tuple[str, ...]] = {}
    for name_, lines in found:
        fields[name_] = (*fields.get(name_, ()), decode_text(b" ".join(lines)[:LONGEST_FIELD], "utf-8").replace("\0", "\ufffd"))
    return fields


def _first(fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return a field's word in lower case and its parameters, continued and encoded ones put together (RFC 2231)."""
    word, _, _ = value.partition(";")
    sections: dict[str, dict[int, bytes]] = {}
    charsets: dict[str, str] = {}
    for key, text in PARAMETER.findall(value):
        found = SECTION.match(key.lower())
        if found is None:
            continue
        plain = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') and len(text) > 1 else text.strip()
        number = int(found["number"] or 0)
        if found["encoded"] and number == 0 and plain.count("'") >= 2:
            charsets[found["name"]], _, plain = plain.split("'", 2)
        octets = unquote_to_bytes(plain) if found["encoded"] else plain.encode("utf-8", "replace")
        sections.setdefault(found["name"], {}).setdefault(number, octets)
    joined = {name: b"".join(octets for _, octets in sorted(pieces.items())) for name, pieces in sections.items()}
    return word.strip().lower(), {name: decode_text(octets, charsets.get(name, "utf-8")) for name, octets in joined.items()}


def _pieces(body: bytes, boundary: str, budget: _Budget) -> list[bytes]:
    """Return the parts between the boundaries, one more than may still be read at most; none where there is no boundary."""
    if not boundary or len(boundary) > 200:
        return []
    line = re.compile(rb"^--" + re.escape(boundary.rstrip().encode("utf-8", "replace")) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    pieces: list[bytes] = []
    start: int | None = None
    for found in line.finditer(body):
        if start is not None:
            pieces.append(_without_last_line_end(body[start : found.start()]))
        start = None if found[1] else found.end() + 1
        if start is None or len(pieces) > budget.parts:
            break
    if start is not None and len(pieces) <= budget.parts:
        pieces.append(body[start:])
    return pieces


def _without_last_line_end(piece: bytes) -> bytes:
    """The line end before a boundary belongs to the boundary."""
    return piece[:-2] if piece.endswith(b"\r\n") else piece.removesuffix(b"\n")


def _content(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            return _base64(body)
        case "quoted-printable":
            return binascii.a2b_qp(body)
        case _:
            return body


def _base64(body: bytes) -> bytes:
    """Decode as much as is base64; a last sign that says less than an octet is dropped."""
    try:
        return binascii.a2b_base64(body + b"===")
    except binascii.Error:
        signs = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        return binascii.a2b_base64(signs[: len(signs) - len(signs) % 4])


def decode_text(octets: bytes, charset: str) -> str:
    """Return the text in that encoding; where it is unknown or wrong, in UTF-8, or else in Windows-1252. Never raises."""
    for name in (charset.strip().strip("\"'"), "utf-8"):
        try:
            codec = codecs.lookup(name or "utf-8")
            if codec.name.replace("-", "_") in NO_TEXT:
                continue
            return octets.decode(codec.name)
        except (LookupError, ValueError):  # UnicodeError is a ValueError, as is a NUL in the name
            continue
    return octets.decode("cp1252", "replace")


def words_of(value: str) -> str:
    """Return a field's value with its encoded words read (RFC 2047), pieces of one character put together first."""
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for found in ENCODED.finditer(value):
        between = value[at : found.start()]
        if between and not (between.isspace() and pieces and pieces[-1][0]):
            pieces.append(("", between.encode("utf-8", "replace")))
        octets = _base64(found[3].encode()) if found[2] in "bB" else binascii.a2b_qp(found[3].encode(), header=True)
        charset = found[1].lower()
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + octets)
        else:
            pieces.append((charset, octets))
        at = found.end()
    pieces.append(("", value[at:].encode("utf-8", "replace")))
    return "".join(decode_text(octets, charset or "utf-8") for charset, octets in pieces)
