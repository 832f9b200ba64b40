"""Complaint: GDPR Art. 77 names the authority; UK DPA 2018 s.164A; DPDP Act s.13."""

from __future__ import annotations

from .right import Right

__all__ = ["RIGHT"]

RIGHT = Right(
    code="complaint",
    title="Complaint",
    says="Somebody of ours looks into what went wrong and answers you.",
    law=("grievance",),
    stages=("write", "answer"),
    verified=False,
)
