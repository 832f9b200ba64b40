"""Objection: GDPR Art. 21; LGPD Art. 18 § 2."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="objection",
    title="Objection",
    says="What is done because of an interest of ours, and direct marketing, stops for you.",
    law=("objection", "objection_marketing"),
    stages=("verify", "identify", "restrain", "answer"),
    restrains="objects",
    asks=("purposes",),
)
