"""Do what a plan file says, then ask again whether the promises are kept."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from kept.base.errors import Refused
from kept.base.verdicts import Mark
from kept.cli.plan import said
from kept.cli.report import show_report
from kept.cli.shared import EXIT, actor, console, folder_option, imagined, now_option, progress, read_text
from kept.db import configure
from kept.planning.plan import store_of
from kept.planning.planfile import read_plan
from kept.workflows.applying import Applied, Outcome, apply_plan


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False), default=Path("kept-plan.json"))
@folder_option
@now_option
def command(plan: Path, folder: Path, now: datetime) -> None:
    """Do what a plan file says, then ask again whether the promises are kept.

    PLAN is the file that `kept plan` wrote. A plan that no longer fits the privacy folder or the rows is refused before anything
    is changed. A run that was killed is finished by running the same command again.
    Exit codes: 0 every promise is kept now, 1 one is still broken, 2 it cannot be told or a step failed.
    """
    configure(folder)
    if not plan.exists():
        raise Refused(f"there is no plan file {plan}", todo="Make one with `kept plan`.")
    with progress() as bars:
        applied = apply_plan(folder, read_plan(read_text(plan)), now=now, imagined=imagined(), actor=actor(), progress=bars)
    _show(console(), applied)
    show_report(console(), applied.report)
    sys.exit(EXIT[applied.report.mark] if applied.complete else EXIT[Mark.UNKNOWN])


def _show(out: Console, applied: Applied) -> None:
    for outcome in applied.outcomes:
        out.print(_line(outcome))
        if outcome.error is not None:
            out.print(f"    [red]{escape(str(outcome.error))}[/]")


def _line(outcome: Outcome) -> str:
    change = outcome.step.change
    what = f"{outcome.position + 1:>3} {escape(str(outcome.step.table or store_of(change)))}: {escape(said(change))}"
    if outcome.already:
        return f"[green]✓[/]{what} [dim]done before[/]"
    if outcome.receipt is not None:
        return f"[green]✓[/]{what}" + (
            f" [dim]{outcome.receipt.rows:,} {'row' if outcome.receipt.rows == 1 else 'rows'}[/]" if change.rows else ""
        )
    return f"[red]✗[/]{what}" if outcome.error is not None else f"[yellow]–[/]{what} [dim]held back[/]"
