"""Say what would mend the broken promises, and write it to a plan file."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from kept.base.verdicts import Mark
from kept.cli.plan import show_plan
from kept.cli.shared import EXIT, FILE, actor, again, console, folder_option, now_option, progress, to_write, write_text
from kept.db import configure
from kept.planning.judging import Report
from kept.planning.planfile import write_plan
from kept.workflows.planning import make_plan


@click.command("plan")
@folder_option
@now_option
@click.option(
    "-o", "--output", type=FILE, callback=to_write, default=Path("kept-plan.json"), show_default=True, help="The plan file."
)
@click.option("--allow-share", "share", type=click.FloatRange(0, 1), help="Let a step touch up to this share of a table (0 to 1).")
@click.option("--samples/--no-samples", default=True, help="Show three masked rows of each step.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json prints the plan file itself.")
def command(folder: Path, now: datetime, output: Path, share: float | None, samples: bool, form: str) -> None:
    """Say what would mend the broken promises, and write it to a plan file.

    Nothing is changed. Each step shows the rows of its table before and after and three masked samples. A plan that would touch
    more of a table than kept.toml's safety share is refused. Exit codes: 0 nothing to do, 1 there is a plan, 2 it cannot be told.
    """
    configure(folder)
    with progress() as bars:
        report, plan = make_plan(folder, now=now, actor=actor(), share=share, progress=bars)
    text = write_plan(plan)
    wanted = bool(plan.steps or plan.obligations or plan.withheld)
    if wanted:
        write_text(output, text)
    if form == "json":
        click.echo(text, nl=False)
    elif wanted:
        show_plan(console(), plan, samples=samples)
        todo = f"kept apply {shlex.quote(str(output))}{again(folder, now)}"
        console().print(f"Nothing was changed. To do it: [bold]{escape(todo)}[/]", soft_wrap=True)
    else:
        _show_nothing(console(), report)
    sys.exit(1 if wanted else EXIT[report.mark])


def _show_nothing(out: Console, report: Report) -> None:
    broken, unknown = report.count(Mark.BROKEN), report.count(Mark.UNKNOWN)
    if broken:
        out.print(f"[yellow]Nothing that a plan could do:[/] {broken} broken without a remedy, see `kept check`.")
    elif not unknown:
        out.print("[green]Nothing to do:[/] no promise is broken.")
    if unknown:
        out.print(f"[yellow]No plan for what cannot be told:[/] {unknown} unknown, see `kept check`.")
