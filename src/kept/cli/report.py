"""A report as a person reads it in a terminal."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.base.verdicts import Mark, Unknown
from kept.planning.judging import Finding, Report

from .shared import stamp

__all__ = ["SIGNS", "show_report"]

FIRST = 3
"""How many findings of one promise are shown before the rest is only counted."""

SIGNS = {Mark.KEPT: "[green]✓ kept[/]", Mark.BROKEN: "[bold red]✗ broken[/]", Mark.UNKNOWN: "[yellow]? unknown[/]"}


def show_report(console: Console, report: Report, *, everything: bool = False) -> None:
    """Show what is broken or unknown, then the counts; with `everything`, what is kept as well."""
    console.print(f"[bold]{escape(report.title)}[/] [dim]· version {escape(report.version)} · checked {stamp(report.at)}[/]")
    shown = [finding for finding in report.findings if everything or finding.verdict.mark is not Mark.KEPT]
    most = len(shown) if everything else FIRST
    seen = [finding for finding in shown if not isinstance(finding.verdict, Unknown)]
    if seen:
        console.print(_table(seen, most=most))
    for reason, unseen in _by_reason(shown).items():
        _show_unknown(console, reason, unseen)
    _show_counts(console, report, len(report.findings) - len(shown))


def _by_reason(findings: list[Finding]) -> dict[Unknown, list[Finding]]:
    reasons: dict[Unknown, list[Finding]] = {}
    for finding in findings:
        if isinstance(finding.verdict, Unknown):
            reasons.setdefault(finding.verdict, []).append(finding)
    return reasons


def _show_unknown(console: Console, unknown: Unknown, findings: list[Finding]) -> None:
    """Show what stands in the way once, with the promises it hides."""
    hidden = " ".join(dict.fromkeys(f"§{finding.clause} {finding.code}" for finding in findings))
    about = f"{findings[0].about}: " if len(findings) == 1 and findings[0].about not in unknown.reason else ""
    console.print(f"{SIGNS[Mark.UNKNOWN]}  {escape(about + unknown.reason)}. {escape(unknown.todo)}")
    console.print(f"           [dim]{escape(hidden)}[/]")


def _table(findings: list[Finding], most: int) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False, show_header=False, pad_edge=False)
    for name in ("mark", "clause", "promise"):
        table.add_column(name, no_wrap=True)
    table.add_column("about and what was seen", overflow="fold")
    for (mark, clause, code), group in groupby(findings, key=lambda one: (one.verdict.mark, one.clause, one.code)):
        alike = list(group)
        for position, finding in enumerate(alike[:most]):
            leading = (SIGNS[mark], f"§{clause}", code) if position == 0 else ("", "", "")
            table.add_row(*leading, escape(_seen(finding)))
        if len(alike) > most:
            table.add_row("", "", "", f"[dim]… and {len(alike) - most} more: --all[/]")
    return table


def _seen(finding: Finding) -> str:
    sentence = finding.sentence
    return sentence if finding.about in sentence else f"{finding.about}: {sentence}"


def _show_counts(console: Console, report: Report, hidden: int) -> None:
    counts = " · ".join(f"{SIGNS[mark]} {report.count(mark)}" for mark in Mark)
    more = f" [dim]({hidden} kept not shown: --all)[/]" if hidden else ""
    console.print(f"{counts}{more}")
    coverage = report.coverage
    console.print(f"[bold]policy coverage[/] {coverage.promised} of {coverage.clauses} clauses have a promise")
    if coverage.without:
        console.print("  [dim]without one: " + " ".join(f"§{escape(clause.id)}" for clause in coverage.without) + "[/]")
