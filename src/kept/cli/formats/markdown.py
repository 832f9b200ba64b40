"""Markdown: a table for a pull request or a report."""

from __future__ import annotations

from kept.base.verdicts import Mark
from kept.planning.judging import Report

__all__ = ["render"]


def render(report: Report) -> str:
    """Return the document."""
    coverage = report.coverage
    lines = [
        f"# {_cell(report.title)}: {report.mark.value}",
        "",
        f"Checked {report.at:%Y-%m-%d %H:%M} UTC: "
        + ", ".join(f"{report.count(mark)} {mark.value}" for mark in Mark)
        + f". Policy coverage: {coverage.promised} of {coverage.clauses} clauses.",
        "",
        "| clause | promise | about | mark | seen |",
        "| --- | --- | --- | --- | --- |",
    ]
    for finding in report.findings:
        cells = (f"§{finding.clause}", finding.code, finding.about, f"**{finding.verdict.mark.value}**", finding.sentence)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    if coverage.without:
        lines += [
            "",
            "Clauses without a promise: " + ", ".join(_cell(f"§{clause.id} {clause.title}") for clause in coverage.without) + ".",
        ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").split())
