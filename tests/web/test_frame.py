"""What is the same on every page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from tests.web.site import Site


def test_a_page_is_answered_with_what_browsers_must_be_told(site: Site) -> None:
    answer = site.visitor().get("/")
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "<script>" not in answer.content.decode()


def test_what_is_not_there_says_so(site: Site) -> None:
    answer = site.visitor().get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


@pytest.mark.parametrize("path", ["/me/", "/console/"])
def test_who_is_not_signed_in_is_led_to_the_door(site: Site, path: str) -> None:
    answer = site.visitor().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={path.replace('/', '%2F')}"


def test_an_address_that_asks_too_often_waits(site: Site) -> None:
    visitor = site.visitor()
    few = replace(settings.KEPT, web=replace(settings.KEPT.web, limit=3))
    with override_settings(KEPT=few):
        answers = [visitor.get("/").status_code for _ in range(4)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}
