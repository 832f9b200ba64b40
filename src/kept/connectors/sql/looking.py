"""Looking at values through the detectors; several columns of one table share one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kept.base.ports import Progress, silent
from kept.base.questions import Look, Looked

from .counting import streamed
from .forms import LONGEST
from .residual import panel
from .sealing import SealedColumn, sealed_column
from .shape import Shape
from .where import Where

__all__ = ["look"]


def look(where: Where, shape: Shape, looks: Sequence[Look], progress: Progress = silent) -> list[Looked]:
    """Answer looks at one table with one sample size, in their order. Raises CannotAnswer for an unknown kind or missing column.

    One character more than the detectors read is fetched of every cell, so that they notice which were longer.
    """
    reads = [_Read.of(where, shape, one.column.name) for one in looks]
    columns = [part.label(f"kept_{at}") for at, part in enumerate(part for read in reads for part in read.selected)]
    panels = [panel(one.kinds, shape) for one in looks]
    counts: list[Counter[str]] = [Counter() for _ in looks]
    looked, cut = [0] * len(looks), [0] * len(looks)
    seen = 0
    for statement in _statements(where, shape, columns, looks[0].sample):
        for rows in streamed(where.connection, statement):
            begin = 0
            for at, reading in enumerate(reads):
                read, longer = panels[at].tally(reading.values(rows, begin), counts[at])
                begin += len(reading.selected)
                looked[at] += read
                cut[at] += longer
            seen += len(rows)
            progress(str(shape.table), seen, looks[0].sample or shape.info.rows)
    return [
        Looked(rows=seen, looked=looked[at], hits={kind: hits for kind, hits in sorted(counts[at].items()) if hits}, cut=cut[at])
        for at in range(len(looks))
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Read:
    """How the values of one column come to the detectors: as they are, or opened."""

    selected: tuple[sa.ColumnElement[Any], ...]
    sealed: SealedColumn | None

    @classmethod
    def of(cls, where: Where, shape: Shape, name: str) -> _Read:
        sealed = sealed_column(where, shape, name)
        if sealed is not None:
            return cls(selected=sealed.selected, sealed=sealed)
        return cls(selected=(where.native.readable(shape.column(name), shape.described(name), LONGEST + 1),), sealed=None)

    def values(self, rows: Sequence[Sequence[Any]], begin: int) -> Sequence[Any]:
        if self.sealed is None:
            return [row[begin] for row in rows]
        cells = [self.sealed.cell(row[begin:]) for row in rows]
        self.sealed.prepare(cells)
        return [None if value is None else value[: LONGEST + 1] for value in self.sealed.opened(cells)]


def _statements(where: Where, shape: Shape, columns: Sequence[Any], sample: int | None) -> Iterable[sa.Select[Any]]:
    if sample is None or (shape.info.rows is not None and shape.info.rows <= sample and shape.info.rows > 0):
        return [sa.select(*columns).select_from(shape.source).limit(sample)]
    return where.native.sample(where.connection, shape, columns, sample)
