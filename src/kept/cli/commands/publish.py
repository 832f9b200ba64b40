"""Publish the policy: show what changes, clause by clause, and keep the text for everybody to read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from kept.base.errors import Refused
from kept.cli.shared import actor, console, folder_option
from kept.db import configure
from kept.db.access.editions import edition
from kept.policy.comparing import ClauseChange, Piece
from kept.workflows.check import clock
from kept.workflows.publishing import Proposed, proposed, publish

SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "reworded": "[yellow]~[/]"}
STYLES = {"kept": "dim", "added": "green", "removed": "red strike"}
AROUND_PIECE = {"kept": ("", ""), "added": ("{+", "+}"), "removed": ("[-", "-]")}
AROUND = 60
"""How many characters of unchanged text are shown on either side of a change."""


@click.command("publish")
@folder_option
@click.option("--yes", is_flag=True, help="Publish without asking.")
def command(folder: Path, yes: bool) -> None:
    """Show what changed in the policy since it was last published, clause by clause, and publish it.

    A published text stays as it is. A changed clause needs a higher version, and takes effect today or later. The ledger keeps the
    digest of the text, its day, and which clauses changed what is promised.
    """
    configure(folder)
    found = proposed(folder)
    out = console()
    if found.says_nothing_new:
        raise Refused("Nothing in the policy changed since it was last published", todo="Change policy.md first.")
    _show(out, found)
    if not yes:
        click.confirm("Publish it?", abort=True)
    number = publish(found.policy, at=clock(), actor=actor())
    made = edition(number)
    ahead = made.effective > datetime.now(UTC).date()
    out.print(
        f"[green]✓[/] published as text {number}, version {escape(made.version)}; "
        f"{'takes effect on' if ahead else 'in force since'} {made.effective:%Y-%m-%d}"
    )


def _show(out: Console, found: Proposed) -> None:
    changed = [one for one in found.changes if one.change != "unchanged"]
    if found.last is None:
        out.print(f"The first text of [bold]{escape(found.policy.title)}[/]: {len(changed)} clauses")
        return
    unchanged = len(found.changes) - len(changed)
    now, before = escape(found.policy.version), escape(found.last.version)
    out.print(
        f"[bold]{escape(found.policy.title)}[/] version {now}, after {before}: {len(changed)} changed, {unchanged} as before\n"
    )
    for one in changed:
        _show_clause(out, one)


def _show_clause(out: Console, one: ClauseChange) -> None:
    material = " [bold]changes what is promised[/]" if one.material else " [dim]wording only[/]"
    versions = " → ".join(f"v{part.version}" for part in (one.before, one.after) if part)
    out.print(f"{SIGNS[one.change]} [bold]§{escape(one.id)}[/] {escape(one.title)} [dim]{versions}[/]{material}")
    if one.change == "reworded":
        for pieces in (one.title_pieces, one.pieces):
            if any(piece.kind != "kept" for piece in pieces):
                out.print("    " + "".join(map(_shown, pieces)).strip(), soft_wrap=True)
    out.print()


def _shown(piece: Piece) -> str:
    text = " ".join(piece.text.split()) if piece.text.strip() else " "
    lead, tail = (" " if piece.text[:1].isspace() else ""), (" " if piece.text[-1:].isspace() else "")
    if piece.kind == "kept" and len(text) > 2 * AROUND:
        text = f"{text[:AROUND]} … {text[-AROUND:]}"
    before, behind = AROUND_PIECE[piece.kind]
    text = f"{lead}{before}{text}{behind}{tail}" if text.strip() else " "
    return f"[{STYLES[piece.kind]}]{escape(text)}[/]"
