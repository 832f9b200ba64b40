"""Who speaks to people for the company."""

from __future__ import annotations

from kept.db.notices import Voice

from .policy import current_policy

__all__ = ["current_voice"]


def current_voice() -> Voice:
    """Return the company's name, its contact, and where its letters come from, as kept.toml says now. Raises PolicyErrors."""
    return Voice.of(current_policy().settings)
