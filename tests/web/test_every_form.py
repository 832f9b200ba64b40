"""Every form on every page, filled with what no form expects: nothing breaks, and nothing comes back as a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.web.site import Site

SCRIPT = "<script>alert(1)</script>"
JUNK = (
    "",
    SCRIPT,
    "\"'><img src=x onerror=alert(1)>",
    "x" * 20_000,
    "\x00",
    "\U0001f600 \u202e \u0627\u0644 हिन्दी \ufeff",
    "-1",
    "1e999",
    "[]",
    "{{ 7*7 }} {% debug %}",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "2026-13-45",
)
LEAVE = ("account_logout",)
"""Forms that would end the walk."""


@dataclass
class Form:
    """A form: where it leads, and its fields with what stands in them; hidden ones apart."""

    action: str
    fields: set[str] = field(default_factory=set)
    hidden: dict[str, str] = field(default_factory=dict)


class Reader(HTMLParser):
    """Reads a page's links and its forms that change something."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if "href" in words and "download" not in words:
                self.links.append(words["href"])
            case "form" if words.get("method", "").lower() == "post":
                self._form = Form(action=words.get("action", ""))
                self.forms.append(self._form)
            case "input" | "select" | "textarea" | "button" if self._form and words.get("name"):
                if words.get("type") == "hidden":
                    self._form.hidden[words["name"]] = words.get("value", "")
                else:
                    self._form.fields.add(words["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def pages(client: Client, starts: list[str]) -> list[tuple[str, Reader]]:
    """Return one page of each kind that can be reached, with what is on it."""
    seen: set[str] = set()
    found, waiting = [], list(starts)
    while waiting:
        path = waiting.pop(0)
        try:
            kind = resolve(path.split("?")[0]).view_name
        except Resolver404:
            continue
        if kind in seen or kind in LEAVE:
            continue
        seen.add(kind)
        answer = client.get(path)
        if answer.status_code == 302:
            waiting.append(answer["Location"])
        if answer.status_code != 200 or answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        reader = Reader()
        reader.feed(answer.content.decode())
        found.append((path, reader))
        waiting += [
            urldefrag(urljoin(path, link)).url for link in reader.links if "://" not in link and not link.startswith("mailto")
        ]
    return found


@pytest.mark.parametrize(
    ("whose", "starts", "least"),
    [
        ("", ["/account/login/", "/account/signup/", "/account/password/reset/", "/ask/"], 4),
        ("person", ["/me/", "/account/email/", "/account/2fa/"], 12),
        ("owner", ["/console/", "/console/people/of/account:42/", "/console/clause/5.2/"], 6),
    ],
)
def test_every_form_takes_junk_calmly(site: Site, whose: str, starts: list[str], least: int) -> None:
    client = site.visitor() if not whose else site.person() if whose == "person" else site.staff(whose)
    client.raise_request_exception = False
    forms = {
        (urljoin(path, form.action) or path, tuple(sorted(form.fields))): form
        for path, page in pages(client, starts)
        for form in page.forms
    }
    forms = {key: form for key, form in forms.items() if resolve(key[0].split("?")[0]).view_name not in LEAVE}
    assert len(forms) >= least, sorted(forms)
    wrong = []
    for at, ((action, names), form) in enumerate(sorted(forms.items())):
        for number, junk in enumerate(JUNK):
            client.defaults["REMOTE_ADDR"] = f"10.{at % 250}.{number}.9"  # limits count by address
            for hidden in (form.hidden, dict.fromkeys(form.hidden, junk)):
                answer = client.post(action, {**dict.fromkeys(names, junk), **hidden})
                if answer.status_code >= 500:
                    wrong.append(f"{action} {sorted(names)} {junk[:30]!r}: {answer.status_code}")
                if SCRIPT.encode() in answer.content or b"<img src=x" in answer.content:
                    wrong.append(f"{action} {sorted(names)}: the script came back")
    for path, _ in pages(client, starts):
        again = client.get(path)
        if not again.streaming and (SCRIPT.encode() in again.content or b"<img src=x" in again.content):
            wrong.append(f"{path}: a script that was sent stands on the page")
    assert not wrong, "\n".join(wrong)
