"""Bring in what other tools know: a Fideslang map, or the people who were erased before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from rich.markup import escape

from kept.base.errors import Refused
from kept.base.names import Column
from kept.cli.group import Told
from kept.cli.shared import FILE, actor, console, errors, folder_option, read_text, to_write, write_text
from kept.db import actions, configure
from kept.policy.fides import import_dataset
from kept.workflows.check import keys_of_people, load_policy


@click.group("import", cls=Told)
def command() -> None:
    """Bring in what other tools know: a Fideslang map, or the people who were erased before."""


@command.command("fides")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--store", required=True, help="The store's name in kept.toml.")
@click.option("--region", default="unknown", show_default=True, help="Where the store keeps its data.")
@click.option("-o", "--output", type=FILE, callback=to_write, help="Write the map to this file.")
def fides(file: Path, store: str, region: str, output: Path | None) -> None:
    """Turn a Fideslang dataset (YAML) into a map of a store."""
    text, notes = import_dataset(read_text(file), str(file), store, region)
    if output is None:
        click.echo(text)
    elif output.exists():
        raise Refused(f"{output} is there already", todo="Name another file, or remove it first.")
    else:
        write_text(output, text)
    for note in notes:
        errors().print(f"[yellow]not carried over[/] {escape(note)}")


@command.command("erased")
@click.argument("column", metavar="STORE.TABLE.COLUMN")
@click.argument("file", type=click.File(encoding="utf-8", errors="surrogateescape"), default="-")
@folder_option
def erased(column: str, file: TextIO, folder: Path) -> None:
    """Remember people who were erased before Kept came, so that `erased-people-stay-gone` notices one who returns.

    STORE.TABLE.COLUMN is the key of a table of people, as the map says. FILE (or standard input) holds one key a line, as in the
    column. Only keyed hashes are kept; delete the file afterwards.
    """
    try:
        where = Column.parse(column)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    configure(folder)
    keys = [str(key) for key in keys_of_people(load_policy(folder))]
    if str(where) not in keys:
        raise Refused(f"{where} is not the key of a table of people", todo=f"The map has: {', '.join(keys) or 'none'}.")
    added = actions.add_tombstones(column=where, values=_keys(file), at=datetime.now(UTC), actor=actor())
    console().print(f"[green]✓[/] {added:,} {'person' if added == 1 else 'people'} remembered as erased from {escape(str(where))}")


def _keys(file: TextIO) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if not line.isascii() and any(0xDC80 <= ord(char) <= 0xDCFF for char in line):
            raise Refused(f"line {number} is not UTF-8", todo="Save the list as UTF-8 and import it again.")
        if key := line.strip():
            yield key
