"""Count, in the stores themselves, what is held about one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.base.conditions import AllOf, Condition, Equals
from kept.base.errors import KeptError, Refused
from kept.base.names import Table
from kept.base.ports import Progress
from kept.base.questions import Answers, CountRows, Question
from kept.base.verdicts import Unknown
from kept.planning.belonging import Belonging, kinds_of_people
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns
from kept.workflows.check import load_policy
from kept.workflows.finding import opened_stores
from kept.workflows.stores import ask

__all__ = ["run"]

NO_LINK = Unknown(
    reason="no link of the map leads from its rows to a person of this kind", todo="Let the map say how a row is tied to a person."
)


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return the rows of each table that are the person's, the tables where that cannot be said, and the person's jurisdictions.

    `wanted` is `{"subject": "account:42"}`. Raises Refused for a kind of person the map does not know.
    """
    policy = load_policy(folder)
    kind, _, key = str(wanted.get("subject", "")).partition(":")
    if not key or kind not in kinds_of_people(policy):
        raise Refused("The map knows no such kind of person", todo="Say in the map which table's rows are people of that kind.")
    with opened_stores(policy, folder, actor) as stores:
        person = Belonging(policy=policy, kind=kind, key=key, sealed=sealed_columns(policy).keys(), carry=stores.carry)
        found = {mapped.table: _rows(person, mapped.table) for mapped in policy.tables()}
        counts = {table: CountRows(table=table, where=where) for table, where in found.items() if not isinstance(where, Unknown)}
        regions = _regions(policy, kind, key)
        answers = ask(stores.connectors, _by_store([*counts.values(), *regions.values()]), progress)
    known = {table: answers.of(counts[table]) if table in counts else where for table, where in found.items()}
    return {
        "counted": [_named(table, rows=rows) for table, rows in known.items() if isinstance(rows, int)],
        "unknown": [_named(table, reason=it.reason, todo=it.todo) for table, it in known.items() if isinstance(it, Unknown)],
        "jurisdictions": [code for code, question in regions.items() if _is_one(answers, question)],
    }


def _rows(person: Belonging, table: Table) -> Condition | Unknown:
    mapped = person.policy.table(table)
    try:
        return (person.rows(mapped) if mapped else None) or NO_LINK
    except KeptError as error:
        return Unknown(reason=error.happened, todo=error.todo)


def _regions(policy: Policy, kind: str, key: str) -> Mapping[str, CountRows]:
    """Return a question a jurisdiction: does the person's own row say that they live there? The row's value stays where it is."""
    codes = {*policy.settings.company.jurisdictions, *(code for one in policy.purposes.values() for code in one.bases_in)}
    for mapped in policy.tables():
        own = mapped.map.subject
        if own is not None and own.kind == kind and mapped.map.region:
            home = Equals(column=own.key, value=key)
            return {
                code: CountRows(table=mapped.table, where=AllOf(parts=(home, Equals(column=mapped.map.region, value=code))))
                for code in sorted(codes)
            }
    return {}


def _is_one(answers: Answers, question: CountRows) -> bool:
    rows = answers.of(question)
    return isinstance(rows, int) and rows > 0


def _by_store(questions: list[CountRows]) -> Mapping[str, list[Question[Any]]]:
    stores: defaultdict[str, list[Question[Any]]] = defaultdict(list)
    for question in questions:
        stores[question.store].append(question)
    return stores


def _named(table: Table, **more: object) -> Mapping[str, object]:
    return {"store": table.store, "table": table.local, **more}
