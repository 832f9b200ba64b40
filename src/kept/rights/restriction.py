"""Restriction: GDPR Art. 18; LGPD Art. 18 IV."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="restriction",
    title="Restriction",
    says="What is held is kept, and used for nothing else for the time being.",
    law=("restriction", "anonymise_or_block"),
    stages=("verify", "identify", "restrain", "processors", "answer"),
    restrains="restricted",
    orders="restriction",
)
