"""A shop for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shop import Shop, opened


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop on SQLite: one account and three events are past their time."""
    return opened(tmp_path)
