"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections

LIMITS = ("API_READING", "API_CHANGING", "API_STRANGE")


@pytest.fixture
def unhurried() -> Iterator[None]:
    """Let programs ask as often as they like."""
    for name in LIMITS:
        setattr(settings, name, 10**9)
    yield
    for name in LIMITS:
        delattr(settings, name)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Leave no connection behind that the next test's folder would be asked through."""
    yield
    connections.close_all()
