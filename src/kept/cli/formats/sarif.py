"""SARIF 2.1.0: findings with their place in promises.yaml, for code review tools. Broken is an error, unknown a warning."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from kept import __version__
from kept.base.verdicts import Mark
from kept.planning.judging import Finding, Report
from kept.promises.registry import terms

__all__ = ["render"]

LEVELS = {Mark.BROKEN: "error", Mark.UNKNOWN: "warning"}


def render(report: Report) -> str:
    """Return the SARIF document; promises that are kept are left out, as tools expect."""
    found = [finding for finding in report.findings if finding.verdict.mark in LEVELS]
    codes = sorted({finding.code for finding in found})
    rules = [{"id": code, "shortDescription": {"text": terms()[code].title}} for code in codes]
    driver = {"name": "kept", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(finding) for finding in found]}
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _result(finding: Finding) -> dict[str, Any]:
    region = {"startLine": max(finding.place.line, 1), "startColumn": max(finding.place.column, 1)}
    place = {"artifactLocation": {"uri": quote(finding.place.file)}, "region": region}
    return {
        "ruleId": finding.code,
        "level": LEVELS[finding.verdict.mark],
        "message": {"text": f"§{finding.clause} {finding.about}: {finding.sentence}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"finding/v1": hashlib.sha256(finding.key.encode()).hexdigest()},
    }
