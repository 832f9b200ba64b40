"""`promises.yaml`: which promises each clause of the prose makes, and who answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kept.base.errors import PolicyError

from .clauses import Bound
from .decode import decode_fields
from .tree import Entry, Keyed, Many, Node, Scalar, nearest, shown, wrong

__all__ = ["Binding", "read_bindings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A clause's promise with the node its terms were read from."""

    bound: Bound
    node: Keyed


def read_bindings(
    tree: Node, terms: Mapping[str, type], owner: str, errors: list[PolicyError]
) -> tuple[tuple[Binding, ...], tuple[Entry, ...]]:
    """Return the promises that could be read, and the entries of the clauses they stand under, for their places.

    `terms` gives for each promise's code the class its fields are read into; `owner` answers where a clause names nobody.
    """
    clauses = tree.entry("clauses") if isinstance(tree, Keyed) else None
    if not isinstance(tree, Keyed) or clauses is None or not isinstance(clauses.value, Keyed):
        place = clauses.value.place if clauses else tree.place
        todo = 'Write `clauses:` and below it a clause id such as "5.2" with its `promises:`.'
        errors.append(wrong(place, "clauses: expected clause ids with their promises", todo))
        return (), ()
    _refuse_others(tree, ("clauses",), errors)
    found: list[Binding] = []
    for entry in clauses.value.entries:
        found.extend(_clause(entry, terms, owner, errors))
    return tuple(found), clauses.value.entries


def _refuse_others(node: Keyed, known: tuple[str, ...], errors: list[PolicyError]) -> None:
    for entry in node.entries:
        if entry.key.text not in known:
            todo = f"{nearest(entry.key.text, known)}Known here: {', '.join(known)}."
            errors.append(wrong(entry.key.place, f"unknown key {shown(entry.key.text)}", todo))


def _clause(entry: Entry, terms: Mapping[str, type], owner: str, errors: list[PolicyError]) -> list[Binding]:
    if not isinstance(entry.value, Keyed):
        todo = "Write `promises:` below the clause, and below that a list."
        errors.append(wrong(entry.value.place, f"clause {shown(entry.key.text)}: expected keys with values", todo))
        return []
    _refuse_others(entry.value, ("owner", "promises"), errors)
    owned = entry.value.entry("owner")
    if owned and (not isinstance(owned.value, Scalar) or owned.value.is_nothing):
        errors.append(wrong(owned.value.place, "owner: expected a text", "Name the role that answers for the clause."))
    elif owned and isinstance(owned.value, Scalar):
        owner = owned.value.text
    promises = entry.value.entry("promises")
    if promises is None or not isinstance(promises.value, Many):
        place = promises.value.place if promises else entry.value.place
        errors.append(wrong(place, "promises: expected a list", "Write each promise with a dash: `- promise: retention`."))
        return []
    bindings = (_promise(entry.key.text, item, terms, owner, errors) for item in promises.value.items)
    return [binding for binding in bindings if binding]


def _promise(clause: str, item: Node, terms: Mapping[str, type], owner: str, errors: list[PolicyError]) -> Binding | None:
    code = item.entry("promise") if isinstance(item, Keyed) else None
    if not isinstance(item, Keyed) or code is None or not isinstance(code.value, Scalar):
        place = code.value.place if code else item.place
        errors.append(
            wrong(place, "a promise must begin with its code", f"Write `promise:` and one of {', '.join(sorted(terms))}.")
        )
        return None
    kind = terms.get(code.value.text)
    if kind is None:
        todo = f"{nearest(code.value.text, terms)}Known are {', '.join(sorted(terms))}."
        errors.append(wrong(code.value.place, f"{shown(code.value.text)} is not a promise that Kept knows", todo))
        return None
    value: Any = decode_fields(item, kind, errors, besides=("promise",))
    if value is None:
        return None
    return Binding(bound=Bound(clause=clause, code=code.value.text, terms=value, owner=owner, place=item.place), node=item)
