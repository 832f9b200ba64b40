"""Data comes in only by declared ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.questions import Answers, Question
from kept.base.verdicts import Broken, Kept, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.settings import Integration

from .promise import Scope, chosen_tables, in_days

__all__ = ["Source", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Every dataset says how it comes in: directly, automatically, or by an authorised integration.

    The promise is broken while a mapped table declares no source, names an integration that `kept.toml` does not know, or comes
    in by an integration whose authorisation is not yet, or no longer, in force.

    Remedy: an obligation to declare the source, or to stop the integration or have it authorised.
    """

    code: ClassVar[str] = "source"
    title: ClassVar[str] = "Data comes in only by declared ways"
    law: ClassVar[str] = "GDPR Art. 14(2)(f), Art. 15(1)(g)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[Source]:
        """Yield one promise a table."""
        for mapped in chosen_tables(scope.policy, stores=self.stores):
            yield Source(mapped=mapped, integrations=scope.policy.settings.integrations, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """That one table's data comes in by a declared and authorised way."""

    mapped: MappedTable
    integrations: Mapping[str, Integration]
    owner: str

    @property
    def about(self) -> str:
        """The table."""
        return str(self.mapped.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask nothing: the map and the settings know."""
        return []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a missing source or a missing authorisation."""
        fault = self._fault(now.date())
        if fault is None:
            by = f" ({self.mapped.map.integration})" if self.mapped.map.integration else ""
            return Kept(evidence=f"{self.about} comes in by one declared way: {self.mapped.map.source}{by}")
        todo = Obligation(title=f"Settle that {fault}", owner=self.owner, due=in_days(now, 14), evidence="the authorisation")
        return Broken(reason=fault, remedies=(todo,))

    def _fault(self, today: date) -> str | None:
        entry = self.mapped.map
        if entry.source is None:
            return f"{self.about} declares no source"
        if entry.source != "integration":
            return None
        authorisation = self.integrations.get(entry.integration)
        if authorisation is None:
            return f"{self.about} comes in by integration {entry.integration or '(unnamed)'}, which nobody authorised"
        if today < authorisation.authorised_on:
            return f"integration {entry.integration} is authorised only from {authorisation.authorised_on}"
        ended = [
            *([authorisation.until] if authorisation.until is not None and authorisation.until < today else []),
            *([authorisation.revoked_on] if authorisation.revoked_on is not None and authorisation.revoked_on <= today else []),
        ]
        return f"the authorisation of integration {entry.integration} ended on {min(ended)}" if ended else None
