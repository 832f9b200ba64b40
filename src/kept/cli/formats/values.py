"""A report and a plan as plain values: the one source of the formats for machines."""

from __future__ import annotations

from typing import Any

from kept.base.changes import Obligation
from kept.base.verdicts import Broken, Kept, Mark, Unknown
from kept.planning.judging import Finding, Report

__all__ = ["report_values"]


def report_values(report: Report) -> dict[str, Any]:
    """Return a report as what JSON can hold. Keys are stable; new ones may come."""
    return {
        "kept_report": 1,
        "at": report.at.isoformat(),
        "policy": {"title": report.title, "version": report.version, "digest": report.digest},
        "mark": report.mark.value,
        "counts": {mark.value: report.count(mark) for mark in Mark},
        "coverage": {
            "clauses": report.coverage.clauses,
            "promised": report.coverage.promised,
            "without": [{"id": clause.id, "title": clause.title} for clause in report.coverage.without],
        },
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "clause": finding.clause,
        "promise": finding.code,
        "about": finding.about,
        "owner": finding.owner,
        "mark": finding.verdict.mark.value,
        "file": finding.place.file,
        "line": finding.place.line,
    }
    match finding.verdict:
        case Kept(evidence=evidence):
            return shown | {"evidence": evidence}
        case Unknown(reason=reason, todo=todo):
            return shown | {"reason": reason, "todo": todo}
        case Broken(reason=reason, remedies=remedies):
            told = [remedy.title if isinstance(remedy, Obligation) else type(remedy).__name__ for remedy in remedies]
            return shown | {"reason": reason, "remedies": told}
