"""Question: GDPR Art. 12(1), 13(1)(b), 38(4); DPDP Act s.6(3), s.8(9)."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="contact",
    title="Question",
    says="You ask about privacy, and somebody of ours answers you.",
    law=(),
    stages=("write", "answer"),
    verified=False,
)
