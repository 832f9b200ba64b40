"""What people do by hand: with the keyboard alone, without scripts, in as few steps out as in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.town import Town

PATIENCE = 30_000


@pytest.fixture
def person(town: Town, browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A person who is signed in; with scripts, unless a test says otherwise."""
    scripts = getattr(request, "param", True)
    context = town.entered(browser, town.account(subject="account:9"), java_script_enabled=scripts)
    yield context
    context.close()


def _state(page: Page) -> list[bool]:
    """Return which optional purposes are on, as the page says."""
    found: list[bool] = page.locator(".choices .switch").evaluate_all("nodes => nodes.map(node => node.classList.contains('on'))")
    return found


@pytest.mark.parametrize("person", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_leaving_takes_as_many_steps_as_entering(person: BrowserContext) -> None:
    page = person.new_page()
    page.goto("/me/choices/")
    steps = []
    before = _state(page)
    assert before, "there is something to choose"
    for _ in range(2):
        form = page.locator(".choices form").first
        fields = form.locator("input:not([type=hidden]), select, textarea").count()
        with page.expect_navigation():
            form.locator("button[type=submit]").click()
        steps.append((1, fields))
        after = _state(page)
        assert after[0] != before[0]
        assert after[1:] == before[1:], "each by itself"
        before = after
    assert steps[0] == steps[1] == (1, 0), "one click and no field, in and out"


def test_the_keyboard_alone_reaches_and_works_everything(person: BrowserContext) -> None:
    page = person.new_page()
    page.goto("/me/choices/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash") in ("main", "#main")
    page.goto("/me/choices/")
    everything = page.locator("a[href]:visible, button:visible, input:not([type=hidden]):visible, select:visible").count()
    reached = set()
    for _ in range(everything + 5):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const at = document.activeElement; const style = getComputedStyle(at);
                const place = at === document.body ? -1 : [...document.querySelectorAll('*')].indexOf(at);
                return [place, at.matches(':focus-visible'), style.outlineStyle]; }"""
        )
        if seen[0] >= 0:
            assert seen[1], "what has the focus shows it"
            assert seen[2] != "none", "what has the focus shows it"
            reached.add(seen[0])
    assert len(reached) >= everything
    before = _state(page)
    button = page.locator(".choices form button[type=submit]").first
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert _state(page)[0] != before[0]


@pytest.mark.parametrize("person", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_a_theme_and_a_language_are_kept(person: BrowserContext) -> None:
    page = person.new_page()
    page.goto("/me/")
    page.locator("#foot-theme").select_option("dark")
    page.locator("#foot-language").select_option("hi")
    with page.expect_navigation():
        page.locator(".looks button").click()
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark", timeout=PATIENCE)
    expect(root).to_have_attribute("lang", "hi")
    page.locator("#foot-language").select_option("en")
    page.locator(".looks button").click()
    expect(root).to_have_attribute("lang", "en", timeout=PATIENCE)


def test_what_is_held_is_counted_while_the_page_is_open(person: BrowserContext) -> None:
    page = person.new_page()
    page.goto("/me/held/")
    page.locator("main form button").first.click()
    expect(page.locator(".places-held .tag.strong").first).to_be_attached(timeout=PATIENCE)
