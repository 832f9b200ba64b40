"""Which tests of a parallel run stay together and come first: those of a file that take long, or share what takes long to make."""

from __future__ import annotations

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]  # xdist has no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist has no types

__all__ = ["pytest_xdist_make_scheduler"]

TOGETHER = (
    "tests/browser/test_by_hand.py",
    "tests/browser/test_pages.py",
    "tests/cli/test_transcripts.py",
    "tests/cli/test_vault.py",
    "tests/examples/test_oscar.py",
    "tests/test_house.py",
    "tests/vault/test_killed.py",
    "tests/web/api/test_schemathesis.py",
    "tests/workflows/chaos/test_killed_workers.py",
    "tests/workflows/test_killed_anywhere.py",
)
"""Files that one worker runs from the first test to the last; every other test goes to whoever is free."""


class Spreading(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a worker one test at a time, or one of these files; the files come first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spreading:
    """Return who gives the workers of a parallel run their tests."""
    return Spreading(config, log)
