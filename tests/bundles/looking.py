"""Run as a program: look at an unpacked bundle with a real browser, and print what is wrong with it as JSON.

A process of its own, because Playwright takes one browser a thread, and the tests of the pages share theirs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.browser.browser import chromium

WIDTHS = (1280, 360)
SCRIPT = """() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'run'";
    document.head.append(script);
    return document.title;
}"""


def look(page: Page, asked: list[str], folder: Path, width: int) -> list[str]:
    """Return what is wrong with the page that is open."""
    wrong = [f"asked for {url}" for url in asked if not url.startswith(folder.as_uri())]
    if page.title() == "run":
        wrong.append("a script ran")
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wrong.append("wider than the window")
    wrong += [f"{found['id']}: {found['nodes'][0]['html'][:120]}" for found in Axe().run(page).response["violations"]]
    return wrong


def main() -> None:
    """Look at every page given, in both themes and on a wide and a narrow window."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    found: dict[str, list[str]] = {}
    labels = ""
    asked: list[str] = []

    def watch(request: Request) -> None:
        asked.append(request.url)

    with chromium() as browser:
        for theme in ("light", "dark"):
            for width in WIDTHS:
                # the bundle's own policy would keep axe out; that it keeps scripts out is looked at without axe, below
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True)
                page = context.new_page()
                asked.clear()
                page.on("request", watch)
                for name in names:
                    page.goto((folder / name).as_uri())
                    found[f"{name} {theme} {width}"] = look(page, asked, folder, width)
                context.close()
        page = browser.new_page(viewport={"width": 360, "height": 900})
        page.goto((folder / names[0]).as_uri())
        labels = page.evaluate("getComputedStyle(document.querySelector('#t1 td:nth-child(2)'), '::before').content")
        found["policy"] = ["it lets scripts run"] if page.evaluate(SCRIPT) == "run" else []
    print(json.dumps({"wrong": {name: wrong for name, wrong in found.items() if wrong}, "looked": len(found), "label": labels}))


if __name__ == "__main__":
    main()
