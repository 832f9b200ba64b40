"""Seal personal data under a key per person; rotate, replace and destroy keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from kept.base.errors import Refused
from kept.base.names import Column
from kept.cli.group import Told
from kept.cli.shared import EXIT, actor, console, folder_option, progress, read_text
from kept.cli.vault import show_columns, show_ended, show_keys, show_kinds, values_of
from kept.db import configure
from kept.policy.load import load_settings
from kept.vault.providers.registry import kinds
from kept.vault.register import read_keys
from kept.workflows.destroying import bring_back
from kept.workflows.destroying import destroy as destroy_people
from kept.workflows.rekeying import rekey as rekey_person
from kept.workflows.rotating import rotate as rotate_keys
from kept.workflows.sealing import seal as seal_columns
from kept.workflows.sealing import unseal as unseal_columns
from kept.workflows.vaults import found_vault, opened_vault


def _columns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[Column, ...]:
    """Return columns by their names in the map. Raises BadParameter."""
    try:
        return tuple(map(Column.parse, values))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.group("vault", cls=Told)
def command() -> None:
    """Seal personal data under a key per person; rotate, replace and destroy keys.

    Each person has a key of their own, wrapped under a key-encryption key that a provider holds. Destroying a person's key ends
    everything that was sealed for them, wherever it stands, backups included.
    """


@command.command("init")
@folder_option
def init(folder: Path) -> None:
    """Make the vault that kept.toml describes: a keys database and a first key-encryption key.

    Without a [vault] section, both are files in .kept/vault that only their owner may use. Running it again changes nothing.
    """
    configure(folder)
    made = found_vault(folder, actor=actor())
    settings, out = load_settings(folder).vault, console()
    where = "in .kept/vault/keys.sqlite3" if settings.keys is None else f"where {settings.keys} says"
    if made:
        out.print(f"[green]✓[/] the vault is made; wrapped keys stand {where}, provider [bold]{escape(settings.provider)}[/]")
        out.print(
            "  Keep its backups apart from those of the data, and no longer than a rotation: see docs/how-to/run-the-vault.md."
        )
        out.print("  Next: mark fields in map/ as `sealed: {}`, then [bold]kept vault seal[/]")
    else:
        out.print(f"There is a vault already, {where}; nothing was changed.")


@command.command("status")
@folder_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: the same values, for programs.")
def status(folder: Path, form: str) -> None:
    """Show the key-encryption keys, how many people have a key, and what was left half-way. No store is asked."""
    configure(folder)
    vault = opened_vault(folder, actor=actor())
    try:
        keys = read_keys(vault)
    finally:
        vault.close()
    if form == "json":
        click.echo(json.dumps(values_of(keys), indent=2))
        return
    show_keys(console(), keys)


@command.command("rotate")
@folder_option
def rotate(folder: Path) -> None:
    """Put every person's key under a new key-encryption key, and destroy the old one.

    Everything stays readable throughout. A run that was killed is finished by running the command again. To move to another
    provider, change `provider` in kept.toml first and keep the old one's options until this is done.
    """
    configure(folder)
    with progress() as bars:
        rotated = rotate_keys(folder, actor=actor(), progress=bars)
    out = console()
    old = ", ".join(map(str, rotated.old))
    out.print(f"[green]✓[/] {rotated.keys:,} keys stand under key-encryption key {rotated.new}, none under {old}")
    gone = f"is destroyed by the provider on {rotated.gone_at:%Y-%m-%d}" if rotated.gone_at else "is destroyed"
    out.print(f"  key-encryption key {old} {gone}; the receipt is in the ledger")


@command.command("rekey")
@click.argument("person")
@click.option("--files-done", is_flag=True, help="Say that the person's sealed files were opened and sealed again.")
@folder_option
def rekey(person: str, files_done: bool, folder: Path) -> None:
    """Seal everything of one PERSON (account:42) under a new key, and destroy the old one.

    For a key that may have been seen. The old key is destroyed only when every sealed column of the map was asked and nothing
    stands under it; copies in backups from before do not open any more.
    """
    configure(folder)
    with progress() as bars:
        done = rekey_person(folder, person, actor=actor(), files_done=files_done, progress=bars)
    console().print(f"[green]✓[/] {done.rows:,} values in {done.columns} columns are under a new key; {done.old} old destroyed")


@command.command("seal")
@click.argument("columns", nargs=-1, callback=_columns)
@folder_option
def seal(columns: Sequence[Column], folder: Path) -> None:
    """Seal what stands in the clear in COLUMNS (app.accounts.email), or in every column that the map marks as sealed.

    In place and in batches, with old and new values readable throughout for programs that use the vault. A run that was killed is
    finished by running it again. Exit codes: 0 all is sealed, 1 something else was found, 2 it cannot be told.
    """
    configure(folder)
    with progress() as bars:
        done = seal_columns(folder, columns, actor=actor(), progress=bars)
    sys.exit(EXIT[show_columns(console(), done, sealing=True)])


@command.command("unseal")
@click.argument("columns", nargs=-1, callback=_columns, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@folder_option
def unseal(columns: Sequence[Column], yes: bool, folder: Path) -> None:
    """Write the values of COLUMNS in the clear again, for leaving Kept.

    Take `sealed` out of the map afterwards. Exit codes: 0 all is in the clear, 2 something does not open.
    """
    configure(folder)
    _sure(f"Write {', '.join(map(str, columns))} in the clear?", yes=yes)
    with progress() as bars:
        done = unseal_columns(folder, columns, actor=actor(), progress=bars)
    sys.exit(EXIT[show_columns(console(), done, sealing=False)])


@command.command("destroy")
@click.argument("people", nargs=-1)
@click.option("--from", "source", type=click.Path(path_type=Path, dir_okay=False), help="A file with one person a line.")
@click.option("--undo", is_flag=True, help="Bring keys back whose window is still open.")
@click.option("--no-window", is_flag=True, help="Destroy at once, whatever window kept.toml gives.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@folder_option
def destroy(people: Sequence[str], source: Path | None, undo: bool, no_window: bool, yes: bool, folder: Path) -> None:
    """Destroy the keys of PEOPLE (account:42): nothing sealed for them opens again, in no backup either.

    Their blind indexes are emptied; rows and what is not sealed stay where they are. Every process on this machine has forgotten
    the keys when the command returns, those on other machines within a second. Running it again is safe.
    """
    configure(folder)
    named = [*people, *_lines(source)]
    if not named:
        raise Refused("nobody was named", todo="Name people as account:42, or give a file with --from.")
    if undo:
        console().print(
            f"[green]✓[/] {bring_back(folder, named, actor=actor())} keys are back; `kept vault seal` mends their indexes"
        )
        return
    who = named[0] if len(named) == 1 else f"{len(named):,} people"
    _sure(f"Destroy the key of {who}? What was sealed for them can then be read by nobody.", yes=yes)
    show_ended(console(), destroy_people(folder, named, actor=actor(), now_and_for_good=no_window))


@command.command("providers")
def providers() -> None:
    """List who can hold key-encryption keys, and the options of each in kept.toml."""
    show_kinds(console(), kinds())


def _lines(source: Path | None) -> list[str]:
    return [line.strip() for line in read_text(source).splitlines() if line.strip()] if source else []


def _sure(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere the answer must stand in the command. Raises Refused."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("this cannot be taken back, and there is nobody to ask", todo="Say --yes if it is meant.")
    if not click.confirm(question):
        raise Refused("it was not confirmed", todo="Nothing needs to be done.")
