"""JSON: the report as values, for programs."""

from __future__ import annotations

import json

from kept.planning.judging import Report

from .values import report_values

__all__ = ["render"]


def render(report: Report) -> str:
    """Return indented JSON."""
    return json.dumps(report_values(report), indent=2, ensure_ascii=False)
