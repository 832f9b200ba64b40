"""Every field has a purpose, and every purpose a legal basis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.questions import Answers, Question
from kept.base.verdicts import Broken, Kept, Verdict
from kept.policy.policy import Policy
from kept.policy.purposes import Basis, Purpose

from .promise import Scope, count, in_days, listed

__all__ = ["PurposeAndBasis", "Terms"]

CLOSED_LISTS: dict[str, tuple[frozenset[Basis], date, str]] = {
    "in": (
        frozenset({"consent", "legal-obligation", "vital-interests", "public-task"}),
        date(2027, 5, 13),
        "DPDP Act 2023 s.4, s.7",
    ),
}
"""Jurisdictions whose list of bases is shorter than GDPR Art. 6(1), since when, and where that stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Every mapped field has a purpose, every purpose a legal basis, every legitimate interest a recorded assessment.

    Where a jurisdiction is named, its own bases (`bases_in`) are judged by the list that its law allows: India, from 13 May 2027,
    knows no legitimate interests and no contract. The promise is broken while a field has no purpose, a purpose has no basis
    there, an assessment is missing or past its review, or none of a purpose's bases is one the law of a named jurisdiction knows.

    Remedy: an obligation to record the assessment or to settle the basis.
    """

    code: ClassVar[str] = "purpose-and-basis"
    title: ClassVar[str] = "Every field has a purpose, and every purpose a legal basis"
    law: ClassVar[str] = "GDPR Art. 5(1)(b), Art. 6(1)"

    jurisdictions: Annotated[tuple[str, ...], Doc("Whose law is judged by; the company's where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[PurposeAndBasis]:
        """Yield one promise for the policy as a whole."""
        where = self.jurisdictions or scope.policy.settings.company.jurisdictions
        yield PurposeAndBasis(policy=scope.policy, jurisdictions=where, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PurposeAndBasis:
    """That the map and the purposes answer for each other."""

    policy: Policy
    jurisdictions: tuple[str, ...]
    owner: str

    @property
    def about(self) -> str:
        """The map as a whole."""
        return "map"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask nothing: the policy knows."""
        return []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by the first field without purpose, or purpose without basis."""
        faults = [*self._fields(), *self._purposes(now.date())]
        if faults:
            todo = [
                Obligation(title=fault, owner=self.owner, due=in_days(now, 30), evidence="the promise is kept") for fault in faults
            ]
            return Broken(reason=listed(faults, most=3), remedies=tuple(todo))
        fields = sum(len(mapped.map.fields) for mapped in self.policy.tables())
        return Kept(
            evidence=f"{count(fields, 'field')} serve {count(len(self.policy.purposes), 'purpose')}, each with a legal basis"
        )

    def _fields(self) -> Iterator[str]:
        bare = [
            str(mapped.table.column(name))
            for mapped in self.policy.tables()
            for name in mapped.map.fields
            if not mapped.purposes_of(name)
        ]
        if bare:
            yield f"{count(len(bare), 'field')} without a purpose: {listed(bare)}"

    def _purposes(self, today: date) -> Iterator[str]:
        for name, purpose in self.policy.purposes.items():
            bases = set(purpose.bases).union(*purpose.bases_in.values())
            yield from self._without_basis(name, purpose)
            if "legitimate-interests" in bases and purpose.assessment is None:
                yield f"purpose {name} rests on legitimate interests and has no recorded assessment"
            elif purpose.assessment and purpose.assessment.review and purpose.assessment.review < today:
                yield f"the assessment of purpose {name} was to be made again by {purpose.assessment.review}"
            yield from self._foreign(name, purpose, today)

    def _without_basis(self, name: str, purpose: Purpose) -> Iterator[str]:
        if not self.jurisdictions and not purpose.bases and not any(purpose.bases_in.values()):
            yield f"purpose {name} has no legal basis"
        bare = [where for where in self.jurisdictions if not purpose.bases_in.get(where, purpose.bases)]
        if bare:
            yield f"purpose {name} has no legal basis in {listed(bare)}"

    def _foreign(self, name: str, purpose: Purpose, today: date) -> Iterator[str]:
        for jurisdiction in self.jurisdictions:
            if jurisdiction not in CLOSED_LISTS:
                continue
            known, since, law = CLOSED_LISTS[jurisdiction]
            bases = purpose.bases_in.get(jurisdiction, purpose.bases)
            if today >= since and bases and not known.intersection(bases):
                yield f"purpose {name} rests on {listed(bases)}, which {law} does not know"
