"""A real browser: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

__all__ = ["chromium"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser; skips the test where there is none, or fails it with KEPT_REQUIRE_SERVICES=1."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        said = "no Chromium: install the package chromium"
        if os.environ.get("KEPT_REQUIRE_SERVICES") == "1":
            pytest.fail(said)
        pytest.skip(said)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # Playwright's loop, which Django sees in this thread, never runs while Django does
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
