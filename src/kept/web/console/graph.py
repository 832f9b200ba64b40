"""The map as a drawing: sources, stores with their tables, purposes; a line for every flow. Inline SVG, laid out here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy

from .words import SOURCES, word

__all__ = ["drawn_map", "source_of"]

WIDE = 960
BOX, STEP, HEAD, GAP = 30, 38, 34, 22
"""Points: a box's height, from one box to the next, a store's heading, between two stores."""
SOURCES_AT, TABLES_AT, PURPOSES_AT = 1, 264, 610
SOURCE_WIDE, TABLE_WIDE, PURPOSE_WIDE = 170, 230, 349
LETTERS = {SOURCE_WIDE: 22, TABLE_WIDE: 30, PURPOSE_WIDE: 48}
"""How many letters fit into a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box: its name and text, where it stands, and where it leads."""

    name: str
    text: str
    x: int
    y: int
    wide: int
    kind: str
    link: str = ""

    @property
    def middle(self) -> float:
        """How high its middle stands."""
        return self.y + BOX / 2


def source_of(mapped: MappedTable) -> str:
    """Return where a table's data comes from, in words: an integration by its name."""
    if mapped.map.source == "integration" and mapped.map.integration:
        return mapped.map.integration
    return word(SOURCES, mapped.map.source or "")


def drawn_map(policy: Policy) -> SafeString:
    """Return the drawing; what it says stands in words below it on the page."""
    tables, frames, high = _tables(policy)
    by_name = {box.name: box for box in tables}
    flows_in = [(source_of(mapped), str(mapped.table)) for mapped in policy.tables()]
    flows_out = [(str(mapped.table), purpose) for mapped in policy.tables() for purpose in purposes_of(mapped)]
    sources = _column(flows_in, by_name, high, SOURCES_AT, SOURCE_WIDE, "source", {})
    titles = {name: purpose.title for name, purpose in policy.purposes.items()}
    purposes = _column([(out, table) for table, out in flows_out], by_name, high, PURPOSES_AT, PURPOSE_WIDE, "purpose", titles)
    high = max([high, *(box.y + BOX for box in (*sources.values(), *purposes.values()))]) + 4
    lines = [_line(sources[source], by_name[table]) for source, table in flows_in]
    lines += [_line(by_name[table], purposes[purpose]) for table, purpose in flows_out]
    return format_html(
        '<svg class="map" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        WIDE,
        high,
        _("Where data comes from, where it is kept, and what it is for"),
        _joined(frames),
        _joined(lines),
        _joined(_drawn(box) for box in (*sources.values(), *tables, *purposes.values())),
    )


def purposes_of(mapped: MappedTable) -> tuple[str, ...]:
    """Return every purpose that a table or one of its fields serves."""
    every = (purpose for name in mapped.map.fields for purpose in mapped.purposes_of(name))
    return tuple(dict.fromkeys((*mapped.map.purposes, *every)))


def _tables(policy: Policy) -> tuple[list[Box], list[SafeString], int]:
    """Return a box a table, a frame a store, and how high they reach."""
    boxes: list[Box] = []
    frames: list[SafeString] = []
    y = 0
    for store, mapped in policy.stores.items():
        top, y = y, y + HEAD
        for table in policy.tables(store):
            link = reverse("console:table", args=[store, table.table.local])
            name = str(table.table)
            boxes.append(Box(name=name, text=table.table.local, x=TABLES_AT, y=y, wide=TABLE_WIDE, kind="table", link=link))
            y += STEP
        frames.append(
            format_html(
                '<rect class="store" x="{}" y="{}" width="{}" height="{}" rx="8"/><text class="head" x="{}" y="{}">{} · {}</text>',
                TABLES_AT - 14,
                top,
                TABLE_WIDE + 28,
                y - top + 4,
                TABLES_AT,
                top + 22,
                store,
                mapped.region,
            )
        )
        y += GAP
    return boxes, frames, y - GAP + 6


def _column(
    flows: Sequence[tuple[str, str]],
    tables: Mapping[str, Box],
    high: int,
    x: int,
    wide: int,
    kind: str,
    titles: Mapping[str, str],
) -> dict[str, Box]:
    """Return a box for each name in the flows, each near the middle of the tables it is tied to, none over another."""
    middles: dict[str, list[float]] = {}
    for name, table in flows:
        middles.setdefault(name, []).append(tables[table].middle)
    order = sorted(middles, key=lambda name: sum(middles[name]) / len(middles[name]))
    room = max(STEP, high / max(len(order), 1))
    return {
        name: Box(name=name, text=titles.get(name, name), x=x, y=round(room * at + (room - BOX) / 2), wide=wide, kind=kind)
        for at, name in enumerate(order)
    }


def _line(left: Box, right: Box) -> SafeString:
    begin, end = left.x + left.wide, right.x
    bend = (end - begin) // 2
    return format_html(
        '<path class="flow" d="M{} {}C{} {} {} {} {} {}"/>',
        begin,
        left.middle,
        begin + bend,
        left.middle,
        end - bend,
        right.middle,
        end,
        right.middle,
    )


def _drawn(box: Box) -> SafeString:
    most = LETTERS[box.wide]
    text = box.text if len(box.text) <= most else box.text[: most - 1] + "…"
    shape = format_html(
        '<rect class="box {}" x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text>',
        box.kind,
        box.x,
        box.y,
        box.wide,
        BOX,
        box.x + 12,
        box.y + 20,
        text,
    )
    title = format_html("<title>{}</title>", box.text)
    return format_html('<a href="{}">{}{}</a>', box.link, title, shape) if box.link else format_html("<g>{}{}</g>", title, shape)


def _joined(parts: Iterator[SafeString] | Sequence[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
