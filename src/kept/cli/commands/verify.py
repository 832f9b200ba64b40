"""Check an exported ledger, a certificate of erasure or an export, with no access to anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from kept.base.errors import Refused
from kept.bundles import verify_bundle
from kept.cli.shared import console, progress, read_text, stamp
from kept.ledger import Verifier, verify_folder
from kept.ledger.certificate import Certified, verify_certificate
from kept.ledger.notes import NoteError

ZIP = b"PK"


@click.command("verify")
@click.argument("path", metavar="FOLDER|CERTIFICATE|EXPORT", type=click.Path(path_type=Path, exists=True))
@click.option("--key", help="The company's verifier key, from a place you trust; else the one that came along is used.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With a folder, a checkpoint you kept from an earlier time: shows that nothing before it was rewritten.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def command(path: Path, key: str | None, since: Path | None, form: str) -> None:
    """Check what a company gave you, offline, with no access to its database.

    A FOLDER is what `kept ledger export` wrote: every entry is hashed again and compared with the signed checkpoint. A CERTIFICATE
    of erasure is the file a person got: its signature is checked, and that the company's ledger has it. An EXPORT is the ZIP file
    a person got: every file in it is compared with the signed manifest. An edit, a removal or a forged signature ends with exit
    code 2 and says which. Exit code 0: verified.
    """
    if path.is_dir():
        _folder(path, key, since, form)
        return
    if since:
        raise Refused("--since goes with a folder", todo="Leave it out, or name the folder of an exported ledger.")
    with path.open("rb") as source:
        zipped = source.read(len(ZIP)) == ZIP
    if zipped:
        _export(path, key, form)
    else:
        _certificate(path, key, form)


def _folder(folder: Path, key: str | None, since: Path | None, form: str) -> None:
    before = read_text(since) if since else None
    with progress() as bars:
        verified = verify_folder(folder, key, previous_checkpoint=before, progress=bars)
    if form == "json":
        _values({"size": verified.size, "root": verified.root, "origin": verified.origin, "key_was_given": verified.key_was_given})
        return
    out = console()
    out.print(f"[green]✓ verified[/] {verified.size:,} entries hash to the signed root [bold]{verified.root[:16]}…[/]")
    last = f", last entry {stamp(verified.signed_at)}" if verified.signed_at else ""
    out.print(f"  signed by {escape(verified.origin)}{last}")
    if since:
        out.print("  and nothing before the checkpoint you kept was rewritten")
    _trust(key, "folder")


def _certificate(path: Path, key: str | None, form: str) -> None:
    certified = verify_certificate(read_text(path), key)
    if form == "json":
        _values(
            {"statement": certified.statement, "size": certified.size, "root": certified.root, "key_was_given": key is not None}
        )
        return
    said = certified.statement
    out = console()
    out.print(f"[green]✓ verified[/] certificate of erasure for the request [bold]{escape(str(said.get('request', '')))}[/]")
    out.print(f"  signed by {escape(certified.origin)}; entry {certified.index:,} of a log of {certified.size:,}")
    for line in _stated(certified):
        out.print(f"  {escape(line)}")
    _trust(key, "certificate")


def _stated(certified: Certified) -> list[str]:
    """Return what a certificate states, in lines."""
    said = certified.statement
    asked, proved = str(said.get("received", ""))[:10], str(said.get("proved") or "never")[:10]
    lines = [f"asked for {asked}, proved {proved}, by {said.get('company', '')}"]
    for store, part in said.get("stores", {}).items():
        tables = part.get("tables", {})
        rows = f"{sum(tables.values()):,} rows in {len(tables)} tables" if isinstance(tables, Mapping) else f"{len(tables)} tables"
        lines.append(f"{store}: {part.get('state', '')}, {rows}")
    lines += [
        f"stays: {one['rows']:,} rows of {one['table']} ({one['why']}: {one['rule']}) {_until(one)}" for one in said.get("kept", ())
    ]
    lines += [f"{one['name']}: {one['state']}" for one in said.get("processors", ())]
    return lines


def _until(one: Mapping[str, Any]) -> str:
    return f"until {one['until']}" if one.get("until") else ""


def _export(path: Path, key: str | None, form: str) -> None:
    if key is None:
        raise Refused("An export is checked with the company's verifier key", todo="Give it with --key; the company publishes it.")
    try:
        verifier = Verifier.parse(key)
    except NoteError as error:
        raise Refused(
            f"that is no verifier key: {error}", todo="Copy it whole: a name, a hash and base64, with + between."
        ) from error
    verified = verify_bundle(path, verifier)
    if form == "json":
        _values({"request": verified.request, "signed_by": verified.signed_by, "files": verified.files, "bytes": verified.bytes})
        return
    out = console()
    out.print(f"[green]✓ verified[/] {verified.files:,} files of the export for the request [bold]{escape(verified.request)}[/]")
    out.print(f"  signed by {escape(str(verified.signed_by))}; nothing was changed, added or taken out")


def _values(values: Mapping[str, Any]) -> None:
    click.echo(json.dumps(values, indent=2))


def _trust(key: str | None, what: str) -> None:
    if not key:
        console().print(f"  [yellow]the key came with the {what}[/]: give the one the company publishes with --key to trust it")
