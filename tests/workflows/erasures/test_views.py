"""What a materialized view holds of a person goes with the rows that it is made from: on PostgreSQL. Case 12."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, DeleteRows, DropPartition
from kept.base.conditions import OneOf
from kept.base.errors import SourceError
from kept.base.names import Table
from kept.connectors import open_store
from kept.connectors.sql.connector import SqlConnector
from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.db.models import LedgerEntry, RequestStep
from kept.planning.plan import Plan, Step
from kept.workflows.applying import do_plan
from kept.workflows.mentions import forget_mentions
from kept.workflows.rekeying import rekey
from kept.workflows.steps import rectify
from tests.lending import empty_database
from tests.vault.installations import Died

from . import test_sealed as sealing
from .desk import Desk, Fate
from .test_faults import runs_into
from .test_ownership import CHAIN, CHAINED
from .town import Base, base

pytestmark = pytest.mark.service

VIEWS = """
CREATE MATERIALIZED VIEW card AS SELECT a.id, a.name, d.street FROM accounts a LEFT JOIN addresses d ON d.account_id = a.id;
CREATE VIEW seen AS SELECT id, name FROM card;
CREATE MATERIALIZED VIEW "by %name" AS SELECT name, count(*) AS many FROM seen GROUP BY name;
CREATE UNIQUE INDEX ON "by %name" (name);
CREATE MATERIALIZED VIEW sky AS SELECT sky FROM weather;
CREATE MATERIALIZED VIEW hollow AS SELECT name FROM accounts WITH NO DATA;
"""
Found = Callable[..., Desk]


@pytest.fixture(scope="module")
def shared(postgres_service: sa.URL) -> Iterator[tuple[Base, ...]]:
    """A database of the only dialect that has such views."""
    with empty_database(postgres_service) as url, base(url.render_as_string(hide_password=False)) as one:
        yield (one,)


def people(one: Desk, view: str = "card", column: str = "id") -> set[object]:
    return {row[0] for row in one.town.app.rows(f'"{view}"'.replace("%", "%%"), column)}


def refreshed() -> list[str]:
    bodies = [bytes(entry.body).decode() for entry in LedgerEntry.objects.order_by("index")]
    return [body for body in bodies if '"erasure.refreshed"' in body]


def test_an_erasure_reaches_views_and_views_of_views(desk: Found) -> None:
    one = desk(CHAIN + VIEWS, CHAINED)
    names, before = people(one, "by %name", "name"), len(refreshed())
    assert people(one) == {1, 2, 3}
    ref = one.asks("account:1")
    one.work_on(ref)
    assert one.stands(ref)[0] == "answered"
    assert people(one) == {2, 3}
    assert len(names - people(one, "by %name", "name")) == 1
    (said,) = refreshed()[before:]
    assert r'"views":["app.card","app.\"by %name\""]' in said


def test_where_nothing_is_made_from_them_nothing_is_said(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    before = len(refreshed())
    one.work_on(one.asks("account:1"))
    assert len(refreshed()) == before


def test_a_view_that_cannot_be_filled_holds_the_erasure_back(desk: Found) -> None:
    """It is not called done, says which view it is, and goes on by itself."""
    broken = "CREATE TABLE lever (up INTEGER);\nINSERT INTO lever VALUES (1);\n"
    broken += "CREATE MATERIALIZED VIEW bad AS SELECT a.name, 1 / up AS x FROM accounts a, lever;\n"
    one = desk(CHAIN + broken, CHAINED)
    one.town.app.run("UPDATE lever SET up = 0;\n")
    ref = one.asks("account:1")
    one.work()
    one.in_order(ref)
    assert one.stands(ref)[0] != "answered"
    said = RequestStep.objects.get(request__ref=ref, name="erase").error
    assert "app.bad" in said
    assert "still holds" in said
    one.town.app.run("UPDATE lever SET up = 1;\n")
    one.later(minutes=1)
    one.work_on(ref)
    assert one.stands(ref)[0] == "answered"
    assert len(people(one, "bad", "name")) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_over_the_views(desk: Found, when: str) -> None:
    counted = Fate()
    runs_into(desk(CHAIN + VIEWS, CHAINED), counted)
    (at,) = [number for number, call in enumerate(counted.calls) if call == "make anew"]
    one = desk(CHAIN + VIEWS, CHAINED)
    ref = runs_into(one, Fate(deadly=at, when=when, how="killed"))
    assert one.stands(ref)[0] == "answered"
    assert people(one) == {2, 3}


def test_a_correction_reaches_them_too(desk: Found) -> None:
    one = desk(CHAIN + VIEWS, CHAINED)
    asked = SimpleNamespace(subject="account:1", said={"changes": [{"column": "app.accounts.name", "value": "Ann"}]})
    rectify.run(cast("Case", asked), one.world, Held(ref="", fence=0, name="rectify"))
    assert "Ann" in people(one, column="name")
    assert "Ann" in people(one, "by %name", "name")


def test_what_others_wrote_of_somebody_is_taken_out_of_them_too(desk: Found) -> None:
    shown = "UPDATE calls SET note = 'for Anna Arms' WHERE id = 2111;\nCREATE MATERIALIZED VIEW notes AS SELECT note FROM calls;\n"
    one = desk(CHAIN + shown, CHAINED.replace("note: {category: user.content}", "note: {category: user.content, mentions: redact}"))
    assert "for Anna Arms" in people(one, "notes", "note")
    forget_mentions(one.world, [["name", "Anna Arms"]])
    assert "for [redacted]" in people(one, "notes", "note")


def test_a_plan_reaches_them(desk: Found) -> None:
    one = desk(CHAIN + VIEWS, CHAINED)
    change = Anonymise(table=Table(store="app", name="accounts"), columns=("name",), where=OneOf(column="id", keys=(1,)), rows=1)
    step = Step(change=change, finding="f", touched=1, total=3)
    plan = Plan(policy=one.town.policy.digest, made_at=datetime.now(UTC), steps=(step,))
    (outcome,) = do_plan(plan, one.town.policy, one.town.stores().connectors, actor="test")
    assert outcome.receipt is not None
    assert sum(str(name).startswith("erased-") for name in people(one, column="name")) == 1


def test_a_rekey_that_ended_before_them_reaches_them_when_it_is_run_again(desk: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    one = desk(sealing.TABLES, sealing.MAP)
    sealing.sealed(one)
    one.town.app.run("CREATE MATERIALIZED VIEW known AS SELECT email FROM accounts WHERE id = 1")
    before = people(one, "known", "email")
    with monkeypatch.context() as patched:
        patched.setattr(SqlConnector, "make_anew", dies)
        with pytest.raises(Died):
            rekey(one.town.folder, "account:1", actor="test")
    assert people(one, "known", "email") == before
    assert rekey(one.town.folder, "account:1", actor="test").old == 1
    assert people(one, "known", "email") == {one.town.app.rows("accounts WHERE id = 1", "email")[0][0]}
    assert people(one, "known", "email") != before


def dies(*_: object) -> None:
    raise Died


PARTED = """
CREATE TABLE visits (id INTEGER, account_id INTEGER, day DATE, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO visits VALUES (1, 1, '2026-01-05'), (2, 2, '2026-02-05');
CREATE MATERIALIZED VIEW whole AS SELECT id FROM visits;
CREATE MATERIALIZED VIEW part AS SELECT id FROM visits_2;
CREATE TABLE marks (visit INTEGER, day DATE, FOREIGN KEY (visit, day) REFERENCES visits (id, day) ON DELETE CASCADE);
INSERT INTO marks VALUES (1, '2026-01-05'), (2, '2026-02-05');
CREATE MATERIALIZED VIEW along AS SELECT visit AS id FROM marks;
"""


def test_partitions_and_what_goes_along_by_a_foreign_key(shared: tuple[Base, ...]) -> None:
    (one,) = shared
    one.clear()
    one.run(PARTED)
    store, visits = open_store("app", one.url), Table(store="app", name="visits")
    store.perform(DeleteRows(table=visits, where=OneOf(column="id", keys=(2,)), rows=1))
    assert one.rows("part") == [], "whoever performs a change need not ask for it"
    assert {view.name for view in store.make_anew([visits])} == {"whole", "part", "along"}
    assert [one.rows(view) for view in ("whole", "part", "along")] == [[(1,)], [], [(1,)]]
    assert "whole" in {view.name for view in store.make_anew([Table(store="app", name="visits_1")])}, "made from its parent"
    one.run("DROP TABLE marks CASCADE;\n")
    store.perform(DropPartition(table=visits, partition="visits_1", rows=1))
    assert {view.name for view in store.make_anew([visits])} == {"whole", "part"}
    assert one.rows("whole") == []
    store.close()


STRANGER = """
DROP ROLE IF EXISTS kept_no_owner;
CREATE ROLE kept_no_owner LOGIN PASSWORD 'x';
GRANT USAGE ON SCHEMA public TO kept_no_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO kept_no_owner;
"""


def test_a_role_that_does_not_own_the_view_is_told_so(shared: tuple[Base, ...]) -> None:
    (one,) = shared
    one.clear()
    one.run(CHAIN + VIEWS)
    one.run(STRANGER)
    url = sa.make_url(one.url).set(username="kept_no_owner", password="x")
    store = open_store("app", url.render_as_string(hide_password=False))
    with pytest.raises(SourceError, match="card") as refused:
        store.make_anew([Table(store="app", name="accounts")])
    assert "still holds" in refused.value.happened
    store.close()
    one.clear()
    one.run("DROP OWNED BY kept_no_owner;\nDROP ROLE kept_no_owner;\n")
