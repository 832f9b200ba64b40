"""Check an exported ledger, with no access to anything else."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape

from kept.cli.shared import console, progress, read_text, stamp
from kept.ledger import verify_folder


@click.command("verify")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--key", help="The company's verifier key, from a place you trust; else the one in the folder is used.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint you kept from an earlier time: shows that nothing before it was rewritten.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def command(folder: Path, key: str | None, since: Path | None, form: str) -> None:
    """Check an exported ledger, with no access to the company's database.

    FOLDER is what `kept ledger export` wrote. Every entry is hashed again and compared with the signed checkpoint. An entry that
    was edited, removed, moved or cut off, or a forged signature, ends with exit code 2 and says which. Exit code 0: verified.
    """
    before = read_text(since) if since else None
    with progress() as bars:
        verified = verify_folder(folder, key, previous_checkpoint=before, progress=bars)
    if form == "json":
        values = {"size": verified.size, "root": verified.root, "origin": verified.origin, "key_was_given": verified.key_was_given}
        click.echo(json.dumps(values, indent=2))
        return
    out = console()
    out.print(f"[green]✓ verified[/] {verified.size:,} entries hash to the signed root [bold]{verified.root[:16]}…[/]")
    last = f", last entry {stamp(verified.signed_at)}" if verified.signed_at else ""
    out.print(f"  signed by {escape(verified.origin)}{last}")
    if since:
        out.print("  and nothing before the checkpoint you kept was rewritten")
    if not key:
        out.print("  [yellow]the key came with the folder[/]: give the one the company publishes with --key to trust it")
