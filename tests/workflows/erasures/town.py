"""A small company of its own for each case: tables, a map, people who are erased and shown what is held of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kept.base.changes import DeleteRows
from kept.base.questions import CountRows, ReadSchema, Schema
from kept.base.verdicts import Unknown
from kept.planning.erasing import Erasing, erase
from kept.planning.reached import Reached
from kept.planning.reaching import reach
from kept.policy.policy import Policy
from kept.workflows.check import load_policy
from kept.workflows.exporting import sections_of
from kept.workflows.finding import Stores, opened_stores
from kept.workflows.world import Looks
from tests.engines import engine_of

__all__ = ["NOW", "Base", "Town", "emptied", "erased_text", "written"]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLAUSE = 'id: "1"\nversion: 1\neffective: 2026-01-01\n'
HEAD = 'title: Privacy policy\nversion: "1"\neffective: 2026-01-01\n'
POLICY = f"---\n{HEAD}---\n\n---\n{CLAUSE}---\n\n## Erasure\n\nPeople are erased.\n"
PURPOSES = "purposes:\n  service: {title: The service, bases: [contract]}\n"
PROMISES = 'clauses:\n  "1":\n    promises:\n      - promise: documented\n'
SETTINGS = '[company]\nname = "Town"\ncontact = "privacy@town.example"\njurisdictions = ["eu"]\ncountry = "IE"\n'
SETTINGS += '[answers]\nbackups = "35 days"\ndecisions = "none"\nsold = "none"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A database that a module's cases use one after another, each with tables of its own."""

    url: str
    dialect: str
    engine: sa.Engine

    def run(self, script: str) -> None:
        """Run statements that end with a semicolon at the end of a line; {moment} is the dialect's type for one."""
        moment = {"mariadb": "DATETIME(6)", "postgresql": "TIMESTAMPTZ", "sqlite": "TIMESTAMP"}[self.dialect]
        with self.engine.begin() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            for statement in script.replace("{moment}", moment).split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement.strip().rstrip(";").replace("%", "%%"))

    def rows(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Return a table's rows, sorted."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT {columns} FROM {table}")
            return sorted((tuple(row) for row in found), key=repr)

    def clear(self) -> None:
        """Drop every table."""
        with self.engine.begin() as connection:
            if self.dialect == "postgresql":
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
                return
            off = "SET FOREIGN_KEY_CHECKS = 0" if self.dialect == "mariadb" else "PRAGMA foreign_keys = OFF"
            connection.exec_driver_sql(off)
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f"DROP TABLE {name}")


@contextmanager
def base(url: str) -> Iterator[Base]:
    """Yield the database behind a URL."""
    read = sa.make_url(url)
    dialect = read.get_backend_name().replace("mysql", "mariadb")
    engine = engine_of(read)
    yield Base(url=url, dialect=dialect, engine=engine)
    engine.dispose()


def written(folder: Path, bases: Mapping[str, Base], maps: Mapping[str, str], *, holds: str = "", settings: str = "") -> Path:
    """Write a privacy folder over these stores; the environment names their addresses."""
    (folder / "map").mkdir(parents=True, exist_ok=True)
    stores = ""
    for name, one in bases.items():
        os.environ[f"TOWN_{name.upper()}_URL"] = one.url
        stores += f'\n[stores.{name}]\nurl = "env:TOWN_{name.upper()}_URL"\n'
    for name, tables in maps.items():
        (folder / "map" / f"{name}.yaml").write_text(f"store: {name}\nregion: eu\ntables:\n{tables}")
    (folder / "kept.toml").write_text(settings + SETTINGS + stores)
    (folder / "policy.md").write_text(POLICY)
    (folder / "purposes.yaml").write_text(PURPOSES)
    (folder / "promises.yaml").write_text(PROMISES)
    if holds:
        (folder / "holds.yaml").write_text(holds)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an erasure did: rows by table, and what it left, by table and reason."""

    found: Reached
    plan: Erasing
    rows: Mapping[str, int]
    left: Mapping[tuple[str, str], int]


@dataclass(slots=True, kw_only=True)
class Town:
    """The stores of a case, with its map."""

    folder: Path
    bases: Mapping[str, Base]
    at: datetime = NOW
    _open: ExitStack = field(default_factory=ExitStack)
    _stores: Stores | None = None

    @property
    def app(self) -> Base:
        """The only store, or the first."""
        return next(iter(self.bases.values()))

    @property
    def policy(self) -> Policy:
        """The policy as its files are now."""
        return load_policy(self.folder)

    def later(self, **how_long: float) -> None:
        """Let time pass."""
        self.at += timedelta(**how_long)

    def stores(self) -> Stores:
        """Return the stores, open."""
        if self._stores is None:
            self._stores = self._open.enter_context(opened_stores(self.policy, self.folder, "test"))
        return self._stores

    def close(self) -> None:
        """Let go of the stores."""
        self._stores = None
        self._open.close()

    def schemas(self) -> dict[str, Schema]:
        """Return the live schemas."""
        found = {}
        for name, connector in self.stores().connectors.items():
            if name in self.bases:
                question = ReadSchema(of=name)
                answer = connector.answer([question]).of(question)
                assert not isinstance(answer, Unknown), answer
                found[name] = answer
        return found

    def count(self, table: Any, where: Any) -> int:
        """Return how many rows meet a condition."""
        question = CountRows(table=table, where=where)
        answer = self.stores().connectors[table.store].answer([question]).of(question)
        assert not isinstance(answer, Unknown), answer
        return answer

    def reach(self, *people: str, erasing: bool = True, trail: Any = None) -> Reached:
        """Follow people."""
        return reach(self.policy, people, self.schemas(), Looks(stores=self.stores()), erasing=erasing, trail=trail)

    def plan(self, *people: str) -> Erasing:
        """Return what erasing people comes to."""
        return erase(self.reach(*people), self.at)

    def erase(self, *people: str) -> Done:
        """Erase people, as a worker does, and look again: nothing that was to be done may be left to do."""
        found = self.reach(*people)
        plan = erase(found, self.at)
        assert not plan.obstacles, plan.obstacles
        left: dict[tuple[str, str], int] = {}
        for one in plan.left:
            rows = self.count(one.table, one.where)
            if rows:
                left[one.table.name, one.why] = left.get((one.table.name, one.why), 0) + rows
        rows_of: dict[str, int] = {}
        for store, changes in plan.changes.items():
            touched = self.stores().connectors[store].perform_together(changes)
            for change, rows in zip(changes, touched, strict=True):
                if rows:
                    rows_of[change.table.name] = max(rows, rows_of.get(change.table.name, 0))
        self._nothing_left(people, found)
        return Done(found=found, plan=plan, rows=rows_of, left=left)

    def _nothing_left(self, people: Sequence[str], found: Reached) -> None:
        again = erase(self.reach(*people, trail=found.trail()), self.at)
        assert not again.obstacles, again.obstacles
        for store in again.changes:
            for change, where in again.proofs(store):
                assert not self.count(change.table, where), change

    def export(self, *people: str) -> dict[str, list[dict[str, Any]]]:
        """Return what people are shown: the rows of each table that has any."""
        found = self.reach(*people, erasing=False)
        sections = sections_of(found, self.stores(), laws=(), portable=False)
        shown = {section.table.partition(".")[2]: [dict(row) for row in section.rows] for section in sections}
        return {table: sorted(rows, key=repr) for table, rows in shown.items() if rows}

    def ids(self, table: str, column: str = "id") -> list[Any]:
        """Return a column's values in the first store, sorted."""
        return [value for (value,) in self.app.rows(table, column)]


def erased_text(value: object) -> bool:
    """Return whether a text was replaced by an erasure."""
    return str(value).startswith("erased-")


def emptied(plan: Erasing) -> list[str]:
    """Return the tables that lose rows, in order."""
    return [change.table.name for changes in plan.changes.values() for change in changes if isinstance(change, DeleteRows)]
