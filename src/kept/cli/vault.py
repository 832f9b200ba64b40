"""The vault as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.base.questions import KeyEncryptionKey, KeysState
from kept.base.seals import SealState
from kept.base.verdicts import Mark
from kept.vault.providers.registry import Kind
from kept.workflows.destroying import Ended
from kept.workflows.sealing import SealedColumns

__all__ = ["show_columns", "show_ended", "show_keys", "show_kinds", "values_of"]

WORDS: Mapping[SealState, str] = {
    SealState.SEALED: "sealed",
    SealState.ENDED: "closed for good",
    SealState.PLAIN: "in the clear",
    SealState.OLD: "to be sealed anew",
    SealState.STRANGE: "not opening",
    SealState.NOBODY: "of nobody",
    SealState.BACK: "of erased people who are back",
}
STATES = {
    "active": "[green]active[/]",
    "retiring": "[yellow]retiring[/]",
    "escrow": "[yellow]window[/]",
    "destroyed": "[dim]destroyed[/]",
}


def show_keys(out: Console, keys: KeysState) -> None:
    """Show the key-encryption keys, then people's keys in two sentences."""
    table = Table(box=None, padding=(0, 1), show_edge=False, header_style="dim", pad_edge=False)
    for name in ("key-encryption key", "provider", "made", "state", "keys under it"):
        table.add_column(name, justify="right" if name.startswith("keys") else "left", no_wrap=True)
    for key in keys.encrypting:
        table.add_row(str(key.number), escape(key.provider), f"{key.made_at:%Y-%m-%d}", _state(key), f"{key.keys:,}")
    out.print(table)
    oldest = f", the oldest of {keys.oldest:%Y-%m-%d}" if keys.oldest else ""
    out.print(f"{keys.people:,} people have a key{oldest}; {keys.destroyed:,} keys were destroyed")
    if keys.dead:
        out.print(
            f"[yellow]{keys.dead:,} of those since the last rotation[/]: backups of the keys database may still hold them, "
            "under a key-encryption key that exists. [bold]kept vault rotate[/] ends that."
        )
    if any(key.state == "retiring" for key in keys.encrypting):
        out.print("[yellow]A rotation was begun and not finished:[/] [bold]kept vault rotate[/]")
    if keys.replaced:
        out.print(f"[yellow]{keys.replaced:,} keys are being replaced:[/] run [bold]kept vault rekey[/] again for those people")


def _state(key: KeyEncryptionKey) -> str:
    word = STATES.get(key.state, key.state)
    if key.state == "escrow" and key.until is not None:
        return f"{word} until {key.until:%Y-%m-%d}"
    if key.state == "destroyed" and key.destroyed_at is not None:
        return f"{word} {key.destroyed_at:%Y-%m-%d}"
    return word


def values_of(keys: KeysState) -> dict[str, Any]:
    """Return the same as plain values."""
    return {
        "key_encryption_keys": [
            {
                "number": key.number,
                "provider": key.provider,
                "state": key.state,
                "made_at": key.made_at.isoformat(),
                "until": key.until.isoformat() if key.until else None,
                "destroyed_at": key.destroyed_at.isoformat() if key.destroyed_at else None,
                "keys": key.keys,
            }
            for key in keys.encrypting
        ],
        "people": keys.people,
        "oldest": keys.oldest.isoformat() if keys.oldest else None,
        "destroyed": keys.destroyed,
        "destroyed_since_rotation": keys.dead,
        "being_replaced": keys.replaced,
    }


def show_columns(out: Console, done: SealedColumns, *, sealing: bool) -> Mark:
    """Show what became of each column; return kept where all of it is as asked, broken or unknown where not."""
    for outcome in done.outcomes:
        if outcome.error is not None:
            out.print(f"[red]✗[/] {escape(str(outcome.error))}")
    marks = {Mark.UNKNOWN} if done.unknown or not done.complete else {Mark.KEPT}
    good = (SealState.SEALED, SealState.ENDED) if sealing else (SealState.PLAIN, SealState.NOBODY, SealState.ENDED, SealState.BACK)
    for column, counts in done.states.items():
        clean = all(state in good for state, number in counts.items() if number)
        said = ", ".join(f"{counts[state]:,} {WORDS[state]}" for state in WORDS if counts.get(state))
        out.print(f"{'[green]✓[/]' if clean else '[red]✗[/]'} {escape(str(column))}: {said or 'no value'}")
        if not clean:
            marks.add(Mark.BROKEN if sealing else Mark.UNKNOWN)
    for column, reason in done.unknown.items():
        out.print(f"[yellow]?[/] {escape(str(column))}: {escape(reason)}")
    return next(mark for mark in (Mark.UNKNOWN, Mark.BROKEN, Mark.KEPT) if mark in marks)


def show_ended(out: Console, ended: Ended) -> None:
    """Show what was destroyed, until when it can be brought back, and what is left to do."""
    done = ended.destroyed
    people = "1 person" if done.people == 1 else f"{done.people:,} people"
    out.print(f"[green]✓[/] the keys of {people} are destroyed; {ended.unindexed:,} blind indexes emptied")
    if done.without:
        out.print(f"  {done.without:,} had no key: nothing was sealed for them, or it was destroyed before")
    if done.until:
        out.print(f"  they can be brought back before {done.until:%Y-%m-%d} (UTC) with --undo, and by nobody afterwards")
    elif done.keys:
        out.print("  [dim]old backups of the keys database still hold the wrapped keys until the next `kept vault rotate`[/]")
    for column, reason in ended.left.items():
        out.print(f"  [yellow]not emptied[/] {escape(column)}: {escape(reason)}; run the command again")


def show_kinds(out: Console, kinds: Mapping[str, Kind]) -> None:
    """Show each provider with its options."""
    for kind in kinds.values():
        out.print(f"[bold]{escape(kind.name)}[/]  {escape(kind.title)}")
        for option, meaning in kind.options.items():
            secret = " [dim](env:NAME only)[/]" if option in kind.secrets else ""
            out.print(f"    {escape(option)}{secret}  [dim]{escape(meaning)}[/]", soft_wrap=True)
    out.print('In kept.toml: \\[vault] provider = "NAME", and each option under \\[vault.providers.NAME].')
