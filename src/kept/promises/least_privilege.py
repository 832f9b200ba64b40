"""Each database role has the rights it was given on purpose, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation, Remedy, Revoke
from kept.base.questions import Answers, Grant, Grants, Question, ReadGrants
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import table_of

from .promise import Scope, count, in_days, listed

__all__ = ["LeastPrivilege", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Each database role has the rights the clause declares, and no other.

    The store is asked for every right of every role: direct, inherited, and over the store as a whole. The promise is broken
    while a role that is not ignored has a right that is not declared for it. Where a declared role is not there, whom the clause
    means is open, and so is the verdict.
    On SQLite, which has no roles, the roles are `file owner`, `file group` and `everyone else`, read from the file's permissions.

    Remedy: revokes rights that were granted directly; an obligation for those that are inherited.
    """

    code: ClassVar[str] = "least-privilege"
    title: ClassVar[str] = "Each database role has only its declared rights"
    law: ClassVar[str] = "GDPR Art. 32(1)(b)"

    store: Annotated[str, Doc("The store that is meant.")]
    roles: Annotated[
        Mapping[str, Mapping[str, tuple[str, ...]]],
        Doc("For each role its rights by table; * in a table's name stands for any text, * among rights for every right."),
    ]
    ignore: Annotated[tuple[str, ...], Doc("Roles that are not judged: administrators. * stands for any text.")] = ()

    def bind(self, scope: Scope) -> Iterator[LeastPrivilege]:
        """Yield one promise for the store."""
        yield LeastPrivilege(terms=self, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastPrivilege:
    """That no role of one store has a right that was not declared."""

    terms: Terms
    owner: str

    @property
    def about(self) -> str:
        """The store."""
        return self.terms.store

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask who may do what."""
        return [self._asked()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by one right too many."""
        match answers.of(self._asked()):
            case Unknown() as unknown:
                return unknown
            case Grants() as grants:
                pass
        excess = [grant for grant in grants.grants if not self._ignored(grant.role) and not self._declared(grant)]
        absent = [role for role in self.terms.roles if role not in grants.roles]
        if absent and not excess:
            return Unknown(reason=f"{self.about} has no role {listed(absent)}", todo="Correct the clause's roles, or create them.")
        if not excess:
            judged = [role for role in grants.roles if not self._ignored(role)]
            return Kept(evidence=f"{count(len(judged), 'role')} of {self.about} have their declared rights and no other")
        shown = listed(f"{grant.role} may {grant.right}{' ' + grant.table if grant.table else ''}" for grant in excess)
        return Broken(
            reason=f"{count(len(excess), 'right')} too many: {shown}",
            remedies=tuple(self._remedies(now, excess, absent, grants.own)),
        )

    def _asked(self) -> ReadGrants:
        return ReadGrants(of=self.terms.store)

    def _ignored(self, role: str) -> bool:
        return any(fnmatchcase(role, pattern) for pattern in self.terms.ignore)

    def _declared(self, grant: Grant) -> bool:
        tables = self.terms.roles.get(grant.role, {})
        allowed = {right for pattern, rights in tables.items() if fnmatchcase(grant.table, pattern) for right in rights}
        return bool(allowed & {grant.right, "*"})

    def _remedies(self, now: datetime, excess: list[Grant], absent: list[str], own: str) -> Iterator[Remedy]:
        """Yield what takes the rights away; a person must do it where Kept could lock itself, or the wrong ones, out."""
        if absent:
            yield self._owed(now, f"Correct the roles of {self.about} in the clause, or create them: {listed(absent)} is not there")
            return
        for grant in excess:
            if not grant.via and grant.role != own:
                table = table_of(self.about, grant.table) if grant.table else None
                yield Revoke(store=self.about, role=grant.role, right=grant.right, table=table)
        inherited = sorted({f"{grant.role} from {grant.via}" for grant in excess if grant.via})
        if inherited:
            yield self._owed(now, f"Take inherited rights away: {listed(inherited)}")
        if any(grant.role == own and not grant.via for grant in excess):
            yield self._owed(
                now, f"Give Kept an account of its own in {self.about}, or declare the rights of {own}, which it works as"
            )

    def _owed(self, now: datetime, title: str) -> Obligation:
        return Obligation(title=title, owner=self.owner, due=in_days(now, 14), evidence="the promise is kept")
