"""Export the ledger for anyone to verify, or print its public key."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from kept.cli.group import Told
from kept.cli.shared import console, folder_option, progress
from kept.db import access, actions, configure


@click.group("ledger", cls=Told)
def command() -> None:
    """Export the ledger for anyone to verify, or print its public key."""


@command.command("export")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@folder_option
def export(target: Path, folder: Path) -> None:
    """Write the ledger to a folder that anyone can check with `kept verify`, or with the script in docs/spec/ledger.md.

    Run again, it adds only what is new. The folder holds no personal data and can be published as it is.
    """
    configure(folder)
    with progress() as bars:
        exported = actions.export_ledger(target, progress=bars)
    out = console()
    out.print(f"[green]✓[/] {exported.size:,} entries in [bold]{escape(str(target))}[/]")
    out.print(f"  publish this key where people trust it: {escape(access.verifier_key())}", soft_wrap=True)


@command.command("key")
@folder_option
def key(folder: Path) -> None:
    """Print the public key that the ledger's checkpoints are signed with."""
    configure(folder)
    click.echo(access.verifier_key())
