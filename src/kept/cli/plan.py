"""A plan as a person reads it in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kept.base.changes import (
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    DropPartition,
    Null,
    Redact,
    Revoke,
    RotateKeys,
    SealColumn,
    UnsealColumn,
)
from kept.planning.plan import Plan, Step, store_of

__all__ = ["said", "show_plan"]

MOMENT = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")

NAMED = 2
"""How many kinds a step names before it only counts them."""


def said(change: Change) -> str:
    """Return a change in a few words, without its numbers."""
    match change:
        case DeleteRows():
            return "delete rows"
        case Null(columns=columns):
            return f"empty {', '.join(columns)}"
        case Anonymise(columns=columns):
            return f"anonymise {', '.join(columns)}"
        case Coarsen(column=column, kind=kind):
            return f"coarsen {column} ({kind})"
        case Redact(column=column, kinds=kinds):
            return f"redact {', '.join(kinds) if len(kinds) <= NAMED else f'{len(kinds)} kinds'} in {column}"
        case SealColumn(column=column):
            return f"seal {column}"
        case UnsealColumn(column=column):
            return f"unseal {column}"
        case RotateKeys(finish=finish):
            return "finish the rotation of keys" if finish else "rotate the keys"
        case DropPartition(partition=partition):
            return f"drop partition {partition}"
        case Revoke(role=role, right=right):
            return f"revoke {right} from {role}"


def show_plan(console: Console, plan: Plan, *, samples: bool = True) -> None:
    """Show each step with rows before and after and masked samples, then what people must do, then what is left out."""
    if plan.steps:
        console.print(_steps(plan))
    if samples:
        for position, step in enumerate(plan.steps, start=1):
            _show_samples(console, position, step)
    for owed in plan.obligations:
        who = f"{owed.obligation.owner}, by {owed.obligation.due}"
        console.print(f"  [yellow]for a person[/] {escape(owed.obligation.title)} [dim]({escape(who)})[/]")
    for withheld in plan.withheld:
        console.print(f"  [red]left out[/] {escape(withheld.reason)} [dim](§{escape(withheld.finding)})[/]")
    for note in plan.notes:
        console.print(f"  [dim]note: {escape(note)}[/]")


def _steps(plan: Plan) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False, header_style="dim", pad_edge=False)
    for name, justify in (("#", "right"), ("clause", "left"), ("table", "left"), ("change", "left")):
        table.add_column(name, justify=justify, no_wrap=name in ("#", "clause"), overflow="fold")  # type: ignore[arg-type]  # rich wants a Literal
    for name in ("rows", "touched", "left"):
        table.add_column(name, justify="right", no_wrap=True)
    for position, step in enumerate(plan.steps, start=1):
        gone = isinstance(step.change, DeleteRows | DropPartition)
        numbers = (f"{step.total:,}", f"{step.touched:,}", f"{step.total - step.touched if gone else step.total:,}")
        clause = "§" + step.finding.split(" ")[0]
        where = str(step.table or store_of(step.change))
        shown = ("", "", "") if isinstance(step.change, Revoke) else numbers
        table.add_row(str(position), clause, escape(where), escape(said(step.change)), *shown)
    return table


def _show_samples(console: Console, position: int, step: Step) -> None:
    for sample in step.samples[:3]:
        line = f"[dim]{position:>2}  {escape(str(step.table))}: {escape(_pairs(sample))}[/]"
        console.print(line, soft_wrap=False, overflow="ellipsis", no_wrap=True)


def _pairs(sample: Mapping[str, tuple[str, str]]) -> str:
    """Return a few columns of a masked row: moments first, which stay readable and say why a row goes."""
    ordered = sorted(sample.items(), key=lambda item: not MOMENT.match(item[1][0]))
    shown = [f"{column} {before} → {after}" if after else f"{column} {before}" for column, (before, after) in ordered[:4]]
    return "; ".join(shown)
