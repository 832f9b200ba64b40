"""Say what would mend the broken promises, and write it to a plan file."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from kept.base.verdicts import Mark
from kept.cli.plan import show_plan
from kept.cli.shared import EXIT, console, folder_option, now_option, progress
from kept.db import configure
from kept.planning.planfile import write_plan
from kept.workflows.planning import make_plan


@click.command("plan")
@folder_option
@now_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("kept-plan.json"), show_default=True)
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
        report, plan = make_plan(folder, now=now, share=share, progress=bars)
    text = write_plan(plan)
    if not plan.steps and not plan.obligations and not plan.withheld:
        out = console()
        out.print("[green]Nothing to do:[/] no promise is broken.")
        if report.mark is Mark.UNKNOWN:
            out.print(f"[yellow]{report.count(Mark.UNKNOWN)} could not be told[/]: see `kept check`.")
        sys.exit(EXIT[report.mark])
    output.write_text(text, encoding="utf-8")
    if form == "json":
        click.echo(text, nl=False)
    else:
        show_plan(console(), plan, samples=samples)
        console().print(f"Nothing was changed. To do it: [bold]kept apply {escape(str(output))}[/]")
    sys.exit(1)
