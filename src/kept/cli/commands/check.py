"""Say which promises are kept, broken or unknown, with evidence."""

from __future__ import annotations

import importlib
import sys
from datetime import datetime
from pathlib import Path

import click

from kept.cli.report import show_report
from kept.cli.shared import EXIT, actor, console, folder_option, now_option, progress
from kept.db import configure
from kept.workflows.check import check

FORMATS = {"json": "json_", "junit": "junit", "sarif": "sarif", "markdown": "markdown"}


@click.command("check")
@folder_option
@now_option
@click.option("--all", "everything", is_flag=True, help="Show the promises that are kept as well.")
@click.option("--format", "form", type=click.Choice(["text", *FORMATS]), default="text", help="How to write the report.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
def command(folder: Path, now: datetime, everything: bool, form: str, output: Path | None) -> None:
    """Say which promises are kept, broken or unknown, with evidence.

    Every connected store is asked; nothing in it is changed. The result is recorded in the ledger.
    Exit codes: 0 every promise is kept, 1 one is broken, 2 it cannot be told.
    """
    configure(folder)
    with progress() as bars:
        report = check(folder, now=now, actor=actor(), progress=bars)
    if form == "text" and output is None:
        show_report(console(), report, everything=everything)
    else:
        name = FORMATS.get(form, "markdown")
        text: str = importlib.import_module(f"kept.cli.formats.{name}").render(report)
        if output is None:
            click.echo(text)
        else:
            output.write_text(text + "\n", encoding="utf-8")
    sys.exit(EXIT[report.mark])
