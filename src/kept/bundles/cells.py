"""Values of one column over a block of rows, written together: a block of texts or whole numbers costs little more than a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from .forms import LEAST_INTEGER, MOST_INTEGER, form_of

__all__ = ["Cells", "cells_of"]

TEXT: Final = frozenset((str,))
TEXT_OR_NULL: Final = frozenset((str, NoneType))
INTEGER: Final = frozenset((int,))
DECIMAL: Final = frozenset((Decimal,))
NULL: Final = frozenset((NoneType,))


@dataclass(frozen=True, slots=True)
class Cells:
    """A column's values as JSON takes them and as texts, the kinds among them, and the places of texts that are numbers.

    `numbers` is True where all are, False where none is.
    """

    json: Sequence[Any]
    texts: Sequence[str]
    kinds: frozenset[str]
    numbers: Sequence[bool] | bool = False

    def is_number(self, place: int) -> bool:
        """Return whether the text at a place is a number's."""
        return self.numbers if isinstance(self.numbers, bool) else self.numbers[place]


def cells_of(values: Sequence[Any]) -> Cells:
    """Return how a column's values are written: as `form_of` writes each of them. Raises Refused for a Personal value."""
    types = {*map(type, values)}
    if types == TEXT:
        return Cells(values, values, frozenset(("text",)))
    if types == TEXT_OR_NULL:
        return Cells(values, [value or "" for value in values], frozenset(("text", "null")))
    if types == NULL:
        return Cells(values, [""] * len(values), frozenset(("null",)))
    if types == INTEGER and min(values) >= LEAST_INTEGER and max(values) < MOST_INTEGER:
        return Cells(values, [*map(str, values)], frozenset(("integer",)), True)
    if types == DECIMAL and all(map(Decimal.is_finite, values)):
        texts = [*map(str, values)]
        return Cells(texts, texts, frozenset(("decimal",)), True)
    forms = [form_of(value) for value in values]
    return Cells(
        [form.json for form in forms],
        [form.text for form in forms],
        frozenset([form.kind for form in forms]),
        [form.number for form in forms],
    )
