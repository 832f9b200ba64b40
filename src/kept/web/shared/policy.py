"""The policy that the pages speak of."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from kept.db.holding import with_placed_holds
from kept.db.terms import Terms, terms_of
from kept.policy.current import Current
from kept.policy.load import load
from kept.policy.policy import Policy
from kept.promises.registry import terms

__all__ = ["current_policy", "current_terms", "policy_in_force"]

_current = Current(lambda folder: load(folder, terms()))


def current_policy() -> Policy:
    """Return the policy in the privacy folder as its files are now. Raises PolicyErrors where they cannot be read."""
    return _current.policy(Path(settings.FOLDER))


def policy_in_force() -> Policy:
    """Return the policy with the holds that staff placed, as plans are made from it; one query. Raises PolicyErrors."""
    return with_placed_holds(current_policy())


def current_terms() -> Terms:
    """Return by which laws and which promise requests are answered now. Raises PolicyErrors."""
    return terms_of(current_policy().settings)
