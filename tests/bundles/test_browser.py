"""The readable pages in a real browser: both themes, on a desk and on a phone, with data that would like to be a program."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kept.bundles import FileItem
from tests.browser.browser import NAMES

from .making import FACTS, plain, section, usual, write

HOSTILE = (
    "<script>document.title='run'</script>",
    "<img src=http://example.org/x onerror=\"document.title='run'\">",
    "</td></tr></table><style>@import 'http://example.org/x';</style>",
    '"}</style><script>document.title="run"</script>',
    "\u202e\u2066 reversed \0\1\x1b[31m",
    "long" * 500,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle, unpacked; its first table has hostile names and values."""
    if not any(map(shutil.which, NAMES)):
        if os.environ.get("KEPT_REQUIRE_SERVICES") == "1":
            pytest.fail("no Chromium: install the package chromium")
        pytest.skip("no Chromium: install the package chromium")
    row = dict(zip(HOSTILE, reversed(HOSTILE), strict=True))
    hostile = section([row], HOSTILE, table='a."</style><script>"', title=HOSTILE[3], what=HOSTILE[1])
    long = section([{"id": 1, "note": HOSTILE[0]}] * 101, ("id", "note"))
    sections, files = usual()
    write(
        tmp_path / "b",
        [hostile, sections[0], long, sections[2]],
        [*files, FileItem(name=HOSTILE[0], what=HOSTILE[1], content=[b"x"], facts=FACTS)],
    )
    with zipfile.ZipFile(io.BytesIO(plain(tmp_path / "b"))) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_the_pages_are_sound_for_everybody_and_run_nothing(folder: Path) -> None:
    pages = ["index.html", "pages/shop.orders.1.html"]
    command = [sys.executable, "-m", "tests.bundles.looking", str(folder), *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == {}
    assert found["looked"] == 4 * len(pages) + 1
    assert "onerror" in found["label"], "the name of the column stands before the value"
