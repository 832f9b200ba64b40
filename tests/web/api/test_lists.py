"""Pages of lists, entity tags, and changes that say what they change."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.base.verdicts import Mark
from kept.db.actions import record_run
from kept.db.actions.runs import Found
from kept.db.models import Account
from tests.web.api.programs import Program, program
from tests.web.site import Site

START = datetime(2026, 9, 1, tzinfo=UTC)


def runs(count: int, *, first: int = 0) -> None:
    found = [Found(clause=f"{one}.1", code="retention", about=f"app.t{one}", mark=Mark.KEPT, reason="0 rows") for one in range(3)]
    for day in range(first, first + count):
        record_run(policy="ab" * 32, findings=found, at=START + timedelta(days=day), actor="cli")


def every(asker: Program, path: str, limit: int, *, between: Any = lambda: None) -> list[Any]:
    items, cursor, separator = [], "", "&" if "?" in path else "?"
    while True:
        answer = asker.get(f"{path}{separator}limit={limit}&cursor={cursor}")
        assert answer.status_code == 200
        page = json.loads(answer.content)
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            assert "Link" not in answer
            return items
        link = re.fullmatch(r'<http://localhost(/api/v1[^>]*)>; rel="next"', answer["Link"])
        assert link is not None
        assert json.loads(asker.get(link[1]).content).keys() == {"items", "next"}, "the Link leads on"
        cursor = page["next"]
        between()


def test_rows_that_come_in_between_move_nothing(site: Site) -> None:
    asker = program(site, role="owner")
    runs(5)
    seen = every(asker, "/runs", 2, between=lambda: runs(1, first=9))
    numbers = [one["number"] for one in seen]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers) == 5


def test_every_list_is_read_to_its_end(site: Site) -> None:
    asker = program(site, role="owner")
    runs(2)
    for right in ("access", "erasure", "objection"):
        asker.post("/requests", {"right": right})
    for address in ("b", "a", "c"):
        asker.post("/staff", {"email": f"{address}@company.example", "role": "auditor"})
    assert [one["clause"] for one in every(asker, "/runs/1/findings", 2)] == ["0.1", "1.1", "2.1"]
    assert [one["clause"] for one in every(asker, "/marks", 1)] == ["0.1", "1.1", "2.1"]
    assert [one["right"] for one in every(asker, "/requests", 1)] == ["objection", "erasure", "access"]
    assert [one["email"][0] for one in every(asker, "/staff", 1)] == ["a", "b", "c", "o"]
    assert len(every(asker, "/queue", 2)) == 3
    assert len(every(asker, "/choices", 1)) == len(every(asker, "/choices", 200)) > 1
    kinds = [one["kind"] for one in every(asker, "/ledger/entries", 3)]
    assert kinds.count("staff.joined") == 3
    assert kinds[-1] == "key.made"
    assert {one["kind"] for one in every(asker, "/ledger/entries?kind=run", 1)} == {"run.recorded"}


def test_a_cursor_that_is_none_is_not_there(site: Site) -> None:
    asker = program(site, role="owner")
    runs(3)
    cursor = json.loads(asker.get("/runs?limit=1").content)["next"]
    for none in (cursor[:-1], f"A{cursor}", cursor.split(".")[0], "zzz.zzz", f"{cursor}{cursor}"):
        assert asker.get(f"/runs?cursor={none}").status_code == 404
    assert asker.get(f"/runs/1/findings?cursor={cursor}").status_code == 404, "a cursor is good for its own list"


def test_a_part_of_a_list_that_is_none_is_refused(site: Site) -> None:
    asker = program(site, role="owner")
    for query in ("limit=0", "limit=201", "limit=x", "limit=", "limit=1e3", "cursor=%00", "cursor=" + "a" * 401):
        answer = asker.get(f"/runs?{query}")
        assert answer.status_code == 422
        assert json.loads(answer.content)["errors"][0]["pointer"] in ("query/limit", "query/cursor")


def test_what_is_unchanged_is_not_sent_again(site: Site) -> None:
    asker = program(site, role="owner")
    for path in ("/runs", "/policy", "/openapi.json", "/me", "/scim/v2/Users"):
        first = asker.get(path)
        tag = first["ETag"]
        again = asker.get(path, If_None_Match=f'"other", {tag}')
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), path
    tag = asker.get("/runs")["ETag"]
    runs(1)
    assert asker.get("/runs", If_None_Match=tag).status_code == 200
    assert asker.ask("HEAD", "/runs").status_code == 200


def test_a_change_says_what_it_changes(site: Site) -> None:
    asker = program(site, role="owner")
    made = asker.post("/staff", {"email": "kim@company.example", "role": "auditor"})
    path = f"/staff/{json.loads(made.content)['ref']}"
    tag = asker.get(path)["ETag"]
    assert tag == made["ETag"]
    bare = asker.ask("PATCH", path, {"role": "support"})
    assert (bare.status_code, json.loads(bare.content)["code"]) == (428, "precondition-needed")
    changed = asker.ask("PATCH", path, {"role": "support"}, If_Match=tag)
    assert (changed.status_code, json.loads(changed.content)["role"]) == (200, "support")
    late = asker.ask("PATCH", path, {"role": "owner"}, If_Match=tag)
    assert (late.status_code, json.loads(late.content)["code"]) == (412, "changed-since")
    assert asker.ask("PATCH", path, {"active": False}, If_Match=changed["ETag"]).status_code == 200
    kim = Account.objects.get(email="kim@company.example")
    assert (kim.role, kim.is_active) == ("support", False)


def test_the_last_owner_stays_one(site: Site) -> None:
    asker = program(site, role="owner")
    ref = json.loads(asker.get("/me").content)["account"]
    for change in ({"role": "auditor"}, {"role": ""}, {"active": False}):
        answer = asker.ask("PATCH", f"/staff/{ref}", change, If_Match="*")
        assert answer.status_code == 409
    assert Account.objects.get(ref=ref).role == "owner"
