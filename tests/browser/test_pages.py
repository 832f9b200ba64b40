"""Every page in a real browser: both themes, on a desk and on a phone, for everybody who can reach it.

The pages are found by walking: from each part's first page along its links, one page of each kind. KEPT_PICTURES=1 keeps a picture
of each under docs/pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.town import PERSON, Town
from tests.company import ROOT

PICTURES = ROOT / "docs" / "pictures"
WIDTHS = {"desk": 1280, "phone": 390}
THEMES = ("light", "dark")
KEPT = {("desk", "light"), ("phone", "dark")}
"""Of which looks a picture is kept."""
HEAVIEST = 100 * 1024
AXE = Axe()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "link-in-text-block"]}}
"""What can differ in the other theme at the same width; everything else is looked at once a width."""
LEAVES = ("account_logout", "public:ledger", "public:jsonld", "public:feed")
"""Addresses that are no pages."""
STARTS = {
    "nobody": ["/", "/account/login/", "/account/signup/"],
    "person": ["/me/", "/account/2fa/", "/account/email/"],
    "owner": ["/console/", "/api/", f"/console/people/of/{PERSON}/"],
    "auditor": ["/console/"],
}


@dataclass
class Walk:
    """What was seen on a walk through the pages."""

    seen: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


LOOKED: set[str] = set()
"""Kinds of pages that were looked at in every way; for whom else they are shown, they are only opened."""


@pytest.mark.parametrize("whose", STARTS)
def test_every_page(town: Town, browser: Browser, whose: str) -> None:
    account = None if whose == "nobody" else town.account(subject=PERSON) if whose == "person" else town.account(whose)
    context = town.entered(browser, account, factor=whose in ("owner", "auditor"), viewport={"width": 1280, "height": 900})
    try:
        walk = _walk(context, whose, STARTS[whose], town.asked[whose])
    finally:
        context.close()
    assert not walk.wrong, "\n".join(walk.wrong)
    assert len(walk.seen) >= len(STARTS[whose])
    assert set(town.asked[whose]) <= set(walk.seen.values()), "every request was looked at"


def _walk(context: BrowserContext, whose: str, starts: list[str], named: Mapping[str, str]) -> Walk:
    walk = Walk()
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console",
        lambda message: said.append(f"{message.text} {message.location}") if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    waiting = [*named, *starts]
    while waiting:
        path = waiting.pop(0)
        kind = _kind(path, named)
        if not kind or kind in walk.seen:
            continue
        walk.seen[kind] = path
        said.clear()
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status >= 400:
            walk.wrong.append(f"{path}: {answer.status}")
            continue
        if (ended := urlsplit(page.url).path) != urlsplit(path).path:
            if _kind(ended, named) not in walk.seen:
                waiting.append(ended)
            continue
        if (weight := len(answer.body())) > HEAVIEST:
            walk.wrong.append(f"{path}: {weight} bytes")
        walk.wrong += [f"{path} {what}" for what in _look(page, kind)]
        walk.wrong += [f"{path} the browser says: {text}" for text in said]
        waiting += _links(page)
    return walk


def _kind(path: str, named: Mapping[str, str]) -> str:
    """Return which page an address leads to, with the word that it has, empty for none: walks see one of each."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return ""
    if match.view_name.startswith(LEAVES):
        return ""
    return f"{match.view_name}-{named[path]}" if path in named else match.view_name


def _links(page: Page) -> list[str]:
    """Return the addresses on this site that the page leads to; links drawn in a picture included."""
    found = page.eval_on_selector_all(
        "a[href]:not([download])", "links => links.map(a => new URL(a.getAttribute('href'), document.baseURI).href)"
    )
    here = "/".join(page.url.split("/", 3)[:3])
    return [urldefrag(link).url[len(here) :] or "/" for link in found if link.startswith(here + "/") and "/static/" not in link]


def _look(page: Page, kind: str) -> Iterator[str]:
    """Yield what is wrong with the page that is shown."""
    if page.locator("h1").count() != 1:
        yield f"has {page.locator('h1').count()} first headings"
    known = kind in LOOKED
    LOOKED.add(kind)
    if not known:
        yield from _tabbed(page)
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            yield f"is {wide} px too wide for a {width_name}"
        for theme in () if known else THEMES:
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            whole = (width_name, theme) in KEPT
            for one in _violations(page, RULES if whole else COLOURS):
                places = "; ".join(str(node["target"]) for node in one["nodes"][:3])
                yield f"{width_name} {theme}: {one['id']} ({one['help']}) at {places}"
            if whole and os.environ.get("KEPT_PICTURES") == "1":
                _keep(page, f"{kind.replace(':', '-').replace('_', '-')}-{width_name}-{theme}.jpg")
    page.set_viewport_size({"width": 1280, "height": 900})


def _violations(page: Page, rules: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return what axe finds wrong; the page is told once what axe is, and tells nothing of what is right."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.axe_script)
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, rules).then(results => results.violations)", {**rules, "resultTypes": ["violations"]}
    )
    return found


CAN_BE_REACHED = (
    "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, [tabindex='0']"
)
WHERE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return ["", true];
  const style = getComputedStyle(at);
  const place = [...document.querySelectorAll("*")].indexOf(at);
  return [`${place} ${at.tagName} ${at.textContent.trim().slice(0, 20)}`, style.outlineStyle !== "none" || at.type === "radio"];
}"""


def _tabbed(page: Page) -> Iterator[str]:
    """Yield what is wrong for whoever has a keyboard alone: what cannot be reached, and a focus that does not show."""
    page.set_viewport_size({"width": 1280, "height": 900})
    there = page.locator(CAN_BE_REACHED).filter(visible=True)
    radios = page.locator("input[type=radio]").filter(visible=True).count()  # a group of them is one stop
    wanted = there.count() - radios
    reached: set[str] = set()
    for _ in range(wanted + radios + 10):
        page.keyboard.press("Tab")
        name, shows = page.evaluate(WHERE)
        if name and not shows:
            yield f"the focus does not show on {name}"
        if name and name in reached:
            break
        reached.add(name)
    page.evaluate("document.activeElement.blur()")  # the link that skips to the content shows only while it has the focus
    if len(reached - {""}) < wanted:
        yield f"the keyboard reaches {len(reached - {''})} of {wanted} controls"


def _keep(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=str(Path(PICTURES) / name), type="jpeg", quality=70)
