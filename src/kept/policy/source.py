"""Reading a file of the privacy folder as text: size, encoding and stray characters, before anything looks at what it says."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from kept.base.errors import Place

from .tree import wrong

__all__ = ["LARGEST_FILE", "place_of", "read_bytes", "text_of"]

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes. A map of a thousand tables with fifty fields each stays below it."""

STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read_bytes(path: Path, file: str) -> bytes:
    """Return the file's bytes. Raises PolicyError when it is missing, unreadable, not a file, or larger than 8 MiB."""
    place = Place(file=file)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise wrong(place, "this is not a file", "Put a file there; folders, pipes and devices cannot be read as one.")
        if found.st_size > LARGEST_FILE:
            raise wrong(place, "the file is larger than 8 MiB", "Split it, or look whether this is the file you meant.")
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise wrong(place, "the file is missing", "Run `kept init` to write a first one, or name the right folder.") from None
    except OSError as error:
        raise wrong(place, f"the file cannot be read ({error.strerror})", "Make it a file that you may read.") from None
    if len(content) > LARGEST_FILE:
        raise wrong(place, "the file is larger than 8 MiB", "Split it, or look whether this is the file you meant.")
    return content


def text_of(content: bytes, file: str) -> str:
    """Return the bytes as text with `\\n` line ends. Raises PolicyError for what is not UTF-8 and for control characters."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        byte = content[error.start]
        raise wrong(place_of(before, len(before), file), f"byte 0x{byte:02x} is not UTF-8", "Save the file as UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    stray = STRAY.search(text)
    if stray:
        code = f"U+{ord(stray[0]):04X}"
        name = "a NUL" if stray[0] == "\0" else f"the control character {code}"
        raise wrong(place_of(text, stray.start(), file), f"{name} stands in the file", "Delete that character.")
    return text


def place_of(text: str, at: int, file: str) -> Place:
    """Return the place of the character at an offset."""
    return Place(file=file, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))
