"""By which laws and which promise a company answers, and the dates a request gets from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kept.base.periods import Period
from kept.jurisdictions import Dates, Due, Law, Pause, applying, dates
from kept.policy.settings import Settings
from kept.rights.registry import right

__all__ = ["Terms", "columns_of", "dates_of", "laws_of", "pauses_of", "terms_of", "written"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The short names of the laws that apply (kept.toml), the time promised, and the zone and country of the establishment."""

    jurisdictions: tuple[str, ...] = ()
    within: Period = field(default_factory=lambda: Period(hours=24 * 30))
    zone: str = "UTC"
    country: str = ""


def terms_of(settings: Settings) -> Terms:
    """Return what kept.toml says."""
    company = settings.company
    return Terms(jurisdictions=company.jurisdictions, within=settings.requests.within, zone=company.zone, country=company.country)


def laws_of(terms: Terms, at: datetime) -> tuple[Law, ...]:
    """Return the laws in force at a moment."""
    return applying(terms.jurisdictions, at.astimezone(ZoneInfo(terms.zone)).date())


def dates_of(
    terms: Terms,
    code: str,
    received: datetime,
    *,
    extended: bool = False,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> Dates:
    """Return the dates of a request of this right, by the laws in force at `now` (on receipt, where nothing is said)."""
    return dates(
        laws=laws_of(terms, now or received),
        wanted=right(code).law,
        received=received,
        zone=terms.zone,
        country=terms.country,
        promised=terms.within,
        extended=extended,
        pauses=pauses,
    )


def columns_of(found: Dates) -> Mapping[str, Any]:
    """Return the columns of a request that hold its dates: the last moment that is not too late."""
    return {
        "dates": written(found),
        "promised_by": _last(found.promised),
        "strict_by": _last(found.strict),
        "legal_by": _last(found.legal),
        "work_by": _last(found.work_by),
        "acknowledge_by": _last(found.acknowledge) if found.acknowledge else None,
    }


def written(found: Dates) -> dict[str, Any]:
    """Return dates as they stand in the row: each with its law, the rule and the version that made it."""
    named = {"promised": found.promised, "strict": found.strict, "legal": found.legal, "acknowledge": found.acknowledge}
    return {name: _written(due) for name, due in named.items() if due is not None}


def pauses_of(rows: Iterable[Mapping[str, str]], now: datetime) -> tuple[Pause, ...]:
    """Return the pauses as a request's row holds them; one that goes on ends now."""
    return tuple(
        Pause(
            cause=row["why"],  # type: ignore[arg-type] # only `pause_clock` writes these, and it checks the cause
            began=datetime.fromisoformat(row["from"]),
            ended=datetime.fromisoformat(row["to"]) if row.get("to") else now,
        )
        for row in rows
    )


def _written(due: Due) -> dict[str, Any]:
    return {**asdict(due), "on": due.on.isoformat(), "until": due.until.isoformat()}


def _last(due: Due) -> datetime:
    return due.until.astimezone(UTC) - timedelta(seconds=1)
