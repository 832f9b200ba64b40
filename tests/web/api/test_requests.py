"""Requests, holds and the gate, as programs ask for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.db.actions.restraints import lift_restraint, place_restraints
from kept.db.models import PlacedHold, Request
from kept.db.request_key import opened_key
from tests.stalls import stalls
from tests.web.api.programs import program
from tests.web.requests import SCRIPT, advanced, asked, export_of, furnished
from tests.web.site import Site


def told(answer: Any) -> Any:
    return json.loads(answer.content)


def test_a_program_asks_with_particulars_and_reads_all_of_it(site: Site) -> None:
    asker = program(site, subject="account:7")
    changes = [{"column": "app.accounts.full_name", "value": "Ada Right"}]
    made = asker.post("/requests", {"right": "rectification", "changes": changes})
    assert made.status_code == 201
    one = told(asker.get(f"/requests/{told(made)['ref']}"))
    assert (one["stage"], one["verified"], one["waits_on"]) == ("verify", "signed-in", "")
    assert {due["which"] for due in one["dates"]} >= {"promised", "strict", "legal"}
    assert all(due["version"] for due in one["dates"] if due["law"])
    row = Request.objects.get()
    assert opened_key(row.key).open_facts(row.said, "said") == {"changes": changes}
    objection = told(asker.post("/requests", {"right": "objection", "purposes": ["telemetry"]}))
    assert Request.objects.get(ref=objection["ref"]).wanted == {"purposes": ["telemetry"]}
    nominee = {"name": "Bo", "address": "bo@x.example"}
    nomination = told(asker.post("/requests", {"right": "nomination", "nominee": nominee}))
    named = Request.objects.get(ref=nomination["ref"])
    assert opened_key(named.key).open_facts(named.said, "said") == {"nominee": nominee}
    listed = told(asker.get("/requests"))["items"]
    assert len(listed) == 3
    assert "steps" not in listed[0]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"right": "objection", "purposes": ["delivery-nobody-knows"]}, 409),
        ({"right": "objection", "purposes": ["communications"]}, 409),
        ({"right": "rectification", "changes": [{"column": "app.accounts.password_hash", "value": "x"}]}, 409),
        ({"right": "rectification", "changes": [{"column": "app.accounts.full_name", "value": " "}]}, 422),
        ({"right": "restriction", "ground": "mood"}, 422),
        ({"right": "access", "confirmed": True}, 422),
    ],
)
def test_particulars_that_make_no_sense_open_nothing(site: Site, wish: dict[str, Any], status: int) -> None:
    answer = program(site, subject="account:7").post("/requests", wish)
    assert answer.status_code == status
    assert not Request.objects.exists()


def test_the_queue_is_read_to_its_end_by_date_and_by_filter(site: Site) -> None:
    refs = [asked(site, days=days, subject=f"account:{days}") for days in (1, 9, 4)]
    asked(site, "contact", subject="account:2")
    asker = program(site, role="owner")
    seen, cursor = [], ""
    while True:
        part = told(asker.get(f"/queue?right=access&limit=1&cursor={cursor}"))
        seen += [one["ref"] for one in part["items"]]
        if part["next"] is None:
            break
        cursor = part["next"]
    assert seen == [refs[1], refs[2], refs[0]]
    assert "note" not in part["items"][0]
    assert asker.get("/queue?right=everything").status_code == 422
    assert [one["right"] for one in told(asker.get("/queue?right=contact"))["items"]] == ["contact"]


def test_staff_read_one_with_its_paths_and_its_grounds(site: Site) -> None:
    ref = furnished(site)
    one = told(program(site, role="owner").get(f"/queue/{ref}"))
    assert [way["does"] for way in one["paths"]] == ["deleted", "kept for now", "deleted"]
    assert one["orders"][0]["state"] == "accepted"
    assert {left["why"] for left in one["remainders"]} == {"law", "hold"}
    assert one["certified"]
    assert "eu-gdpr.legal_claims" in {ground["id"] for ground in one["grounds"]}
    assert told(program(site, role="owner").get(f"/queue/{ref}/certificate"))["text"].startswith("kept certificate")
    hidden = told(program(site, role="engineer").get(f"/queue/{ref}"))
    assert hidden["note"] == ""
    assert SCRIPT in one["note"]


def test_staff_refuse_extend_answer_and_confirm(site: Site) -> None:
    asker = program(site, role="owner")
    erasure = asked(site, "erasure", subject="account:1")
    assert asker.post(f"/queue/{erasure}/refusal", {"ground": "mood", "answer": "no"}).status_code == 409
    refused = asker.post(f"/queue/{erasure}/refusal", {"ground": "eu-gdpr.legal_claims", "answer": "A lawsuit."})
    assert (told(refused)["ground"], told(refused)["stage"]) == ("eu-gdpr.legal_claims", "answer")
    access = asked(site, "access", subject="account:2")
    before = told(asker.get(f"/queue/{access}"))["strict_by"]
    extended = told(asker.post(f"/queue/{access}/extension", {"reason": "Many came at once"}))
    assert extended["strict_by"] > before
    assert extended["extended"] == "Many came at once"
    assert asker.post(f"/queue/{access}/extension", {"reason": "x\ny"}).status_code == 422
    question = asked(site, "contact", subject="account:3", note="Why?")
    assert told(asker.post(f"/queue/{question}/answer", {"answer": "Because."}))["outcome"] == "Because."
    assert asker.post(f"/queue/{access}/answer", {"answer": "Here."}).status_code == 409
    rectification = asked(site, "rectification", subject="account:4")
    assert asker.post(f"/queue/{rectification}/confirmation").status_code == 409
    advanced(rectification, "verify", "identify")
    assert asker.post(f"/queue/{rectification}/confirmation").status_code == 409, "nobody said what is to be written"
    changes = {"changes": [{"column": "app.accounts.full_name", "value": "Ada Right"}]}
    assert asker.post(f"/queue/{rectification}/changes", {"changes": []}).status_code == 422
    wrong = {"changes": [{"column": "app.accounts.password_hash", "value": "x"}]}
    assert asker.post(f"/queue/{rectification}/changes", wrong).status_code == 409
    assert asker.post(f"/queue/{rectification}/changes", changes).status_code == 200
    assert asker.post(f"/queue/{rectification}/changes", changes).status_code == 409
    assert asker.post(f"/queue/{rectification}/confirmation").status_code == 200
    assert Request.objects.get(ref=rectification).wanted["confirmed"].startswith("staff:")


def test_an_export_is_fetched_in_parts_and_a_certificate_read(site: Site) -> None:
    ref = asked(site)
    export = export_of(ref)
    asker = program(site, subject="account:7")
    whole = asker.get(f"/requests/{ref}/export")
    assert whole["Content-Type"] == "application/zip"
    assert b"".join(whole) == export.content
    part = asker.get(f"/requests/{ref}/export", Range="bytes=100-199")
    assert (part.status_code, b"".join(part)) == (206, export.content[100:200])
    assert asker.get(f"/requests/{ref}/export", If_None_Match=whole["ETag"]).status_code == 304
    assert asker.get(f"/requests/{ref}/export", Range="bytes=999999-").status_code == 416
    assert program(site, subject="account:8").get(f"/requests/{ref}/export").status_code == 404
    assert told(asker.get(f"/requests/{ref}"))["bundle"]["fetched"] == 1
    assert asker.get(f"/requests/{ref}/certificate").status_code == 404


def test_a_hold_is_placed_reviewed_and_lifted(site: Site) -> None:
    asker = program(site, role="owner")
    wish = {
        "name": "audit-2026",
        "ground": "AO §147",
        "owner": "general counsel",
        "review": "2099-01-01",
        "tables": ["billing.invoices"],
        "subjects": {"app.accounts.id": ["7"]},
    }
    made = asker.post("/holds", wish)
    assert (made.status_code, told(made)["people"], told(made)["here"]) == (201, 1, True)
    assert asker.post("/holds", wish).status_code == 409
    assert {one["name"]: one["here"] for one in told(asker.get("/holds"))["items"]} == {
        "audit-2026": True,
        "quarry-street-v-aurigen": False,
    }
    for wrong in ({"app.accounts.email": ["a@x.example"]}, {"app.accounts.id": [" "]}):
        answer = asker.post("/holds", {**wish, "name": "another", "subjects": wrong})
        assert answer.status_code == 409
        assert b"a@x.example" not in answer.content
    assert told(asker.post("/holds/audit-2026/review", {"review": "2099-06-01"}))["review"] == "2099-06-01"
    assert told(asker.post("/holds/audit-2026/lifting"))["lifted"]
    assert asker.post("/holds/audit-2026/lifting").status_code == 409
    assert program(site, role="engineer").post("/holds", {**wish, "name": "another"}).status_code == 403
    assert PlacedHold.objects.count() == 1


def gate(site: Site, subject: str, purpose: str, **more: str) -> Any:
    query = "&".join(f"{name}={said}" for name, said in {"subject": subject, "purpose": purpose, **more}.items())
    answer = program(site, role="engineer", scopes=("gate.ask",)).get(f"/decisions?{query}")
    assert answer.status_code == 200, answer.content
    return told(answer)


def test_a_restriction_denies_from_the_second_that_it_is_placed(site: Site) -> None:
    assert gate(site, "account:7", "delivery") | {"at": "", "clause": ""} == {
        "allowed": True,
        "code": "allowed",
        "reason": "The purpose has a legal basis, and nothing the person asked for stands in its way (GDPR Art. 6(1)).",
        "basis": "contract",
        "clause": "",
        "at": "",
    }
    ref = asked(site, "restriction")
    placed = datetime.now(UTC)
    with stalls() as stalled:
        place_restraints(request=ref, subjects=["account:7"], kind="restricted", at=placed, actor="worker")
        found = gate(site, "account:7", "delivery")
    assert (found["allowed"], found["code"], found["basis"]) == (False, "restricted", None)
    assert datetime.fromisoformat(found["at"]) - placed < timedelta(seconds=1 + stalled.seconds)
    assert gate(site, "account:8", "delivery")["allowed"], "and nobody else"
    lift_restraint(subject="account:7", kind="restricted", at=datetime.now(UTC), by=site.who(role="owner"))
    assert gate(site, "account:7", "delivery")["allowed"]


@pytest.mark.parametrize(
    ("kind", "purposes", "purpose", "more", "code"),
    [
        ("objects", ("telemetry",), "telemetry", {}, "objected"),
        ("objects", ("",), "telemetry", {}, "objected"),
        ("objects", ("telemetry",), "delivery", {}, "allowed"),
        ("withdrew", ("communications",), "communications", {}, "withdrawn"),
        ("withdrew", ("",), "communications", {}, "withdrawn"),
        ("withdrew", ("communications",), "delivery", {}, "allowed"),
        ("opted-out", ("",), "delivery", {"recipient": "a-broker"}, "opted-out"),
        ("opted-out", ("",), "delivery", {}, "allowed"),
        ("limited", ("",), "telemetry", {"sensitive": "true"}, "limited"),
        ("limited", ("",), "delivery", {"sensitive": "true"}, "allowed"),
        ("erasing", ("",), "delivery", {}, "erasing"),
        ("erased", ("",), "delivery", {}, "erased"),
    ],
)
def test_every_kind_of_restraint_is_heeded(
    site: Site, kind: str, purposes: tuple[str, ...], purpose: str, more: dict[str, str], code: str
) -> None:
    place_restraints(request="", subjects=["account:7"], kind=kind, purposes=purposes, at=datetime.now(UTC), actor="worker")
    assert gate(site, "account:7", purpose, **more)["code"] == code


def test_what_a_person_chose_counts_and_a_withdrawal_afterwards_ends_it(site: Site) -> None:
    assert gate(site, "account:7", "communications")["code"] == "no-consent"
    chooser = program(site, subject="account:7")
    for granted, code in ((True, "allowed"), (False, "withdrawn"), (True, "allowed")):
        chooser.ask("PUT", "/choices/communications", {"granted": granted})
        assert gate(site, "account:7", "communications")["code"] == code
    place_restraints(
        request="", subjects=["account:7"], kind="withdrew", purposes=("communications",), at=datetime.now(UTC), actor="worker"
    )
    assert gate(site, "account:7", "communications")["code"] == "withdrawn"
    assert gate(site, "account:8", "communications")["code"] == "no-consent"
    for granted in (False, True):
        chooser.ask("PUT", "/choices/communications", {"granted": granted})
    assert gate(site, "account:7", "communications")["code"] == "allowed", "who agrees again has agreed"


def test_the_gate_is_for_keys_that_may_ask_it(site: Site) -> None:
    for who in (program(site, subject="account:7"), program(site, role="engineer", scopes=("me.read",))):
        assert who.get("/decisions?subject=account:7&purpose=delivery").status_code == 403
    asker = program(site, role="owner")
    assert asker.get("/decisions?subject=nobody&purpose=delivery").status_code == 422
    assert told(asker.get("/decisions?subject=account:7&purpose=resale"))["code"] == "unknown-purpose"
