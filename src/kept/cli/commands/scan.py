"""Read a store's schema, look at its values inside the store's connector, and propose a map."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from kept.base.errors import Refused
from kept.cli.shared import FILE, actor, console, folder_option, now_option, progress, to_write, write_text
from kept.db import configure
from kept.planning.proposing import Seen
from kept.policy.write import render_map
from kept.workflows.scanning import Scanned, scan

NARROW = 100
"""Below this width the reason for a guess stands on a line of its own."""


@click.command("scan")
@click.argument("store")
@folder_option
@now_option
@click.option("--full", is_flag=True, help="Look at every row instead of a sample.")
@click.option("--sample", type=click.IntRange(1), help="Rows of each table to look at (default: what kept.toml says, else 20000).")
@click.option("--all", "everything", is_flag=True, help="Show columns that look harmless as well, and those seen before.")
@click.option("-o", "--output", type=FILE, callback=to_write, help="Write the proposed map here.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def command(
    store: str,
    folder: Path,
    now: datetime,
    full: bool,
    sample: int | None,
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
    path = output or folder / "map" / f"{store}.yaml"
    free = not path.exists()
    if output is not None and not free:
        raise Refused(f"{output} is there already", todo="Name another file, or remove it first.")
    with progress() as bars:
        scanned = scan(folder, store, sample=0 if full else sample, now=now, actor=actor(), progress=bars)
    if free:
        write_text(path, render_map(scanned.proposed))
    if form == "json":
        click.echo(json.dumps([_values(seen) for seen in scanned.seen], indent=2, ensure_ascii=False))
    else:
        _show(console(), scanned, everything=everything)
        _show_path(console(), path, written=free, news=scanned.news)
    sys.exit(2 if scanned.unseen else int(scanned.news))


def _show_path(out: Console, path: Path, *, written: bool, news: bool) -> None:
    name = f"[bold]{escape(str(path))}[/]"
    if written:
        out.print(f"The proposed map is in {name}: read it, correct it, and fill in what it leaves open.", soft_wrap=True)
    elif news:
        out.print(f"{name} was left as it is; --output FILE writes the proposal beside it.", soft_wrap=True)


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
    out.print(f"[italic]{title}[/]")
    if out.width < NARROW:
        _lines(out, seen)
        return
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in ("column", "looks like"):
        table.add_column(name, overflow="fold")
    table.add_column("sure", justify="right", no_wrap=True)
    table.add_column("because", overflow="fold")
    for one in seen:
        table.add_row(escape(str(one.column)), one.category, _sure(one), escape(one.reason))
    out.print(table)


def _lines(out: Console, seen: tuple[Seen, ...]) -> None:
    """Show each column on a line of its own and the reason below it, for terminals too narrow for a table."""
    for one in seen:
        out.print(f"{escape(str(one.column))}  [bold]{one.category}[/] {_sure(one)}".rstrip())
        if one.reason:
            out.print(Padding(f"[dim]{escape(one.reason)}[/]", (0, 0, 0, 4)))


def _sure(seen: Seen) -> str:
    return f"{seen.confidence:.0%}" if seen.category else ""


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
