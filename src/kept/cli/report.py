"""A report as a person reads it in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.base.verdicts import Mark, Unknown
from kept.planning.judging import Finding, Report

from .shared import stamp

__all__ = ["SIGNS", "show_report"]

SIGNS = {Mark.KEPT: "[green]✓ kept[/]", Mark.BROKEN: "[bold red]✗ broken[/]", Mark.UNKNOWN: "[yellow]? unknown[/]"}


def show_report(console: Console, report: Report, *, everything: bool = False) -> None:
    """Show what is broken or unknown, then the counts; with `everything`, what is kept as well."""
    console.print(f"[bold]{escape(report.title)}[/] [dim]· version {escape(report.version)} · checked {stamp(report.at)}[/]")
    shown = [finding for finding in report.findings if everything or finding.verdict.mark is not Mark.KEPT]
    if shown:
        console.print(_table(shown))
    for finding in shown:
        if isinstance(finding.verdict, Unknown) and finding.verdict.todo:
            console.print(f"  [yellow]to do[/] {escape(finding.about)}: {escape(finding.verdict.todo)}")
    _show_counts(console, report, len(report.findings) - len(shown))


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False, header_style="dim", pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("promise", no_wrap=True)
    table.add_column("about and what was seen", overflow="fold")
    for finding in findings:
        sentence = finding.sentence
        seen = sentence if finding.about in sentence else f"{finding.about}: {sentence}"
        table.add_row(SIGNS[finding.verdict.mark], f"§{finding.clause}", finding.code, escape(seen))
    return table


def _show_counts(console: Console, report: Report, hidden: int) -> None:
    counts = " · ".join(f"{SIGNS[mark]} {report.count(mark)}" for mark in Mark)
    more = f" [dim]({hidden} kept not shown: --all)[/]" if hidden else ""
    console.print(f"{counts}{more}")
    coverage = report.coverage
    line = f"[bold]policy coverage[/] {coverage.promised} of {coverage.clauses} clauses have a promise"
    if coverage.without:
        line += "; without one: " + ", ".join(f"§{escape(clause.id)}" for clause in coverage.without)
    console.print(line)
