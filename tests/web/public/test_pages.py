"""The policy as people read it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from kept.base.verdicts import Mark
from kept.web.shared.policy import current_policy
from tests.web.site import Site

from .acts import check, published

FOUND = (("1.1", "documented", Mark.BROKEN), ("1.1", "categories", Mark.KEPT), ("1.3", "source", Mark.KEPT))
TOMORROW = f"{datetime.now(UTC).date() + timedelta(days=1)}"


def rewrite(site: Site, *changes: tuple[str, str]) -> None:
    """Change the site's policy.md as an author does."""
    path = site.folder / "policy.md"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


REWORDED = (
    ('id: "1.2"\nversion: 2\neffective: 2026-09-01', f'id: "1.2"\nversion: 3\neffective: {TOMORROW}'),
    ("We do not keep your full network address.", "We keep <script>alert(1)</script> no full network address."),
    ('version: "3.1"', 'version: "3.2"'),
)


def words(site: Site, path: str) -> str:
    answer = site.visitor().get(path)
    assert answer.status_code == 200, answer.content[:500]
    return re.sub(r"\s+", " ", answer.content.decode())


def clause(page: str, id: str) -> str:
    return page.split(f'id="c-{id}"', 1)[1].split("</section>", 1)[0]


def test_a_policy_that_was_never_published(site: Site) -> None:
    assert "No text of the policy was published here yet." in words(site, "/")
    assert "No text of the policy was published here yet." in words(site, "/policy/editions/")
    for path in ("/status.json", "/policy.jsonld", "/policy/editions/1/", "/policy/compare/1/2/"):
        assert site.visitor().get(path).status_code == 404


def test_every_clause_stands_there_with_its_mark(site: Site) -> None:
    published()
    page = words(site, "/")
    assert "not checked yet" in clause(page, "1.1")
    check(*FOUND, at=datetime(2026, 3, 1, tzinfo=UTC))
    check(*FOUND)
    page = words(site, "/")
    assert all(one in clause(page, "1.1") for one in ('mark broken"', "since <time", "1 Mar 2026", "documented", "categories"))
    assert 'mark kept"' in clause(page, "1.3")
    assert 'mark unknown"' in clause(page, "1.2")  # bound to a promise that the last check did not look at
    assert "not checked by a program" in clause(page, "2.1")
    assert 'aria-label="Clauses kept: 1, broken: 1, unknown: 14, not checked by a program: 22"' in page
    assert page.count("<h1") == 1
    assert "style=" not in page


def test_numbers_and_names_are_shown_only_where_the_company_wants_that(site: Site) -> None:
    published()
    check(*FOUND)
    assert "app.t0" not in words(site, "/")
    assert "4711" not in words(site, "/status.json") + words(site, "/policy.jsonld") + words(site, "/status.atom")
    with override_settings(KEPT=dataclasses.replace(settings.KEPT, web=dataclasses.replace(settings.KEPT.web, counts=True))):
        assert "4711 rows of app.t0" in words(site, "/")


def test_signed_in_and_signed_out_see_the_same(site: Site) -> None:
    published()
    check(*FOUND)
    main = [
        re.sub(r"\s+", " ", client.get("/").content.decode().split("<main", 1)[1].split("</main>", 1)[0])
        for client in (site.visitor(), site.person(), site.staff("owner"))
    ]
    assert main[0] == main[1] == main[2]


def test_a_text_to_come_is_announced_and_compared(site: Site) -> None:
    published()
    rewrite(site, *REWORDED)
    published()
    page = words(site, "/")
    assert "Version 3.1, in force since" in page
    assert 'href="/policy/compare/1/2/">Version 3.2 takes effect on' in page
    listed = words(site, "/policy/editions/")
    assert listed.index("to come") < listed.index("in force")
    compared = words(site, "/policy/compare/1/2/")
    assert "One change alters what is promised." in compared
    assert "changes what is promised" in clause(compared, "1.2")
    assert "&lt;script&gt;" in clause(compared, "1.2")
    assert "<script>alert" not in compared + words(site, "/policy/editions/2/")
    assert site.visitor().get("/policy/compare/2/1/")["Location"] == "/policy/compare/1/2/"
    assert "No clause changed." in words(site, "/policy/compare/2/2/")


def test_what_was_never_published_is_not_there(any_site: Site) -> None:
    published()
    visitor = any_site.visitor()
    for path in ("editions/0/", "editions/99999999999999999999/", "compare/1/7/", "compare/0/1/", "editions/x/"):
        assert visitor.get(f"/policy/{path}").status_code == 404


def test_processors_are_listed_with_those_to_come(site: Site) -> None:
    page = words(site, "/sub-processors/")
    assert all(one in page for one in ("Fernhollow Cloud GmbH", "Standard contractual clauses", "Answering you"))
    assert "from <time" in page.split("Quietbell Oy")[1]
    (site.folder / "processors.yaml").unlink()
    assert "Nobody outside the company is named here." in words(site, "/sub-processors/")


def test_a_folder_that_is_being_edited_leaves_the_published_policy_readable(site: Site) -> None:
    published()
    check(*FOUND)
    rewrite(site, ('id: "1.2"', 'id: "1.1"'))
    assert 'mark broken"' in clause(words(site, "/"), "1.1")
    assert site.visitor().get("/sub-processors/").status_code == 503
    assert site.visitor().get("/policy.jsonld").status_code == 503


def test_the_policy_is_read_again_when_a_file_changed(site: Site) -> None:
    before = current_policy()
    assert current_policy() is before
    rewrite(site, ('version: "3.1"', 'version: "3.2"'))
    assert (before.version, current_policy().version) == ("3.1", "3.2")


def test_a_browser_keeps_a_page_until_something_changed(site: Site) -> None:
    published()
    visitor = site.visitor()
    visitor.get("/")  # the form in the frame gives it a cookie
    first = visitor.get("/")
    asked = {"if-none-match": first["ETag"]}
    assert visitor.get("/", headers=asked).status_code == 304
    assert "private" in first["Cache-Control"]  # the form's secret is one browser's
    assert visitor.get("/", headers={**asked, "accept-language": "hi"}).status_code == 200
    assert site.person().get("/", headers=asked).status_code == 200
    check(*FOUND)
    assert visitor.get("/", headers=asked).status_code == 200


def test_pages_are_small_and_ask_little(site: Site) -> None:
    published()
    rewrite(site, *REWORDED)
    published()
    check(*((f"{one % 9}.1", "retention", Mark.BROKEN) for one in range(2000)))
    for path in ("/", "/policy/editions/", "/policy/compare/1/2/", "/sub-processors/", "/proof/", "/status.json"):
        with CaptureQueriesContext(connection) as queries:
            answer = site.visitor().get(path)
        assert len(queries) <= 12
        assert len(answer.content) < 100_000


def test_nothing_is_changed_here(site: Site) -> None:
    published()
    visitor = site.visitor()
    for path in ("/", "/policy/editions/", "/proof/", "/ledger/checkpoint", "/status.json", "/robots.txt"):
        assert visitor.post(path).status_code == 405


def test_the_day_decides(any_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    published()
    rewrite(any_site, *REWORDED)
    published()
    later: Callable[[], date] = lambda: datetime.now(UTC).date() + timedelta(days=1)  # noqa: E731 - one line
    monkeypatch.setattr("kept.web.public.views._today", later)
    assert "Version 3.2, in force since" in words(any_site, "/")
