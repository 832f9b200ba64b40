"""Access: GDPR Art. 15; DPDP Act s.11; Civ. Code 1798.110; LGPD Art. 18 II."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="access",
    title="Access",
    says="A copy of everything held about you, with what it is for, where it came from and who was given it.",
    law=("access",),
    stages=("verify", "identify", "find", "collect", "answer"),
)
