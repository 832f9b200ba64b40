"""Asking without an account: the form, the button behind the link, the questions, and how a request stands."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from kept.db.access.cases import case_of_worker
from kept.db.actions.letters import keep_letter
from kept.db.actions.taking_in import acknowledge_request
from kept.db.actions.verifying import GOOD_FOR, MOST_TRIES, Offer, judge_points, offer_challenge
from kept.db.models import Certificate, Challenge, Request
from kept.rights.registry import rights
from kept.web.public.asking import MOST_FOR_ADDRESS, MOST_FROM_NETWORK
from tests.pages import ROOT
from tests.web.site import Site, unlimited

ANNA = "anna@example.eu"
WILL_DIFFER = re.compile(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"')
FORM = {"right": "access", "address": ANNA, "note": "", "whom": "", "person": ""}
TIMES = 2.0


def asked(site: Site, **given: str) -> Request:
    before = set(Request.objects.values_list("pk", flat=True))
    answer = site.visitor().post("/ask/", {**FORM, **given})
    assert (answer.status_code, answer["Location"]) == (302, "/ask/received/"), answer.content[:2000]
    return Request.objects.exclude(pk__in=before).get()


def linked(ref: str, **more: Any) -> str:
    secrets: list[str] = []
    now = datetime.now(UTC)
    offer = Offer(**{"way": "link", "to": ANNA, "until": now + GOOD_FOR, **more})
    offer_challenge(offer, ref=ref, at=now, actor="test", post=lambda secret, _: secrets.append(secret))
    return secrets[0]


def followed(ref: str) -> str:
    secrets: list[str] = []
    acknowledge_request(ref=ref, to=ANNA, at=datetime.now(UTC), post=secrets.append)
    return secrets[0]


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", WILL_DIFFER.sub("", answer.content.decode()))


@pytest.mark.parametrize("right", sorted(rights()))
def test_every_right_can_be_asked_for_without_an_account(any_site: Site, right: str) -> None:
    row = asked(any_site, right=right, note="Please.")
    case = case_of_worker(row.ref)
    assert (case.right.code, case.address, case.note, case.channel, case.subject) == (right, ANNA, "Please.", "centre", "")
    assert row.verified == ("" if rights()[right].verified else "not-needed")
    assert row.account_id is None
    assert ANNA not in str(Request.objects.values())


def test_the_page_is_the_same_whether_the_address_is_known_or_not(site: Site) -> None:
    site.account(email=ANNA, subject="account:1")
    seen, queries = [], []
    for address in (ANNA, "nobody@example.eu"):
        client = site.visitor()
        with CaptureQueriesContext(connection) as asked_for:
            answer = client.post("/ask/", {**FORM, "address": address})
        page = client.get(answer["Location"])
        seen.append((answer.status_code, answer["Location"], words(page), sorted(answer.cookies), sorted(page.headers)))
        queries.append(len(asked_for))
        assert address not in words(page)
    assert seen[0] == seen[1]
    assert queries[0] == queries[1]


def test_it_takes_as_long_for_an_address_that_is_known(site: Site) -> None:
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    with override_settings(KEPT=unlimited()):
        for turn in range(4):
            for kind, taken in times.items():
                email = f"{kind}-{turn}@example.eu"
                if kind == "known":
                    site.account(email=email, subject=f"account:{turn + 1}")
                for _ in range(MOST_FOR_ADDRESS):
                    client = site.visitor()
                    begun = time.perf_counter()
                    client.post("/ask/", {**FORM, "address": email}, REMOTE_ADDR=f"10.0.{turn}.1")
                    taken.append(time.perf_counter() - begun)
    slow, fast = sorted((median(times["known"]), median(times["unknown"])), reverse=True)
    assert slow < TIMES * fast, f"{slow * 1000:.1f} ms and {fast * 1000:.1f} ms"


def test_no_form_takes_a_file_or_asks_for_a_document(site: Site) -> None:
    """Neither the pages nor the letters: the law's text says so, and so do we."""
    ref = asked(site).ref
    secret = linked(ref, way="points", asked=("app.accounts.full_name",))
    pages = [
        site.visitor().get(one) for one in ("/ask/", "/ask/received/", f"/ask/points/{secret}/", f"/ask/confirm/{linked(ref)}/")
    ]
    for page in pages:
        assert page.status_code == 200
        assert not re.search(r'type="?file|multipart/form-data|enctype|capture=|accept=', page.content.decode())
    web = ROOT / "src" / "kept" / "web"
    forms = [*web.rglob("*.html"), *web.rglob("*.py")]
    assert len(forms) > 60
    assert [one.name for one in forms if re.search(r"FileField|ImageField|FileInput|type=.?file", one.read_text())] == []
    said = (ROOT / "src" / "kept" / "workflows" / "wording.py").read_text()
    assert not re.search(r"passport|identity card|driving|selfie|notar|scan of", said, re.IGNORECASE)
    assert "We never ask for a photograph or a document" in said


@pytest.mark.parametrize("right", ["opt-out", "limit"])
def test_a_browsers_signal_is_enough_where_nobody_may_be_asked_who_they_are(site: Site, right: str) -> None:
    without = site.visitor().post("/ask/", {**FORM, "right": right, "address": ""})
    assert without.status_code == 422
    signalling = site.visitor(**{"Sec-GPC": "1"})
    assert signalling.post("/ask/", {**FORM, "right": right, "address": ""}).status_code == 302
    case = case_of_worker(Request.objects.get().ref)
    assert (case.verified, case.address, case.said) == ("not-needed", "", {"signal": "gpc"})
    assert signalling.post("/ask/", {**FORM, "right": "access", "address": ""}).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"address": ""},
        {"address": "anna"},
        {"address": "anna@example.eu, eve@example.eu"},
        {"address": "anna@example.eu\r\nBcc: eve@example.eu"},
        {"address": "a" * 250 + "@example.eu"},
        {"person": "not an address", "whom": "agent"},
        {"right": "nonsense"},
        {"whom": "king"},
        {"note": "x" * 4001},
    ],
)
def test_what_cannot_be_taken_is_told_beside_its_field(site: Site, given: dict[str, str]) -> None:
    answer = site.visitor().post("/ask/", {**FORM, **given})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert Request.objects.count() == 0


@pytest.mark.parametrize("whom", ["agent", "guardian"])
def test_somebody_who_asks_for_another_names_them(site: Site, whom: str) -> None:
    row = asked(site, address="agent@help.example", whom=whom, person=ANNA)
    case = case_of_worker(row.ref)
    assert case.address == "agent@help.example"
    assert case.said == {whom: {"address": "agent@help.example"}, "person": {"email": ANNA}}


def test_one_address_and_one_network_ask_only_so_often(site: Site) -> None:
    with override_settings(KEPT=unlimited()):
        codes = [site.visitor().post("/ask/", FORM, REMOTE_ADDR=f"10.9.{n}.1").status_code for n in range(MOST_FOR_ADDRESS + 1)]
        assert codes == [302] * MOST_FOR_ADDRESS + [429]
        sent = [{**FORM, "address": f"a{number}@example.eu"} for number in range(MOST_FROM_NETWORK + 1)]
        codes = [site.visitor().post("/ask/", one, REMOTE_ADDR="10.8.8.8").status_code for one in sent]
        assert codes == [302] * MOST_FROM_NETWORK + [429]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM kept_cache")
        assert ANNA not in str(cursor.fetchall())


def test_opening_the_link_changes_nothing_and_the_button_does(any_site: Site) -> None:
    row = asked(any_site)
    path = f"/ask/confirm/{linked(row.ref)}/"
    for _ in range(3):  # programs that look through letters
        page = any_site.visitor().get(path)
        assert "go on with it" in words(page)
        any_site.visitor().head(path)
    assert Request.objects.get(pk=row.pk).verified == ""
    assert page["Cache-Control"] == "private, no-store"
    assert "noindex" in page["X-Robots-Tag"]
    assert ANNA not in words(page)
    assert row.ref not in words(page)
    done = any_site.visitor().post(path)
    assert (done.status_code, "We go on with your request" in words(done)) == (200, True)
    assert Request.objects.get(pk=row.pk).verified == "link"
    assert "We go on with your request" in words(any_site.visitor().get(path))


def test_the_button_only_counts_on_our_own_page(site: Site) -> None:
    row = asked(site)
    strict = type(site.visitor())(enforce_csrf_checks=True, SERVER_NAME="localhost")
    assert strict.post(f"/ask/confirm/{linked(row.ref)}/").status_code == 403
    assert Request.objects.get(pk=row.pk).verified == ""


def test_a_link_that_is_over_or_none_says_nothing_of_anybody(site: Site) -> None:
    row = asked(site)
    secret = linked(row.ref)
    Challenge.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
    assert "works no longer" in words(site.visitor().post(f"/ask/confirm/{secret}/"))
    assert Request.objects.get(pk=row.pk).verified == ""
    for path in ("confirm", "points", "follow"):
        answers = [site.visitor().get(f"/ask/{path}/{one}/") for one in (secret[:-2], "x", "%00", "\u0430" * 43)]
        answers += [site.visitor().get(f"/ask/{path}/{row.ref}/")]
        assert {answer.status_code for answer in answers} == {404}


def test_questions_are_taken_and_never_shown_again(site: Site) -> None:
    row = asked(site)
    secret = linked(row.ref, way="points", asked=("app.accounts.full_name", "app.accounts.organisation"))
    path = f"/ask/points/{secret}/"
    page = words(site.visitor().get(path))
    assert page.count('name="point-') == 2
    assert "full_name" not in page
    answer = site.visitor().post(path, {"point-0": "Anna Muster", "point-1": "", "point-7": "x"})
    assert "write to you" in words(answer)
    assert "Anna Muster" not in words(answer) + words(site.visitor().get(path)) + str(Challenge.objects.values())
    found = Challenge.objects.get(way="points")
    for turn in range(MOST_TRIES):
        judge_points(
            ref=row.ref, challenge=found.pk, right=False, subject="", at=datetime.now(UTC), actor="test", post=lambda _: None
        )
        shown = words(site.visitor().get(path))
        assert ("not enough" in shown) is (turn < MOST_TRIES - 1)
    assert "closed" in shown
    assert "point-0" not in shown


def test_whoever_holds_the_own_link_sees_how_it_stands(any_site: Site) -> None:
    row = asked(any_site, right="erasure")
    secret = followed(row.ref)
    path = f"/ask/follow/{secret}/"
    page = words(any_site.visitor().get(path))
    assert row.ref in page
    assert ANNA not in page
    assert "certificate/" not in page
    now = datetime.now(UTC)
    keep_letter(request=row.ref, incoming=False, message_id="x", kind="answer", content=b"text of it", at=now, actor="test")
    key = case_of_worker(row.ref).key
    Request.objects.filter(pk=row.pk).update(
        state="answered", closed_at=now, verified="link", outcome=key.seal("It is all gone.", "outcome")
    )
    Certificate.objects.create(request=row, text="signed certificate", made_at=now)
    page = words(any_site.visitor().get(path))
    assert "It is all gone." in page
    assert "Our answer" in page
    assert "text of it" not in page
    kept = any_site.visitor().get(f"{path}certificate/")
    assert (kept.status_code, kept.content) == (200, b"signed certificate")
    assert kept["Cache-Control"] == "private, no-store"


def test_before_it_is_confirmed_the_own_link_shows_no_certificate(site: Site) -> None:
    row = asked(site, right="erasure")
    secret = followed(row.ref)
    Certificate.objects.create(request=row, text="signed certificate", made_at=datetime.now(UTC))
    assert site.visitor().get(f"/ask/follow/{secret}/certificate/").status_code == 404


def test_what_somebody_writes_comes_back_as_words_and_not_as_a_script(site: Site) -> None:
    script = "<script>alert(1)</script>"
    answer = site.visitor().post("/ask/?right=" + script, {**FORM, "note": script, "address": script, "right": script})
    assert script not in answer.content.decode()
    assert site.visitor().get("/ask/?right=erasure").content.decode().count('value="erasure" selected') == 1


def test_the_pages_are_small(site: Site) -> None:
    assert max(len(site.visitor().get(path).content) for path in ("/ask/", "/ask/received/")) < 20_000
