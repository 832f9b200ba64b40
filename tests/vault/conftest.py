"""A vault for a test: a privacy folder of its own, with its keys in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.vault import Vault, make_vault, open_vault

KEPT_TOML = """
[company]
name = "Example"
contact = "privacy@example.org"

[stores.app]
url = "env:APP"

[vault]
core_dumps = true
"""
"""A test's process is not locked up: it may be debugged."""


@pytest.fixture
def privacy(tmp_path: Path) -> Path:
    """A privacy folder with a vault that nobody has opened yet."""
    folder = tmp_path / "privacy"
    folder.mkdir()
    (folder / "kept.toml").write_text(KEPT_TOML, encoding="utf-8")
    make_vault(folder)
    return folder


@pytest.fixture
def vault(privacy: Path) -> Iterator[Vault]:
    """The open vault of that folder."""
    found = open_vault(privacy)
    yield found
    found.close()
