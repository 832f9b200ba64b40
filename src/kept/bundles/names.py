"""Names of files that are safe wherever a ZIP is unpacked: no way out of the folder, nothing forbidden, no name twice."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["Names", "safe_part"]

LONGEST_PART: Final = 120
"""Bytes of UTF-8; file systems take 255, and a number may be put in."""
DEEPEST: Final = 8
FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')
RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)", re.IGNORECASE)
LONGEST_SUFFIX: Final = 16


def safe_part(text: str) -> str:
    """Return one part of a path that every system takes: like the text, without what is forbidden; `file` where nothing is left.

    >>> safe_part("../../etc/passwd"), safe_part("con.txt"), safe_part(" . "), safe_part("a<b>.pdf")
    ('.._.._etc_passwd', '_con.txt', 'file', 'a_b_.pdf')
    """
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    text = "".join("_" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter for letter in text)
    text = _shortened(FORBIDDEN.sub("_", text)).strip(" ").rstrip(". ")
    if RESERVED.match(text):
        text = f"_{text}"
    return text or "file"


def _shortened(text: str) -> str:
    if len(text.encode()) <= LONGEST_PART:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not stem or len(suffix.encode()) > LONGEST_SUFFIX:
        stem, dot, suffix = text, "", ""
    room = LONGEST_PART - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix


class Names:
    """The names that a bundle has given out. Two that differ only in case, or as a file and a folder, are not both given out."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: dict[str, bool] = {}
        self._next: dict[tuple[str, bool], int] = {}

    def give(self, folder: str, name: str) -> str:
        """Return the path in the ZIP for a file of that name, which may lie in folders itself; duplicates get a number.

        >>> names = Names()
        >>> names.give("files", "../a/B.txt"), names.give("files", "A/b.txt"), names.give("files", "a/b.txt/c")
        ('files/a/B.txt', 'files/A/b (2).txt', 'files/a/b.txt (2)/c')
        """
        parts = [part for part in re.split(r"[/\\]", name) if part.strip(" .")][-DEEPEST:] or ["file"]
        path = folder
        self._taken.setdefault(folder.casefold(), True)
        for part in parts[:-1]:
            path = self._free(path, safe_part(part), is_folder=True)
        return self._free(path, safe_part(parts[-1]), is_folder=False)

    def _free(self, above: str, part: str, *, is_folder: bool) -> str:
        path = f"{above}/{part}"
        stem, dot, suffix = ("", "", "") if is_folder else part.rpartition(".")
        if not stem:
            stem, dot, suffix = part, "", ""
        wanted = (_folded(path), is_folder)
        while (key := _folded(path)) in self._taken and not (is_folder and self._taken[key]):
            number = self._next.get(wanted, 2)
            self._next[wanted] = number + 1
            path = f"{above}/{stem} ({number}){dot}{suffix}"
        self._taken[key] = is_folder
        return path


def _folded(path: str) -> str:
    """Return what two paths have in common that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
