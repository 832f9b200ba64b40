"""Asking, in the privacy centre: each right with the form it needs, and a request told in plain words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from kept.db.models import Request
from kept.db.request_key import opened_key
from kept.web.centre.asking import ONE_CLICK, WRITTEN
from tests.web.requests import SCRIPT, advanced, asked, export_of, furnished, waits
from tests.web.site import Site

LARGEST = 100_000


def said(row: Request) -> dict[str, Any]:
    return opened_key(row.key).open_facts(row.said, "said")


def test_new_values_go_sealed_into_the_request_field_by_field(site: Site) -> None:
    browser = site.person("account:7")
    page = browser.get("/me/requests/new/rectification/").content.decode()
    assert "full_name" in page
    for hidden in ("password_hash", "email_index"):
        assert hidden not in page
    fields = dict.fromkeys(("field-0", "field-1", "field-2"), "")
    fields |= {"field-1": f"Ada Right {SCRIPT}", "note": "It was misspelt."}
    assert browser.post("/me/requests/new/rectification/", fields).status_code == 302
    row = Request.objects.get()
    (change,) = said(row)["changes"]
    assert change == {"column": "app.accounts.full_name", "value": f"Ada Right {SCRIPT}"}
    assert "Ada" not in f"{row.said}{row.note}{row.wanted}"


def test_somebody_who_is_nobody_yet_says_in_words_what_is_wrong(site: Site) -> None:
    browser = site.person("", email="new@elsewhere.example")
    assert "field-0" not in browser.get("/me/requests/new/rectification/").content.decode()
    assert browser.post("/me/requests/new/rectification/", {"note": "My name is wrong"}).status_code == 302
    assert said(Request.objects.get()) == {}


@pytest.mark.parametrize(
    ("right", "fields", "wanted", "kept"),
    [
        ("objection", {"purposes": ["telemetry"]}, {"purposes": ["telemetry"]}, {}),
        ("withdrawal", {"purposes": ["communications"]}, {"purposes": ["communications"]}, {}),
        ("restriction", {"ground": "accuracy"}, {"ground": "accuracy"}, {}),
        ("nomination", {"name": "Bo", "address": "bo@x.example"}, {}, {"nominee": {"name": "Bo", "address": "bo@x.example"}}),
        ("opt-out", {}, {}, {}),
        ("limit", {}, {}, {}),
        ("access", {"note": "All of it"}, {}, {}),
        ("contact", {"note": "Why?"}, {}, {}),
    ],
)
def test_each_right_asks_for_what_it_needs(
    site: Site, right: str, fields: dict[str, object], wanted: dict[str, object], kept: dict[str, object]
) -> None:
    browser = site.person("account:7")
    page = browser.get(f"/me/requests/new/{right}/")
    assert page.status_code == 200
    assert len(page.content) < LARGEST
    assert 'type="file"' not in page.content.decode(), "nobody is asked for a document"
    assert browser.post(f"/me/requests/new/{right}/", fields).status_code == 302, right
    row = Request.objects.get()
    assert (row.right, dict(row.wanted), said(row)) == (right, wanted, kept)
    assert "Bo" not in row.said


def test_every_right_that_is_written_has_a_page(site: Site) -> None:
    browser = site.person("account:7")
    for right in WRITTEN:
        assert browser.get(f"/me/requests/new/{right}/").status_code == 200, right


def test_an_opt_out_is_one_click_with_nothing_to_fill_in(site: Site) -> None:
    page = site.person("account:7").get("/me/requests/").content.decode()
    for right in ONE_CLICK:
        form = page.partition(f'action="/me/requests/new/{right}/"')[2].partition("</form>")[0]
        assert form.count("<button") == 1, right
        assert form.count("<input") == 1, "the token against forgery alone"


def test_a_right_of_a_law_that_does_not_apply_is_not_offered(site: Site) -> None:
    toml = site.folder / "kept.toml"
    toml.write_text(toml.read_text().replace('["eu", "uk", "us-ca", "in"]', '["eu"]'))
    page = site.person("account:7").get("/me/requests/").content.decode()
    assert "new/opt-out/" not in page
    assert "new/objection/" in page


def test_a_request_is_told_in_plain_words(site: Site) -> None:
    ref = furnished(site)
    answer = site.person("account:7").get(f"/me/requests/{ref}/")
    text = answer.content.decode()
    assert len(answer.content) < LARGEST
    assert SCRIPT not in text
    for seen in (
        "We are waiting for one of our processors to do its part.",
        "You will have our answer by",
        "The law gives us until",
        "What stays for now, and why",
        "A law makes us keep it: TCA s.886",
        "without your asking again",
        "A court or a lawsuit makes us keep it for now (audit-2026)",
        "is at it",
        "Your certificate",
        "you were signed in",
        "Finding everything that is yours",
    ):
        assert seen in text, seen
    for hidden in ("app.tickets", "account_id", "postmark to say"):
        assert hidden not in text, "no names of columns, nor what staff read"
    record = json.loads(site.person("account:7").get(f"/me/requests/{ref}/record.json").content)
    assert {one["which"] for one in record["dates"]} >= {"promised", "strict", "legal"}
    assert record["stays"][0]["until"] or record["stays"][1]["until"]


def test_what_waits_for_the_person_says_so_and_what_is_late_says_so(site: Site) -> None:
    ref = asked(site, days=60)
    waits(ref, "verify", "person", "a link that was sent")
    text = site.person("account:7").get(f"/me/requests/{ref}/").content.decode()
    assert "We are waiting for you." in text
    assert "We are late." in text


def test_the_certificate_is_the_persons(site: Site) -> None:
    ref = furnished(site)
    mine = site.person("account:7").get(f"/me/requests/{ref}/certificate.txt")
    assert mine.content.decode().startswith("kept certificate")
    assert site.person("account:8").get(f"/me/requests/{ref}/certificate.txt").status_code == 404
    assert site.person("account:8").get(f"/me/requests/{ref}/export.zip").status_code == 404


def test_an_answer_is_read_once_the_request_has_ended_and_not_before(site: Site) -> None:
    ref = asked(site)
    row = Request.objects.get(ref=ref)
    row.outcome = opened_key(row.key).seal("A draft", "outcome")
    row.save()
    browser = site.person("account:7")
    assert "A draft" not in browser.get(f"/me/requests/{ref}/").content.decode()
    Request.objects.update(state="answered", closed_at=datetime.now(UTC), stage="", wake_at=None)
    assert "A draft" in browser.get(f"/me/requests/{ref}/").content.decode()


def body(browser: Client, ref: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    answer = browser.get(f"/me/requests/{ref}/export.zip", headers=headers)
    content = b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, content, dict(answer.items())


def fetched(ref: str) -> int:
    return Request.objects.get(ref=ref).bundle.fetched


def test_an_export_is_fetched_whole_and_in_parts(site: Site) -> None:
    ref, browser = asked(site), site.person("account:7")
    export = export_of(ref)
    size = len(export.content)
    assert "Your copy is ready" in browser.get(f"/me/requests/{ref}/").content.decode()
    status, content, headers = body(browser, ref)
    assert (status, content) == (200, export.content)
    assert headers["Content-Length"] == str(size)
    assert headers["Accept-Ranges"] == "bytes"
    assert "no-store" in headers["Cache-Control"]
    assert "Content-Encoding" not in headers
    assert fetched(ref) == 1
    tag = headers["ETag"]
    for asked_for, first, last in (
        ("bytes=0-0", 0, 0),
        ("bytes=65535-65536", 65_535, 65_536),
        ("bytes=100000-", 100_000, size - 1),
        ("bytes=-10", size - 10, size - 1),
        (f"bytes=5-{size + 99}", 5, size - 1),
        (f"bytes=-{size * 2}", 0, size - 1),
    ):
        status, content, headers = body(browser, ref, **{"Range": asked_for, "If-Range": tag})
        assert status == 206, asked_for
        assert content == export.content[first : last + 1], asked_for
        assert headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert headers["Content-Length"] == str(last - first + 1)


def test_a_download_that_broke_off_goes_on_and_is_recorded_once_at_its_end(site: Site) -> None:
    ref, browser = asked(site), site.person("account:7")
    export = export_of(ref)
    answer = browser.get(f"/me/requests/{ref}/export.zip")
    pieces = iter(answer)
    first = next(pieces)  # and the line breaks
    answer.close()
    assert fetched(ref) == 0
    _, rest, _ = body(browser, ref, Range=f"bytes={len(first)}-")
    assert first + rest == export.content
    assert fetched(ref) == 1
    body(browser, ref, Range="bytes=0-10")
    assert fetched(ref) == 1, "a part that is not the end is no end"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=300000-"}, 416),
        ({"Range": "bytes=-0"}, 416),
        ({"Range": "bytes=9-5"}, 200),
        ({"Range": "bytes=a-b"}, 200),
        ({"Range": "bytes=-"}, 200),
        ({"Range": "lines=1-2"}, 200),
        ({"Range": "bytes=0-1,5-6"}, 200),
        ({"Range": "bytes=0-1", "If-Range": '"another"'}, 200),
        ({"Range": "bytes=99999999999999999999-"}, 200),
        ({"If-Match": '"another"'}, 412),
    ],
)
def test_odd_ranges_are_answered_as_the_standard_says(site: Site, headers: dict[str, str], status: int) -> None:
    ref, browser = asked(site), site.person("account:7")
    export = export_of(ref)
    got, content, sent = body(browser, ref, **headers)
    assert got == status
    if status == 200:
        assert content == export.content
    if status == 416:
        assert sent["Content-Range"] == f"bytes */{len(export.content)}"
        assert fetched(ref) == 0


def test_what_one_has_already_is_not_sent_again_and_a_look_sends_nothing(site: Site) -> None:
    ref, browser = asked(site), site.person("account:7")
    export = export_of(ref)
    tag = body(browser, ref)[2]["ETag"]
    assert body(browser, ref, **{"If-None-Match": tag})[:2] == (304, b"")
    head = browser.head(f"/me/requests/{ref}/export.zip")
    assert head["Content-Length"] == str(len(export.content))
    assert fetched(ref) == 1


def test_an_export_past_its_time_or_without_its_key_is_gone(site: Site) -> None:
    ref, browser = asked(site), site.person("account:7")
    export_of(ref, until=timedelta(seconds=-1))
    assert body(browser, ref)[0] == 404
    assert "The time to fetch your copy is over" in browser.get(f"/me/requests/{ref}/").content.decode()
    export_of(ref)
    Request.objects.filter(ref=ref).update(key="", note="", said="", outcome="")
    assert body(browser, ref)[0] == 404


def test_a_fetch_of_nothing_is_not_there(site: Site) -> None:
    ref = asked(site)
    advanced(ref, "verify")
    assert body(site.person("account:7"), ref)[0] == 404
