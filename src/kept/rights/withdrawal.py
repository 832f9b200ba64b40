"""Withdrawal of consent: GDPR Art. 7(3); DPDP Act s.6(4); LGPD Art. 8 § 5."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="withdrawal",
    title="Withdrawal of consent",
    says="What you agreed to stops; everything else goes on working for you.",
    law=("withdraw_consent",),
    stages=("verify", "identify", "restrain", "answer"),
    restrains="withdrew",
    asks=("purposes",),
)
