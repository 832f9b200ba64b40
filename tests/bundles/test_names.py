"""Names of files: safe on every system, none twice, none out of the folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.bundles.names import Names, safe_part

odd = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "\\",
        "a",
        "A",
        "é",
        "e\u0301",
        "CON",
        "nul.txt",
        " ",
        ".txt",
        "a.b",
        "\0",
        "\u202e",
        "C:",
        "ß",
        "ss",
        "\ud800",
    ]
)
names = st.one_of(st.text(st.characters()), st.lists(odd, max_size=8).map("".join), st.lists(odd, max_size=8).map("/".join))


@given(st.lists(names, max_size=12))
def test_whatever_comes_in_the_names_are_safe_and_apart(wanted: list[str]) -> None:
    given_out = Names()
    paths = [given_out.give("files", name) for name in wanted]
    files = {unicodedata.normalize("NFD", path).casefold() for path in paths}
    assert len(files) == len(paths)
    for path in paths:
        assert path.startswith("files/")
        path.encode()
        parts = path.split("/")
        assert not {"", ".", ".."} & {*parts}
        assert not PurePosixPath(path).is_absolute()
        assert not PureWindowsPath(path).is_absolute()
        assert not PureWindowsPath(path).drive
        assert not any(
            re.search(r'[<>:"\\|?*\x00-\x1f\x7f\u202e]', part) or part[-1] in ". " or len(part.encode()) > 140 for part in parts
        )
        folders = {unicodedata.normalize("NFD", str(above)).casefold() for above in PurePosixPath(path).parents}
        assert not folders & files, "a file and a folder of one name"


@pytest.mark.parametrize("part", ["con", "NUL.txt", "Com1", "lpt9.tar.gz", "aux.", "COM¹.a", "CONIN$"])
def test_a_device_is_no_name(part: str) -> None:
    assert safe_part(part).startswith("_")


def test_a_long_name_keeps_its_suffix() -> None:
    part = safe_part("ü" * 300 + ".jpeg")
    assert part.endswith("ü.jpeg")
    assert len(part.encode()) <= 120


def test_many_of_one_name_take_no_time_to_number() -> None:
    given_out = Names()
    assert [given_out.give("files", "a.txt") for _ in range(20_000)][-1] == "files/a (20000).txt"
