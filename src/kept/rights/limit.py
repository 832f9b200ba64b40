"""Limit of sensitive data: Civ. Code 1798.121; 11 CCR 7027."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="limit",
    title="Limit of sensitive data",
    says="Sensitive data is used only for what you asked for.",
    law=("limit_sensitive",),
    stages=("identify", "restrain", "answer"),
    restrains="limited",
    verified=False,
)
