"""Nomination: DPDP Act s.14."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="nomination",
    title="Nomination",
    says="Somebody you name may exercise your rights if you die or cannot do so yourself.",
    law=("nominate",),
    stages=("verify", "identify", "record", "answer"),
    asks=("nominee",),
)
