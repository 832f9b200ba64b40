"""The queue of requests and the page of one: what is shown to whom, and what staff can do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kept.db.access.request_queue import Place, Sought, open_requests
from kept.db.actions.requests import Particulars
from kept.db.models import LedgerEntry, Letter, Request
from kept.db.request_key import opened_key
from tests.web.requests import SCRIPT, advanced, asked, furnished, letter, officer
from tests.web.site import Site

LARGEST = 100_000
MOST_IN_THE_LIST = 6
"""Queries of the list: the session's and the account's, and two of requests; nothing grows with the requests."""


def kinds(first: str) -> list[str]:
    found = [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]
    return [kind for kind in found if kind.startswith(first)]


def test_what_is_due_first_stands_first_and_pages_go_on(site: Site) -> None:
    refs = [asked(site, days=days, subject=f"account:{days}") for days in (1, 9, 4, 7, 2)]
    by, seen, place = officer(site), [], None
    while True:
        found = open_requests(by=by, sought=Sought(after=place), limit=2)
        if not found:
            break
        seen += [one.ref for one in found]
        place = Place.parse(str(found[-1].place))
    assert seen == [refs[1], refs[3], refs[2], refs[4], refs[0]]


def test_two_that_are_due_at_one_moment_are_both_listed_once(site: Site) -> None:
    refs = [asked(site, subject=f"account:{number}") for number in range(1, 5)]
    Request.objects.update(work_by=datetime(2026, 12, 1, tzinfo=UTC))
    by, seen, place = officer(site), [], None
    for _ in refs:
        (one,) = open_requests(by=by, sought=Sought(after=place), limit=1)
        seen.append(one.ref)
        place = one.place
    assert seen == refs
    assert not open_requests(by=by, sought=Sought(after=place), limit=1)


def test_the_list_asks_as_often_however_many_wait(site: Site) -> None:
    asks = site.staff("owner")
    counts = []
    for number in (1, 12):
        for one in range(number):
            ref = asked(site, subject=f"account:{number}{one}")
            advanced(ref, "verify")
        with CaptureQueriesContext(connection) as queries:
            text = asks.get("/console/requests/").content.decode()
        counts.append(len(queries))
        assert text.count('class="clocks ') == number + (1 if number == 12 else 0)
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_IN_THE_LIST, counts


def test_the_list_reads_an_index_and_counts_nothing(site: Site) -> None:
    by = officer(site)
    sought = Sought(after=Place(work_by=datetime(2026, 12, 1, tzinfo=UTC), number=5))
    for index, wanted in (
        ("requests_by_date", sought),
        ("requests_of_a_right", Sought(right="erasure", after=sought.after)),
        ("requests_by_wait", Sought(waits_on="staff", after=sought.after)),
        ("requests_by_state", Sought(state="received", after=sought.after)),
    ):
        with CaptureQueriesContext(connection) as queries:
            open_requests(by=by, sought=wanted)
        (query,) = queries.captured_queries
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        assert "COUNT(" not in query["sql"].upper()


def test_a_filter_shows_what_was_asked_for(site: Site) -> None:
    asked(site, "access", subject="account:1")
    asked(site, "contact", subject="account:2", note="When?")
    asks = site.staff("support")
    text = asks.get("/console/requests/?right=contact").content.decode()
    assert "Question</a>" in text
    assert "Access: what is held, and a copy</a>" not in text
    assert "Nothing of this kind waits" in asks.get("/console/requests/?waits_on=processor").content.decode()


def test_the_clocks_say_in_words_what_they_draw(site: Site) -> None:
    asked(site, days=40)
    text = site.staff("auditor").get("/console/requests/").content.decode()
    label = re.search(r'class="clocks late"[^>]*aria-label="([^"]+)"', text)
    assert label, "a late one is drawn as late"
    for word in ("Came", "promised by", "strictly by", "by law by", "days late"):
        assert word in label[1]


def test_the_page_of_a_request_shows_its_way_through_the_stores(site: Site) -> None:
    ref = furnished(site)
    asks = site.staff("privacy-officer")
    with CaptureQueriesContext(connection) as queries:
        answer = asks.get(f"/console/requests/{ref}/")
    text = answer.content.decode()
    assert len(queries) <= 14
    assert len(answer.content) < LARGEST
    assert SCRIPT not in text
    assert "style=" not in text
    for seen in (
        'class="paths"',
        "app.ticket_messages",
        "12 rows, deleted",
        "the store is away",
        "Waits for a processor: postmark to say that it is done",
        "accepted",
        "a law requires it",
        "until the hold is lifted",
        "certificate.txt",
        "eu-gdpr",
        "1 letter",
        "signed in",
    ):
        assert seen in text, seen
    assert 'data-hx-get="/console/requests/' in text


def test_the_progress_is_a_piece_that_loads_the_page_anew_once_something_else_can_be_done(site: Site) -> None:
    ref = asked(site, "rectification")
    asks = site.staff("auditor")
    path = f"/console/requests/{ref}/progress/"
    piece = asks.get(f"{path}?stage=verify")
    assert "<html" not in piece.content.decode()
    assert "HX-Refresh" not in piece
    advanced(ref, "verify")
    assert asks.get(f"{path}?stage=verify")["HX-Refresh"] == "true"
    assert "HX-Refresh" not in asks.get(f"{path}?stage=identify")


def test_what_people_write_and_what_is_to_be_put_right_is_for_those_who_work_on_it(site: Site) -> None:
    said = {"changes": [{"column": "app.accounts.full_name", "value": "Ada Right"}]}
    ref = asked(site, "rectification", note="Privately", particulars=Particulars(said=said))
    letter(ref, "In confidence")
    number = Letter.objects.get().pk
    for role in ("auditor", "engineer"):
        asks = site.staff(role)
        seen = asks.get(f"/console/requests/{ref}/").content.decode()
        for hidden in ("Privately", "Ada Right", "account:7", "1 letter"):
            assert hidden not in seen, hidden
        assert asks.get(f"/console/requests/{ref}/letters/{number}/").status_code == 403
    asks = site.staff("support")
    seen = asks.get(f"/console/requests/{ref}/").content.decode()
    assert "Privately" in seen
    assert "Ada Right" in seen
    text = asks.get(f"/console/requests/{ref}/letters/{number}/").content.decode()
    assert "In confidence" in text
    assert SCRIPT not in text
    assert asks.get(f"/console/requests/{asked(site)}/letters/{number}/").status_code == 404


def test_nothing_of_it_stands_in_the_database_in_clear(site: Site) -> None:
    said = {"changes": [{"column": "app.accounts.full_name", "value": "Ada Right"}]}
    ref = asked(site, "rectification", note="Privately", particulars=Particulars(said=said))
    row = Request.objects.get(ref=ref)
    for column in (row.note, row.said, row.subject, row.address):
        assert column
        for clear in ("Privately", "Ada", "account:7", "@"):
            assert clear not in column


def test_new_values_are_confirmed_and_the_worker_is_woken(site: Site) -> None:
    said = {"changes": [{"column": "app.accounts.full_name", "value": "Ada Right"}]}
    ref, asks = asked(site, "rectification", particulars=Particulars(said=said)), site.staff("support")
    path = f"/console/requests/{ref}/confirm/"
    assert asks.post(path).status_code == 409
    advanced(ref, "verify", "identify")
    Request.objects.update(wake_at=datetime.now(UTC) + timedelta(days=1), waits_on="staff", waits_for="somebody")
    assert "write the new values" in asks.get(f"/console/requests/{ref}/").content.decode()
    assert asks.post(path).status_code == 302
    row = Request.objects.get(ref=ref)
    assert row.wanted["confirmed"].startswith("staff:")
    assert row.wake_at is not None
    assert row.wake_at <= datetime.now(UTC)
    assert row.waits_on == ""
    assert kinds("request.confirmed") == ["request.confirmed"]
    assert "write the new values" not in asks.get(f"/console/requests/{ref}/").content.decode()


def test_a_question_is_answered_in_words_and_not_closed_before_it_is_sent(site: Site) -> None:
    ref, asks = asked(site, "contact", note="When?"), site.staff("support")
    path = f"/console/requests/{ref}/answer/"
    assert asks.post(path, {"answer-answer": "  "}).status_code == 200
    assert asks.post(path, {"answer-answer": "x" * 10_001}).status_code == 200
    assert asks.post(path, {"answer-answer": f"Soon {SCRIPT}"}).status_code == 302
    row = Request.objects.get(ref=ref)
    assert opened_key(row.key).open(row.outcome, "outcome") == f"Soon {SCRIPT}"
    assert (row.closed_at, row.stage) == (None, "write")
    assert SCRIPT not in asks.get(f"/console/requests/{ref}/").content.decode()


def test_an_erasure_is_not_answered_by_hand(site: Site) -> None:
    ref = furnished(site)
    asks = site.staff("owner")
    assert asks.post(f"/console/requests/{ref}/answer/", {"answer-answer": "Done!"}).status_code == 409
    refused = {"refuse-ground": "nothing", "refuse-answer": "Nothing"}
    assert asks.post(f"/console/requests/{ref}/refuse/", refused).status_code == 409
    assert Request.objects.get(ref=ref).closed_at is None


def test_a_refusal_has_a_ground_of_the_laws_and_says_how_to_complain(site: Site) -> None:
    ref, asks = asked(site, "erasure"), site.staff("privacy-officer")
    path = f"/console/requests/{ref}/refuse/"
    text = asks.get(f"/console/requests/{ref}/").content.decode()
    assert 'value="eu-gdpr.legal_claims"' in text
    assert 'value="us-ca-ccpa.security"' in text
    for wrong in ("mood", "eu-gdpr.compelling_grounds", "law"):
        assert asks.post(path, {"refuse-ground": wrong, "refuse-answer": "no"}).status_code == 200
    assert asks.post(path, {"refuse-ground": "eu-gdpr.legal_claims"}).status_code == 200
    assert asks.post(path, {"refuse-ground": "eu-gdpr.legal_claims", "refuse-answer": "A lawsuit."}).status_code == 302
    row = Request.objects.get(ref=ref)
    told = opened_key(row.key).open(row.outcome, "outcome")
    for said in ("A lawsuit.", "GDPR", "supervisory authority", "privacy@aurigen.example", "ico.org.uk"):
        assert said in told, said
    assert (row.ground, row.stage, row.closed_at) == ("eu-gdpr.legal_claims", "answer", None)
    assert asks.post(path, {"refuse-ground": "nothing", "refuse-answer": "Again"}).status_code == 409
    assert kinds("request.refusal") == ["request.refusal"]


def test_more_time_is_taken_once_and_the_person_is_told(site: Site) -> None:
    ref, asks = asked(site), site.staff("support")
    before = Request.objects.get(ref=ref)
    path = f"/console/requests/{ref}/extend/"
    assert asks.post(path, {"extend-reason": " "}).status_code == 200
    assert asks.post(path, {"extend-reason": "Many requests came at once"}).status_code == 302
    after = Request.objects.get(ref=ref)
    assert after.strict_by - before.strict_by > timedelta(days=40)
    assert after.received_at == before.received_at
    assert after.promised_by == before.promised_by, "the promise stands"
    sent = Letter.objects.get(request=after)
    text = opened_key(after.key).open_bytes(bytes(sent.sealed), "letter").decode()
    assert "Many requests came at once" in text
    assert "privacy@aurigen.example" in text
    assert asks.post(path, {"extend-reason": "Again"}).status_code == 409
    assert kinds("request.extended") == ["request.extended"]


@pytest.mark.parametrize(("right", "days"), [("contact", 1), ("opt-out", 1), ("access", 50)])
def test_more_time_is_not_taken_where_no_law_allows_it_or_the_first_is_over(site: Site, right: str, days: int) -> None:
    ref, asks = asked(site, right, days=days), site.staff("support")
    assert asks.post(f"/console/requests/{ref}/extend/", {"extend-reason": "Busy"}).status_code == 409
    assert not Request.objects.get(ref=ref).extended


def test_a_request_is_taken_up_and_taken_over(site: Site) -> None:
    ref = asked(site)
    support, officer_ = site.staff("support"), site.staff("privacy-officer")
    assert support.post(f"/console/requests/{ref}/take/").status_code == 302
    assert support.post(f"/console/requests/{ref}/take/").status_code == 409
    first = Request.objects.get(ref=ref).taken_by
    assert officer_.post(f"/console/requests/{ref}/take/").status_code == 302
    assert Request.objects.get(ref=ref).taken_by not in ("", first)


def test_the_certificate_can_be_kept(site: Site) -> None:
    ref, asks = furnished(site), site.staff("auditor")
    answer = asks.get(f"/console/requests/{ref}/certificate.txt")
    assert answer.content.decode().startswith("kept certificate v1")
    assert answer["Content-Disposition"] == f'attachment; filename="certificate-{ref}.txt"'
    assert asks.get(f"/console/requests/{asked(site)}/certificate.txt").status_code == 404
