"""Follow one person across tables and stores, and change nothing."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from kept.base.errors import Refused
from kept.cli.shared import console, folder_option
from kept.db import configure
from kept.planning.belonging import kinds_of_people
from kept.workflows.tracing import Traced, trace
from kept.workflows.world import World


@click.command("follow")
@click.argument("subject", metavar="KIND:KEY")
@folder_option
@click.option("--shown", is_flag=True, help="What the person would see in an export; without it, what erasing them would do.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def command(subject: str, folder: Path, shown: bool, form: str) -> None:
    """Follow one person by the map's links, across tables and stores, and count their rows. Nothing is changed.

    KIND:KEY names the person as the map does: account:42. Each line is a way that leads to rows: the table, how many, by which
    links, and what erasing the person would do to them. Values of the person are not shown.
    """
    configure(folder)
    world = World(folder=folder)
    try:
        kinds = kinds_of_people(world.policy)
        if subject.partition(":")[0] not in kinds or not subject.partition(":")[2]:
            known = (
                " or ".join(f"{kind}:KEY" for kind in sorted(kinds)) or "nobody: no table of the map says that its rows are people"
            )
            raise Refused("That does not name a person", todo=f"Write {known}.")
        traced = trace(world, subject, erasing=not shown)
    finally:
        world.close()
    if form == "json":
        click.echo(json.dumps(traced.told, indent=2, ensure_ascii=False))
        return
    _show(subject, traced)


def _show(subject: str, traced: Traced) -> None:
    out, told = console(), traced.told
    if not told["ways"]:
        out.print(f"nothing was found of {escape(subject)}, in any table of the map")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("table", "rows", "by", "is then"):
        table.add_column(title, justify="right" if title == "rows" else "left", overflow="fold")
    for way in told["ways"]:
        table.add_row(escape(way["table"]), f"{way['rows']:,}", escape(way["path"]), way["does"])
    out.print(table)
    for left in told.get("left", ()):
        out.print(f"[yellow]stays[/] {left['rows']:,} rows of {escape(left['table'])}: {left['why']}, {escape(left['rule'])}")
    for obstacle in told.get("obstacles", ()):
        out.print(f"[red]stands in the way[/] {escape(obstacle)}")
    out.print(f"{told['rows']:,} rows in {told['tables']} tables, each way counted by itself; nothing was changed")
