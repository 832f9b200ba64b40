"""Show the last check, what people owe, unfinished plans and the ledger."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.base.verdicts import Mark
from kept.cli.report import SIGNS
from kept.cli.shared import console, folder_option, stamp
from kept.db import access, configure
from kept.ledger import Checkpoint, Verifier


@click.command("status")
@folder_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def command(folder: Path, form: str) -> None:
    """Show the last check, what people owe, unfinished plans and the ledger. No store is asked."""
    configure(folder)
    if form == "json":
        click.echo(json.dumps(_values(), indent=2, ensure_ascii=False))
        return
    out = console()
    _show_runs(out)
    _show_obligations(out)
    for plan in access.open_plans():
        steps = access.steps_of(plan.digest)
        done = sum(step.state == "done" for step in steps)
        begun = f"{done} of {len(steps)} steps done; apply its file again"
        out.print(f"[yellow]unfinished plan[/] of {stamp(plan.made_at)}: {begun}")
    out.print(f"[bold]ledger[/] {_ledger_size():,} entries, key {escape(access.verifier_key())}", soft_wrap=True)


def _ledger_size() -> int:
    note = access.newest_checkpoint()
    return Checkpoint.open(note, Verifier.parse(access.verifier_key())).size if note else 0


def _show_runs(out: Console) -> None:
    runs = access.history(limit=5)
    if not runs:
        out.print("Nothing was checked yet: [bold]kept check[/]")
        return
    for run in runs:
        counts = {Mark.KEPT: run.kept, Mark.BROKEN: run.broken, Mark.UNKNOWN: run.unknown}
        out.print(
            f"check {run.number:>4}  {stamp(run.at)}  " + " · ".join(f"{SIGNS[mark]} {count}" for mark, count in counts.items())
        )


def _show_obligations(out: Console) -> None:
    owed = access.open_obligations()
    if not owed:
        out.print("[green]Nobody owes anything.[/]")
        return
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in ("due", "owner", "owed", "evidence wanted"):
        table.add_column(name, overflow="fold")
    for one in owed:
        table.add_row(_due(one.due), escape(one.owner), escape(one.title), escape(one.wanted))
    out.print(table)


def _due(day: date) -> str:
    late = day < datetime.now(UTC).date()
    return f"[bold red]{day} late[/]" if late else str(day)


def _values() -> dict[str, Any]:
    last = access.last_run()
    return {
        "last_run": None
        if last is None
        else {"number": last.number, "at": last.at.isoformat(), "kept": last.kept, "broken": last.broken, "unknown": last.unknown},
        "obligations": [
            {"finding": one.finding, "title": one.title, "owner": one.owner, "due": one.due.isoformat(), "evidence": one.wanted}
            for one in access.open_obligations()
        ],
        "unfinished_plans": [plan.digest for plan in access.open_plans()],
        "ledger": {"size": _ledger_size(), "key": access.verifier_key()},
    }
