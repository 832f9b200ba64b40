"""Write a commented privacy folder to start from."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.markup import escape

from kept.base.errors import Refused
from kept.cli.shared import console, write_text
from kept.policy.init import files
from kept.policy.schema import schemas
from kept.promises.registry import terms


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("privacy"))
@click.option("--company", default="Example Ltd", show_default=True, help="The company's name.")
def command(folder: Path, company: str) -> None:
    """Write a commented privacy folder to start from; FOLDER is ./privacy where none is named.

    Nothing that is already there is overwritten.
    """
    texts = files(company, schemas(terms()))
    there = [name for name in texts if os.path.lexists(folder / name)]
    if there:
        raise Refused(f"{folder} already holds {', '.join(sorted(there)[:3])}", todo="Name another folder, or remove it first.")
    for name, text in texts.items():
        write_text(folder / name, text)
    out = console()
    out.print(
        f"[green]✓[/] {len(texts)} files in [bold]{escape(str(folder))}[/]: the policy, its promises, purposes, a map, settings"
    )
    out.print("Next: name your store in kept.toml, set its environment variable, then [bold]kept scan app[/]")
