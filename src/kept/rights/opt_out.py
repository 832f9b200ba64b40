"""Opt-out of sale and sharing: Civ. Code 1798.120, 1798.135; 11 CCR 7026."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="opt-out",
    title="Opt-out of sale and sharing",
    says="Your data is neither sold nor shared for advertising across contexts.",
    law=("opt_out_sale", "opt_out_targeted_ads"),
    stages=("identify", "restrain", "answer"),
    restrains="opted-out",
    verified=False,
)
