"""What erasing people comes to: which rows go, which are masked, which stay for now and why. Pure.

A row that leaves with its people is deleted, anonymised or emptied as the map says. It stays, untouched, while a hold covers it or
a law wants it kept. It stays as a husk, with everything masked but its keys, while a row that stays needs it (a foreign key points
to it). A shared row stays with its other owners; what tells of those who leave is masked, and their tie is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from kept.base.changes import Anonymise, DeleteRows, Null, PersonChange, Rectify, Repoint, selection_of
from kept.base.conditions import Condition, Everything, Key, Not, Older, OneOf, StartsWith
from kept.base.names import Table
from kept.base.personal import Personal
from kept.base.questions import Schema, TableInfo
from kept.policy.datamap import Link, MappedTable, RetentionRule
from kept.policy.keeping import Keeping, all_of, any_of, ended, reached, steps_to_clock

from .reached import Reached, info_of
from .ties import NOBODY, SPARED, Ties, children_first, levels

__all__ = ["Erasing", "Left", "Why", "erase", "untouched"]

Why: TypeAlias = Literal["law", "hold", "rule", "needed"]
NOTHING = "{}"
"""What is written into a JSON column that may not be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Rows of a table that stay for now: by a law, a hold, the map's own rule, or because rows that stay need them."""

    table: Table
    why: Why
    rule: str
    where: Condition
    retention: RetentionRule | None = None


@dataclass(slots=True, kw_only=True)
class Erasing:
    """What is done, store by store, in the order in which it can be done, and what is left.

    `obstacles` name what cannot be done as the map says; while there are any, nothing is done.
    """

    changes: dict[str, list[PersonChange]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def proofs(self, store: str) -> Iterator[tuple[PersonChange, Condition]]:
        """Yield each change of a store with the rows it has still to touch: none of them may be there afterwards."""
        for change in self.changes.get(store, ()):
            yield change, selection_of(change)


def erase(found: Reached, now: datetime) -> Erasing:
    """Return what erasing the people who were reached comes to, over the stores' live schemas."""
    plan = Erasing()
    for store, schema in found.schemas.items():
        keeping = Keeping(policy=found.policy, schema=schema, now=now)
        _Store(found=found, schema=schema, keeping=keeping, plan=plan, store=store).draw_up()
    return plan


@dataclass(slots=True, kw_only=True)
class _Store:
    """One store's part."""

    found: Reached
    schema: Schema
    keeping: Keeping
    plan: Erasing
    store: str
    ties: Ties = field(init=False)
    _order: list[Table] = field(default_factory=list)
    _gone: dict[Table, Condition | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        look = self.found.reads.values
        self.ties = Ties(policy=self.found.policy, schema=self.schema, stays=self.stays, going=self.going, values=look)

    def draw_up(self) -> None:
        """Go through the tables, those that point to others first."""
        changes = self.plan.changes.setdefault(self.store, [])
        tables = children_first(list(self.found.policy.tables(self.store)), self.schema)
        self._order = [mapped.table for mapped in tables]
        for mapped in tables:
            if not self.found.ways(mapped):
                continue
            if info_of(self.found.schemas, mapped.table) is None:
                self.plan.obstacles.append(f"{mapped.table} is mapped and is not there")
                continue
            changes.extend(self._table(mapped))
        self.plan.changes[self.store] = list(dict.fromkeys(changes))

    def going(self, mapped: MappedTable) -> Condition | None:
        """Return which rows leave, by their own keys where it could not be asked again once other rows are gone."""
        if mapped.table not in self._gone:
            where = self.found.going(mapped)
            self._gone[mapped.table] = self._fixed(mapped, where) if where is not None and self._fleeting(mapped) else where
        return self._gone[mapped.table]

    def _fixed(self, mapped: MappedTable, where: Condition) -> Condition:
        """Return a condition for the rows that meet another one now, by their key; that one where the key has two columns."""
        key = self._key(mapped)
        return OneOf(column=key, keys=self._read(mapped, key, where)) if key else where

    def _key(self, mapped: MappedTable) -> str:
        info = info_of(self.found.schemas, mapped.table)
        return info.key[0] if info is not None and len(info.key) == 1 else ""

    def _fleeting(self, mapped: MappedTable) -> bool:
        """Return whether the condition looks at what changes meanwhile: other owners, the same table, a key that is masked."""
        own = mapped.map.subject
        masked = own is not None and mapped.map.erasure != "delete" and own.key != self._key(mapped)
        return masked or any(link.kind == "shared" or link.to.table == mapped.table for link in mapped.map.links)

    def _clock_is_masked(self, mapped: MappedTable) -> bool:
        """Return whether masking a row changes what says that a law lets it go."""
        rule = mapped.map.retention
        return rule is not None and rule.at_least is not None and not rule.via and rule.after in mapped.map.fields

    def _any(self, mapped: MappedTable, column: str, where: Condition) -> bool:
        return any(True for _ in self.found.reads.values(mapped.table, (column,), where))

    def _read(self, mapped: MappedTable, key: str, where: Condition) -> tuple[Key, ...]:
        rows = self.found.reads.values(mapped.table, (key,), where)
        return tuple(dict.fromkeys(value for (value,) in rows if value is not None))

    def _table(self, mapped: MappedTable) -> Iterator[PersonChange]:
        going, stays = self.going(mapped), self.stays(mapped)
        for link, where in self.found.staying(mapped, going):
            yield from self._leave(mapped, link, self._fixed(mapped, where))
        yield from self._looked_at(mapped, stays)
        if going is None:
            return
        self.plan.left.extend(self._left(mapped, going))
        free = going if stays is None else all_of(going, Not(what=stays))
        if isinstance(stays, Everything) or mapped.map.erasure == "keep":
            return
        yield from self._deleted(mapped, free) if mapped.map.erasure == "delete" else self._anonymised(mapped, free)

    def _deleted(self, mapped: MappedTable, free: Condition) -> Iterator[PersonChange]:
        """Yield what deletes rows; those that are needed are masked instead."""
        needed = self.ties.needed(mapped)
        if needed is not None:
            husk = all_of(free, needed)
            yield from self._masked(mapped, husk)
            self.plan.left.append(Left(table=mapped.table, why="needed", rule="rows that stay point to it", where=husk))
            free = all_of(free, Not(what=needed))
        yield from self._untied(mapped, free)
        for part in self._leaves_first(mapped, free):
            yield DeleteRows(table=mapped.table, where=part, rows=0)

    def _leaves_first(self, mapped: MappedTable, free: Condition) -> Iterator[Condition]:
        """Yield rows that go, those below others first, where they may not let go of one another: some stores check row by row."""
        key = self._key(mapped)
        tied = [
            column for info, tie, column in self.ties.to(mapped.table) if info.table == mapped.table and tie.to_columns == (key,)
        ]
        if all(column.nullable for column in tied):
            yield free
            return
        names = tuple(column.name for column in tied if not column.nullable)
        rows = {row[0]: row[1:] for row in self.found.reads.values(mapped.table, (key, *names), free) if row[0] is not None}
        for level in levels(rows):
            yield all_of(OneOf(column=key, keys=level), free)

    def _anonymised(self, mapped: MappedTable, free: Condition) -> Iterator[PersonChange]:
        """Yield what masks rows, and cuts every tie to those who leave."""
        if self._clock_is_masked(mapped):
            free = self._fixed(mapped, free)
        yield from self._masked(mapped, free, whole=True)
        for link in mapped.map.links:
            if link.kind != "accessed" and self.found.values(link.to):
                yield from self._cut(mapped, link, free)

    def _looked_at(self, mapped: MappedTable, stays: Condition | None) -> Iterator[PersonChange]:
        """Cut the ties of rows that those who leave could only look at, where that can be done."""
        for link in mapped.map.links:
            if link.kind == "accessed" and not isinstance(stays, Everything) and self.found.values(link.to):
                yield from self._cut(mapped, link, Everything() if stays is None else Not(what=stays))

    def stays(self, mapped: MappedTable) -> Condition | None:
        """Return which rows of a table stay untouched, whoever they belong to: held, or wanted by a law; None: none."""
        return untouched(self.keeping, mapped)

    def _left(self, mapped: MappedTable, going: Condition) -> Iterator[Left]:
        held = self.keeping.held(mapped)
        names = [name for name, hold in self.found.policy.holds.items() if hold.covers(mapped.table, self.keeping.now.date())]
        for name, where in zip(names, held, strict=True):
            yield Left(table=mapped.table, why="hold", rule=name, where=all_of(going, where))
        free = all_of(going, Not(what=any_of(*held))) if held else going
        rule = mapped.map.retention
        laws = list(_by_law(self.keeping, mapped))
        for law in laws:
            said = rule.at_least.law if rule is not None and rule.at_least is not None else ""
            yield Left(table=mapped.table, why="law", rule=said, where=all_of(free, law), retention=rule)
        if mapped.map.erasure == "keep":
            rest = all_of(free, Not(what=any_of(*laws))) if laws else free
            yield Left(table=mapped.table, why="rule", rule="the map keeps these rows", where=rest, retention=rule)

    def _leave(self, mapped: MappedTable, link: Link, where: Condition) -> Iterator[PersonChange]:
        """Mask what tells of an owner who leaves a row that stays, and cut their tie."""
        stays = self.stays(mapped)
        if isinstance(stays, Everything):
            return
        free = where if stays is None else all_of(where, Not(what=stays))
        yield from self._masked(mapped, free, link.tells)
        yield from self._cut(mapped, link, free)

    def _masked(
        self, mapped: MappedTable, where: Condition, only: Sequence[str] | None = None, *, whole: bool = False
    ) -> Iterator[PersonChange]:
        """Yield what masks the mapped columns of rows, or some of them; keys and ties are left for others to cut.

        `whole` masks the key of a person as well that is no key of the table: rows that are told apart by an author's name.
        """
        info = info_of(self.found.schemas, mapped.table)
        if info is None:
            return
        tied = {link.column for link in mapped.map.links} | set(info.key)
        tied |= {name for link in mapped.map.links for name in link.when}  # what says whose a row is must outlast the cut
        tied |= {mapped.map.subject.key} if mapped.map.subject is not None and not whole else set()
        texts: dict[bool, list[str]] = {}
        emptied: list[str] = []
        for name in mapped.map.fields if only is None else only:
            column = info.column(name)
            if column is None:
                self.plan.obstacles.append(f"{mapped.table.column(name)} is mapped and is not there")
            elif name in tied or mapped.erasure_of(name) == "keep":
                continue
            elif column.type == "text" and mapped.erasure_of(name) != "null":
                texts.setdefault(column.differs, []).append(name)
            elif column.nullable:
                emptied.append(name)
            elif column.type == "text":
                texts.setdefault(column.differs, []).append(name)
            elif column.type == "json":
                full = Not(what=StartsWith(column=name, prefix=NOTHING))
                yield Rectify(table=mapped.table, column=name, value=Personal(NOTHING), where=all_of(where, full))
            elif self._any(mapped, name, where):
                self.plan.obstacles.append(f"{mapped.table.column(name)} can be neither replaced nor emptied")
        for unique, names in texts.items():
            yield Anonymise(table=mapped.table, columns=tuple(names), where=where, rows=0, unique=unique)
        if emptied:
            yield Null(table=mapped.table, columns=tuple(emptied), where=where, rows=0)

    def _cut(self, mapped: MappedTable, link: Link, where: Condition) -> Iterator[PersonChange]:
        """Cut the tie of rows that stay to somebody who leaves: empty it, or let it point to the pseudo-subject."""
        info = info_of(self.found.schemas, mapped.table)
        column = info.column(link.column) if info else None
        there = self.found.policy.table(link.to.table)
        pseudo = there.map.subject.pseudo if there is not None and there.map.subject is not None else ""
        if info is None or column is None:
            self.plan.obstacles.append(f"{mapped.table.column(link.column)} is mapped and is not there")
            return
        if link.column in info.key or (link.kind == "shared" and self.found.many(link)):
            return  # a row's own key is no tie: the row above goes, or it is a husk; nor is what a group's members know it by
        holding = self.found.reads.holding(mapped.table.column(link.column), self.found.values(link.to))
        tied = holding if isinstance(where, Everything) else all_of(where, holding)
        if pseudo:
            yield Repoint(table=mapped.table, column=link.column, to=pseudo, where=tied)
        elif column.nullable:
            yield Null(table=mapped.table, columns=(link.column,), where=tied, rows=0)
        elif _enforced(info, link) or link.kind == "accessed":
            return  # the row above stays as a husk
        elif column.type == "text":
            yield Anonymise(table=mapped.table, columns=(link.column,), where=tied, rows=0, unique=column.differs)
        elif self._any(mapped, link.column, tied):
            said = f"{mapped.table.column(link.column)} may not be empty: it goes on holding the key of somebody who left"
            self.plan.obstacles.append(f"{said}; name a pseudo-subject in the map")

    def _untied(self, mapped: MappedTable, where: Condition) -> Iterator[PersonChange]:
        """Before rows go: empty what points among them (a tree, a circle), and ties to them that nothing else cuts."""
        for info, key, column in self.ties.to(mapped.table):
            if key.on_delete.upper() in SPARED or not column.nullable:
                continue
            child = self.found.policy.table(info.table)
            link = self.ties.link(child, key)
            if link is None or link.when or link.kind == "accessed" or not self._comes_before(child, mapped):
                pointing = self.ties.pointing(key, where)
                if pointing == NOBODY:
                    continue
                stays = self.stays(child) if child is not None else None
                pointing = pointing if stays is None else all_of(pointing, Not(what=stays))
                yield Null(table=info.table, columns=(column.name,), where=pointing, rows=0)

    def _comes_before(self, child: MappedTable | None, mapped: MappedTable) -> bool:
        return child is not None and self._order.index(child.table) < self._order.index(mapped.table)


def untouched(keeping: Keeping, mapped: MappedTable) -> Condition | None:
    """Return which rows of a table nobody's erasure touches: they are held, or a law wants them kept; None: there are none."""
    parts = [*keeping.held(mapped), *_by_law(keeping, mapped)]
    if any(isinstance(part, Everything) for part in parts):
        return Everything()
    return any_of(*parts) if parts else None


def _by_law(keeping: Keeping, mapped: MappedTable) -> Iterator[Condition]:
    rule = mapped.map.retention
    if rule is not None and rule.at_least is not None:
        over: Condition = Older(column=rule.after, cutoff=ended(rule.at_least.keep, keeping.now), unit=rule.unit)
        yield Not(what=reached(steps_to_clock(keeping.policy, mapped, rule), over) if rule.via else over)


def _enforced(info: TableInfo, link: Link) -> bool:
    """Return whether the store itself holds a row to what it points to; then the row above stays as a husk."""
    return any(link.column in key.columns and key.to == link.to.table for key in info.foreign_keys)
