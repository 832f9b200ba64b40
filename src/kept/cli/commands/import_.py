"""Bring in what other tools know: a Fideslang map, or the people who were erased before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from rich.markup import escape

from kept.base.errors import Refused
from kept.base.names import Column
from kept.cli.shared import actor, console, errors, folder_option
from kept.db import actions, configure
from kept.policy.fides import import_dataset


@click.group("import")
def command() -> None:
    """Bring in what other tools know."""


@command.command("fides")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--store", required=True, help="The store's name in kept.toml.")
@click.option("--region", default="unknown", show_default=True, help="Where the store keeps its data.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the map to this file.")
def fides(file: Path, store: str, region: str, output: Path | None) -> None:
    """Turn a Fideslang dataset (YAML) into a map of a store."""
    text, notes = import_dataset(file.read_text(encoding="utf-8"), str(file), store, region)
    if output is None:
        click.echo(text)
    elif output.exists():
        raise Refused(f"{output} is there already", todo="Name another file, or remove it first.")
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    for note in notes:
        errors().print(f"[yellow]not carried over[/] {escape(note)}")


@command.command("erased")
@click.argument("column", metavar="STORE.TABLE.COLUMN")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@folder_option
def erased(column: str, file: TextIO, folder: Path) -> None:
    """Remember people who were erased before Kept came, so that `erased-people-stay-gone` notices one who returns.

    FILE (or standard input) holds one key a line, as in the column. Only keyed hashes are kept; delete the file afterwards.
    """
    try:
        where = Column.parse(column)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    configure(folder)
    added = actions.add_tombstones(column=where, values=_keys(file), at=datetime.now(UTC), actor=actor())
    console().print(f"[green]✓[/] {added:,} people remembered as erased from {escape(str(where))}")
    sys.exit(0)


def _keys(file: TextIO) -> Iterator[str]:
    return (line.strip() for line in file if line.strip())
