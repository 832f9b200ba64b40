"""Rectification: GDPR Art. 16; DPDP Act s.12; Civ. Code 1798.106."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="rectification",
    title="Rectification",
    says="What is wrong is put right, and what is missing added.",
    law=("rectification",),
    stages=("verify", "identify", "confirm", "rectify", "processors", "answer"),
    asks=("changes",),
    orders="rectification",
)
