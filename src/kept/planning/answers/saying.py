"""What letters say, in the languages there are: one file a language in `kept/planning/letters`, with the same keys in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

import yaml

from kept.base.periods import Period

__all__ = ["SOURCE", "Saying", "catalogue", "languages", "saying"]

SOURCE: Final = "en"
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HERE: Final[Traversable] = files("kept.planning").joinpath("letters")
UNITS: Final = ((12, "year"), (1, "month")), ((24, "day"), (1, "hour"))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that letters are written in, as BCP 47 tags, sorted."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in HERE.iterdir() if file.name.endswith(".yaml")))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every text of a language by its key; names in braces are filled in."""
    tree = yaml.load(HERE.joinpath(f"{language}.yaml").read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506  # the safe one, in C
    return MappingProxyType({str(key): " ".join(str(text).split()) for key, text in tree.items()})


def saying(language: str) -> Saying:
    """Return what speaks a language: `hi-IN` is Hindi; English where there is no such file."""
    wanted = language.replace("_", "-").lower()
    found = next((one for one in (wanted, wanted.partition("-")[0]) if one in languages()), SOURCE)
    return Saying(language=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Says things in one language."""

    language: str

    def __call__(self, key: str, **said: object) -> str:
        """Return the text of a key, filled in. A key that is not there is a defect (KeyError)."""
        return catalogue(self.language)[key].format_map(said)

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key, or another text where there is none: for codes that a company may make up."""
        return catalogue(self.language).get(key, otherwise)

    def day(self, on: date) -> str:
        """Return a day, with its month in words."""
        return self("date", day=on.day, month=self(f"month.{on.month}"), year=on.year)

    def period(self, period: Period) -> str:
        """Return a length of time.

        >>> Saying(language="en").period(Period(months=24))
        '2 years'
        """
        parts = [self._units(amount, units) for amount, units in zip((period.months, period.hours), UNITS, strict=True) if amount]
        return self.listed(parts) or self("period.days", count=0)

    def basis(self, basis: str) -> str:
        """Return a legal basis."""
        return self.known(f"basis.{basis}", basis)

    def region(self, region: str) -> str:
        """Return a region."""
        return self.known(f"region.{region}", region)

    def source(self, kind: str, named: str) -> str:
        """Return where data comes from, with the system where it is another's; an empty text where that is not said."""
        said = self(f"source.{kind}") if kind else ""
        return f"{said} ({named})".strip() if named else said

    def rows(self, count: int) -> str:
        """Return a number of records: `1 record`, `12,034 records`."""
        return self("rows.one" if count == 1 else "rows.many", count=f"{count:,}")

    def listed(self, names: Iterable[str]) -> str:
        """Return names in one phrase.

        >>> Saying(language="en").listed(["a", "b", "c"])
        'a, b and c'
        """
        every = list(names)
        return self("and", first=", ".join(every[:-1]), last=every[-1]) if len(every) > 1 else "".join(every)

    def _units(self, amount: int, units: tuple[tuple[int, str], ...]) -> str:
        size, name = next((size, name) for size, name in units if amount % size == 0)
        count = amount // size
        return self(f"period.{name}" if count == 1 else f"period.{name}s", count=count)
