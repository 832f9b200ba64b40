"""Erasure: GDPR Art. 17; DPDP Act s.12(3); Civ. Code 1798.105; LGPD Art. 18 VI."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="erasure",
    title="Erasure",
    says="What is held about you is deleted or made anonymous, and you get a certificate of it.",
    law=("erasure",),
    stages=("verify", "identify", "restrain", "find", "erase", "processors", "certify", "answer"),
    restrains="erasing",
    orders="erasure",
)
