"""How a person was followed through the stores, drawn as a tree: along the links to each table, with what happens there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kept.db.access.request_facts import PathSeen

from .request_words import DOES
from .words import word

__all__ = ["paths_svg"]

ARROW = " → "
WIDE, HIGH, STEP, ROW = 196, 44, 236, 56
LONGEST = 27


@dataclass(slots=True, kw_only=True)
class Node:
    """A table on the way, and what was found there; `row` and `depth` say where it is drawn."""

    name: str
    rows: int | None = None
    does: str = ""
    row: float = 0
    depth: int = 0
    children: dict[str, Node] = field(default_factory=dict)


def paths_svg(paths: Sequence[PathSeen]) -> SafeString:
    """Return the drawing; nothing where no row was found."""
    if not paths:
        return SafeString("")
    root = Node(name=_("the person"))
    for one in paths:
        _plant(root, one)
    rows = _place(root, 0, 0)
    every = list(_every(root))
    wide = (max(node.depth for node in every) + 1) * STEP - (STEP - WIDE) + 4
    label = _("From the person along the links to each table; the list below says the same")
    return format_html(
        '<svg class="paths" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">{}{}</svg>',
        wide,
        round(rows * ROW),
        wide,
        label,
        format_html_join("", '<path class="flow" d="M{} {}C{} {} {} {} {} {}"/>', (edge for edge in _edges(root))),
        format_html_join("", "{}", ((_box(node),) for node in every)),
    )


def _plant(root: Node, one: PathSeen) -> None:
    """Put a path into the tree. It is written from the table to the person: app.tickets.account_id → account."""
    here = root
    steps = one.path.split(ARROW)[::-1]
    for step in steps[1:] if len(steps) > 1 else ():
        table = step.rpartition(".")[0]
        here = here.children.setdefault(table, Node(name=table))
    if here is root or here.name != one.table:
        here = here.children.setdefault(one.table, Node(name=one.table))
    here.rows, here.does = (here.rows or 0) + one.rows, one.does


def _place(node: Node, depth: int, row: float) -> float:
    """Give each node its place, children below one another and the parent in the middle; return the first free row."""
    node.depth = depth
    if not node.children:
        node.row = row
        return row + 1
    first = row
    for child in node.children.values():
        row = _place(child, depth + 1, row)
    node.row = (first + row - 1) / 2
    return row


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children.values():
        yield from _every(child)


def _edges(node: Node) -> Iterator[tuple[float, ...]]:
    for child in node.children.values():
        x, y = node.depth * STEP + WIDE + 2, node.row * ROW + HIGH / 2 + 2
        to, down = child.depth * STEP + 2, child.row * ROW + HIGH / 2 + 2
        middle = (x + to) / 2
        yield x, y, middle, y, middle, down, to, down
        yield from _edges(child)


def _box(node: Node) -> SafeString:
    x, y = node.depth * STEP + 2, node.row * ROW + 2
    name = node.name if len(node.name) <= LONGEST else f"…{node.name[-LONGEST + 1 :]}"
    said = ""
    if node.rows is not None:
        rows = ngettext("%(n)d row", "%(n)d rows", node.rows) % {"n": node.rows}
        said = f"{rows}, {word(DOES, node.does)}" if node.does else rows
    return format_html(
        '<g><rect class="box {}" x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text>'
        '<text class="soft" x="{}" y="{}">{}</text></g>',
        node.does.replace(" ", "-") or "way",
        x,
        y,
        WIDE,
        HIGH,
        x + 10,
        y + (18 if said else 27),
        name,
        x + 10,
        y + 35,
        said,
    )
