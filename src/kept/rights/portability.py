"""Portability: GDPR Art. 20; Civ. Code 1798.130(a)(3)(B)(iii); LGPD Art. 18 V."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="portability",
    title="Portability",
    says="What you gave, in a form that another service can read.",
    law=("portability", "access"),
    stages=("verify", "identify", "find", "collect", "answer"),
)
