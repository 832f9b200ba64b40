"""A policy with the holds that staff placed: they count like those of `holds.yaml`."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from kept.policy.policy import Policy

from .access.holds import placed_holds

__all__ = ["with_placed_holds"]


def with_placed_holds(policy: Policy) -> Policy:
    """Return the policy with those holds; its digest is another one then, so that no plan from before is applied.

    The policy itself where staff placed none. Raises SourceError.
    """
    placed = placed_holds()
    if not placed:
        return policy
    digest = sha256(f"{policy.digest} {sorted(placed.items(), key=str)}".encode()).hexdigest()
    return replace(policy, holds={**policy.holds, **placed}, digest=digest)
