"""Read a store's schema, look at its values inside the store's connector, and propose a map."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.cli.shared import actor, console, folder_option, now_option, progress
from kept.db import configure
from kept.planning.proposing import Seen
from kept.policy.write import render_map
from kept.workflows.scanning import Scanned, scan

SAMPLE = 20_000


@click.command("scan")
@click.argument("store")
@folder_option
@now_option
@click.option("--full", is_flag=True, help="Look at every row instead of a sample.")
@click.option("--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="Rows of each table to look at.")
@click.option("--all", "everything", is_flag=True, help="Show columns that look harmless as well, and those seen before.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the proposed map here.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    store: str,
    folder: Path,
    now: datetime,
    full: bool,
    sample: int,
    everything: bool,
    output: Path | None,
    form: str,
) -> None:
    """Read a store's schema, look at its values inside the store's connector, and propose a map.

    Values never leave the connector: what comes out are counts a column and a kind. The proposed map is written to
    map/STORE.yaml where there is none yet, or to --output; an existing map is never overwritten. Run again, only what changed
    since the last scan is shown. Exit codes: 0 nothing new, 1 something new, 2 it could not be told.
    """
    configure(folder)
    with progress() as bars:
        scanned = scan(folder, store, sample=None if full else sample, now=now, actor=actor(), progress=bars)
    written = _write(scanned, folder / "map" / f"{store}.yaml", output)
    if form == "json":
        click.echo(json.dumps([_values(seen) for seen in scanned.seen], indent=2))
    else:
        _show(console(), scanned, everything=everything)
        if written:
            console().print(
                f"The proposed map is in [bold]{escape(str(written))}[/]: read it, correct it, and fill in what it leaves open."
            )
    if scanned.unseen:
        sys.exit(2)
    news = scanned.difference is None or bool(scanned.difference)
    sys.exit(1 if news else 0)


def _write(scanned: Scanned, default: Path, output: Path | None) -> Path | None:
    path = output or default
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_map(scanned.proposed), encoding="utf-8")
    return path


def _show(out: Console, scanned: Scanned, *, everything: bool) -> None:
    difference = scanned.difference
    if difference is None or everything:
        _show_first(out, scanned, everything=everything)
    elif not difference:
        out.print(f"[green]✓[/] nothing changed in {escape(scanned.store)}: {len(scanned.seen)} columns as before")
    else:
        _table(out, "new", difference.new)
        _table(out, "changed", tuple(after for _, after in difference.changed))
        for seen in difference.gone:
            out.print(f"[red]gone[/] {escape(str(seen.column))}")
    for reason in scanned.unseen:
        out.print(f"[yellow]not looked at[/] {escape(reason)}")


def _show_first(out: Console, scanned: Scanned, *, everything: bool) -> None:
    likely = [seen for seen in scanned.seen if seen.likely]
    maybe = [seen for seen in scanned.seen if seen.category and not seen.likely]
    _table(out, "looks personal", tuple(likely))
    if everything:
        _table(out, "perhaps", tuple(maybe))
        _table(out, "harmless", tuple(seen for seen in scanned.seen if not seen.category))
    tables = len({seen.column.table for seen in scanned.seen})
    more = "" if everything else f"; {len(maybe)} perhaps: --all"
    out.print(f"{len(likely)} of {len(scanned.seen)} columns in {tables} tables look personal{more}")


def _table(out: Console, title: str, seen: tuple[Seen, ...]) -> None:
    if not seen:
        return
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("column", overflow="fold")
    table.add_column("looks like", overflow="fold")
    table.add_column("sure", justify="right")
    table.add_column("because", overflow="fold")
    for one in seen:
        sure = f"{one.confidence:.0%}" if one.category else ""
        table.add_row(escape(str(one.column)), one.category, sure, escape(one.reason))
    out.print(table)


def _values(seen: Seen) -> dict[str, object]:
    return {
        "column": str(seen.column),
        "type": seen.declared,
        "category": seen.category,
        "kind": seen.kind,
        "confidence": seen.confidence,
        "reason": seen.reason,
        "looked": seen.looked,
    }
