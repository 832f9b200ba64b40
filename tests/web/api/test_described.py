"""The description, the page made of it, and the how-to: what they show is so."""

from __future__ import annotations

import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from jsonschema import Draft202012Validator

from tests.pages import ROOT
from tests.web.api.programs import Program, program
from tests.web.site import Site

HOW_TO = (ROOT / "docs" / "how-to" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```", HOW_TO, re.MULTILINE | re.DOTALL)


class Threaded(socketserver.ThreadingMixIn, WSGIServer):
    """A server of some threads; each closes what it opened."""

    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        super().process_request_thread(request, client_address)
        connections.close_all()


class Silent(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(site: Site) -> Iterator[str]:
    """The address at which the site is served."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Threaded, handler_class=Silent)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(kind: str, text: str, environment: dict[str, str], folder: Path) -> str:
    """Return what a block of the how-to writes."""
    command = ["bash", "-euo", "pipefail", "-c", text] if kind == "bash" else [sys.executable, "-c", text]
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, (text, done.stderr)
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples call curl")
def test_what_the_how_to_shows_works(site: Site, served: str, tmp_path: Path) -> None:
    secret = program(site, role="owner").secret
    environment = {"KEPT": served, "KEY": secret}
    blocks = [(kind, text) for kind, text in BLOCKS if not text.startswith("export ")]
    written = [run(kind, text, environment, tmp_path) for kind, text in blocks]
    marks, me, listed, requested, problem, found = written
    assert json.loads(marks) == {"items": [], "next": None}
    assert json.loads(me)["role"] == "owner"
    assert listed.split()[0] == secret.split("_")[1]
    assert json.loads(requested)["right"] == "access"
    assert problem.startswith("401 no-key Send Authorization")
    assert json.loads(found)["totalResults"] == 0
    again = next(text for _, text in blocks if "Idempotency-Key" in text)
    assert run("bash", again, environment, tmp_path) == requested


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Program().get("/openapi.json").content)
    return found


def test_the_description_is_whole(site: Site) -> None:
    found = document()
    assert (found["openapi"], found["servers"][0]["url"]) == ("3.1.0", "http://localhost")
    assert found["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    names = [one["operationId"] for methods in found["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name) for name in names)
    for address, methods in found["paths"].items():
        for method, one in methods.items():
            assert all((one["description"], one["summary"], one["tags"])), address
            assert all(parameter["description"] for parameter in one.get("parameters", ())), address
            assert {"400", "401", "404", "405", "406", "409", "413", "415", "422", "429", "500", "503"} <= set(one["responses"])
            assert ("304" in one["responses"]) == (method == "get")
    assert len(json.dumps(found)) < 250_000


def test_every_shape_says_what_each_of_its_values_is(site: Site) -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert schema.get("description") or schema.get("enum"), name
        for field, value in schema.get("properties", {}).items():
            assert value.get("description"), f"{name}.{field}"


def test_examples_are_valid(site: Site) -> None:
    found = document()
    for name, schema in found["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            for example in value.get("examples", ()):
                check = Draft202012Validator({**value, "components": found["components"]})
                assert not list(check.iter_errors(example)), f"{name}.{field}"
    for methods in found["paths"].values():
        for one in methods.values():
            for parameter in one.get("parameters", ()):
                if "example" in parameter:
                    assert not list(Draft202012Validator(parameter["schema"]).iter_errors(parameter["example"])), parameter


def test_the_page_lists_every_operation_and_loads_nothing_foreign(site: Site) -> None:
    answer = site.visitor().get("/api/")
    page = answer.content.decode()
    assert (answer.status_code, len(page) < 100_000) == (200, True)
    for address, methods in document()["paths"].items():
        for method, one in methods.items():
            assert f"<b>{method.upper()}</b> {address}<" in page
            assert f'id="{one["operationId"]}"' in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert site.visitor().post("/api/").status_code in (403, 405)


def test_every_problem_leads_to_its_paragraph(site: Site) -> None:
    page = site.visitor().get("/api/").content.decode()
    asker = program(site, role="owner")
    for answer in (asker.get("/nothing"), asker.post("/held"), asker.post("/requests", {}), Program().get("/me")):
        anchor = json.loads(answer.content)["type"].partition("#")[2]
        assert f'id="{anchor}"' in page
