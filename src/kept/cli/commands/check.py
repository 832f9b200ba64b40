"""Say which promises are kept, broken or unknown, with evidence."""

from __future__ import annotations

import importlib
import io
import sys
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from kept.cli.report import show_report
from kept.cli.shared import EXIT, FILE, WIDE, actor, console, folder_option, imagined, now_option, progress, to_write, write_text
from kept.db import configure
from kept.planning.judging import Report
from kept.workflows.check import check

FORMATS = {"json": "json_", "junit": "junit", "sarif": "sarif", "markdown": "markdown"}


@click.command("check")
@folder_option
@now_option
@click.option("--all", "everything", is_flag=True, help="Show the promises that are kept as well.")
@click.option("--format", "form", type=click.Choice(["text", *FORMATS]), default="text", help="How to write the report.")
@click.option("-o", "--output", type=FILE, callback=to_write, help="Write the report to a file.")
def command(folder: Path, now: datetime, everything: bool, form: str, output: Path | None) -> None:
    """Say which promises are kept, broken or unknown, with evidence.

    Every connected store is asked; nothing in it is changed. The result is recorded in the ledger.
    Exit codes: 0 every promise is kept, 1 one is broken, 2 it cannot be told.
    """
    configure(folder)
    with progress() as bars:
        report = check(folder, now=now, imagined=imagined(), actor=actor(), progress=bars)
    if form == "text" and output is None:
        show_report(console(), report, everything=everything)
    elif output is None:
        click.echo(_rendered(report, form))
    else:
        write_text(output, (_text(report, everything=everything) if form == "text" else _rendered(report, form)) + "\n")
    sys.exit(EXIT[report.mark])


def _rendered(report: Report, form: str) -> str:
    text: str = importlib.import_module(f"kept.cli.formats.{FORMATS[form]}").render(report)
    return text


def _text(report: Report, *, everything: bool) -> str:
    """Return what a terminal would show, without colour."""
    page = io.StringIO()
    show_report(Console(file=page, width=WIDE, highlight=False), report, everything=everything)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())
