"""The way of a proof, from an entry up to the signed root: computed step by step, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kept.ledger.hashing import node_hash

__all__ = ["Joint", "drawn_proof", "way_up"]

ROW, WIDE, NODE = 46, 460, 116
SHOWN = 10
"""Points: from one level to the next, the drawing's width, a node's width; how many hex digits a node shows."""
MIDDLE, LEFT, RIGHT = 230, 66, 394


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """One step up: the hash so far, its neighbour, on which side that stands, and the hash of both together. In hex."""

    here: str
    beside: str
    on_left: bool
    above: str


def way_up(*, index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> tuple[Joint, ...]:
    """Return the steps from a leaf to the root that its path leads to (RFC 9162 section 2.1.3.2), be it the signed one or not."""
    here, last, joined = index, size - 1, leaf
    steps = []
    for sibling in path:
        on_left = bool(here & 1) or here == last
        above = node_hash(sibling, joined) if on_left else node_hash(joined, sibling)
        steps.append(Joint(here=joined.hex(), beside=sibling.hex(), on_left=on_left, above=above.hex()))
        joined = above
        while on_left and not here & 1 and here:
            here >>= 1
            last >>= 1
        here >>= 1
        last >>= 1
    return tuple(steps)


def drawn_proof(way: Sequence[Joint], *, root: bytes) -> SafeString:
    """Return the way as a small tree: the entry at the foot, the signed root at the head."""
    levels = len(way)
    high = ROW * (levels + 1) + 8
    parts = [_node(MIDDLE, ROW * levels, way[0].here if way else root.hex(), "leaf" if way else "root")]
    for level, step in enumerate(way):
        foot = ROW * (levels - level)
        beside = LEFT if step.on_left else RIGHT
        parts.insert(0, _lines(beside, foot))
        parts.append(_node(beside, foot, step.beside, "beside"))
        parts.append(_node(MIDDLE, foot - ROW, step.above, "root" if level == levels - 1 else "joined"))
    return format_html(
        '<svg class="proof" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDE,
        high,
        _("The way from the entry to the signed root; the table below says the same"),
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _lines(beside: int, foot: int) -> SafeString:
    return format_html('<path class="flow" d="M{0} {2}V{3}M{1} {2}L{0} {3}"/>', MIDDLE, beside, foot + 4, foot - ROW + 30)


def _node(x: int, y: int, text: str, kind: str) -> SafeString:
    return format_html(
        '<rect class="box {}" x="{}" y="{}" width="{}" height="26" rx="6"/><text x="{}" y="{}" text-anchor="middle">{}</text>',
        kind,
        x - NODE // 2,
        y + 4,
        NODE,
        x,
        y + 22,
        text[:SHOWN],
    )
