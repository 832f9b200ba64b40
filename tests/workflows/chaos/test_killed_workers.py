"""Requests of every right, worked on by processes that are killed at random: each ends once, and nothing is lost or done twice.

A killed worker's lease runs out by the workers' own clock, which is fast; one that lives and is slow loses its lease too, and
writes nothing after that. KEPT_CHAOS says how many requests there are of each right (1 where nothing is said).
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from django.db import connections

from kept.db import configure
from kept.db.actions.answering import confirm_request, write_answer
from kept.db.actions.requests import Coming, Particulars, receive_request
from kept.db.actions.verifying import pass_link
from kept.db.models import Certificate, LedgerEntry, Letter, Outbox, Request, RequestStep, Restraint, Sweep
from kept.db.request_key import opened_key, subject_digest
from kept.rights.registry import rights
from tests.company import STORES, Company, found, on_sqlite
from tests.engines import engine_of
from tests.lending import empty_database
from tests.workflows.asking import STAFF, Town, requests_as
from tests.workflows.chaos.worker import hastened

EACH = int(os.environ.get("KEPT_CHAOS", "1"))
WORKERS, SPEED, SECONDS = 3, 6.0, 600.0
BY_SWEEP = {"erase": "erasure.proved", "certify": "erasure.certified"}
"""What the ledger says of stages that are done for several people at once."""
UNASKED = ("erasure", "processors", 0)
"""Where no processor is to be asked, an erasure goes from its proof to its certificate, and the ledger has no word between."""
CONFIRM = re.compile(r"/ask/confirm/([\w\-]{43})/")
CODES = tuple(sorted(rights()))
WANTED: Mapping[str, Mapping[str, Any]] = {"objection": {"purposes": ["telemetry"]}, "withdrawal": {"purposes": ["communications"]}}
SAID: Mapping[str, Mapping[str, Any]] = {
    "nomination": {"nominee": {"name": "Nora Next", "address": "nora@example.org"}},
    "rectification": {"changes": [{"column": "app.accounts.job_title", "value": "Beekeeper"}]},
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def company(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The example company, its stores and Kept's own database on SQLite, or all on PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            made = on_sqlite(tmp_path, pages=True)
        else:
            server: sa.URL = request.getfixturevalue("postgres_service")
            urls = [stack.enter_context(empty_database(server)).render_as_string(hide_password=False) for _ in (*STORES, "")]
            made = found(
                Company(folder=tmp_path, urls=dict(zip(STORES, urls, strict=False)), planted={}, state=urls[-1]), "--people", "300"
            )
            monkeypatch.setenv("KEPT_DATABASE_URL", made.state)
        for store, url in made.urls.items():
            monkeypatch.setenv(f"AURIGEN_{store.upper()}_URL", url)
        configure(made.privacy, whole=True)
        with requests_as(made):
            yield made
        connections.close_all()


class Chaos:
    """Workers that come and go, and the people and staff that requests wait for."""

    def __init__(self, company: Company) -> None:
        self.company, self.chance = company, random.Random(7)
        self.began, self.workers, self.killed = time.time(), list[int](), 0
        self.log = (company.folder / "workers.log").open("ab")
        command = [sys.executable, "-m", "tests.workflows.chaos.worker", str(company.privacy), str(self.began), str(SPEED)]
        pipe = subprocess.PIPE
        self.nursery = subprocess.Popen(command, env=company.environment, stdin=pipe, stdout=pipe, stderr=self.log, text=True)

    def start(self) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write("another\n")
        self.nursery.stdin.flush()
        self.workers.append(int(self.nursery.stdout.readline()))

    def kill(self) -> None:
        """End one worker without a word, wherever it is."""
        os.kill(self.workers.pop(self.chance.randrange(len(self.workers))), signal.SIGKILL)  # fails where it ended by itself
        self.killed += 1

    def answer(self) -> None:
        """Be the person who opens a link, and the staff who confirm and write."""
        now = hastened(self.began, SPEED)
        for one in Request.objects.filter(stage="verify", verified="", waits_on="person"):
            key = opened_key(one.key)
            for letter in Letter.objects.filter(request=one, kind="question"):
                if link := CONFIRM.search(key.open_bytes(bytes(letter.sealed), "letter").decode().replace("=\r\n", "")):
                    pass_link(secret=link[1], at=now)
        for one in Request.objects.filter(waits_on="staff"):
            if one.stage == "confirm":
                confirm_request(ref=one.ref, at=now, by=STAFF)
            elif one.stage == "write":
                write_answer(ref=one.ref, answer="We looked into it, and this is what we found.", at=now, by=STAFF)

    def run(self) -> None:
        """Kill workers until everything has ended; the last ones are let live, so that an end is sure to come."""
        end = time.monotonic() + SECONDS
        while (
            Request.objects.filter(closed_at__isnull=True).exists() or Letter.objects.filter(sent_at=None, incoming=False).exists()
        ):
            assert time.monotonic() < end, self.where()
            while len(self.workers) < WORKERS:
                self.start()
            self.answer()
            time.sleep(self.chance.uniform(0.2, 1.5))
            if self.killed < 20 * EACH:
                self.kill()

    def where(self) -> str:
        """Say what is left, for whoever looks why."""
        left = Request.objects.filter(closed_at__isnull=True).values_list("right", "stage", "waits_on", "waits_for", "attempts")
        errors = RequestStep.objects.exclude(error="").values_list("name", "error")
        log = (self.company.folder / "workers.log").read_text()[-3000:]
        return f"{self.killed} killed; left: {list(left)}; errors: {list(errors)}; {log}"

    def close(self) -> None:
        """End every worker."""
        while self.workers:
            self.kill()
        self.nursery.kill()
        self.nursery.communicate()
        self.log.close()


@pytest.fixture
def chaos(company: Company) -> Iterator[Chaos]:
    made = Chaos(company)
    yield made
    made.close()


def asked(company: Company) -> dict[str, tuple[str, int]]:
    """Let people who are known ask, each for something else; return each request's right and whose it is."""
    town, made = Town(company), {}
    for number, code in enumerate(CODES * EACH):
        address = f"person.{number}@example.eu"
        town.move_in(number + 1, address)
        particulars = Particulars(wanted=WANTED.get(code, {}), said=SAID.get(code, {}))
        coming = Coming(right=code, channel="centre", address=address, note="Please.", particulars=particulars)
        made[receive_request(coming, terms=town.world.terms, at=hastened(time.time(), 1), actor="test")] = (code, number + 1)
    return made


def entries() -> Counter[tuple[str, ...]]:
    """Return how often the ledger says each thing of each request."""
    bodies = [json.loads(bytes(one)) for one in LedgerEntry.objects.order_by("index").values_list("body", flat=True)]
    return Counter((one["kind"], str(one["facts"].get("request", "")), str(one["facts"].get("step", ""))) for one in bodies)


def test_every_request_ends_once_however_many_workers_die(company: Company, chaos: Chaos) -> None:
    made = asked(company)
    chaos.run()
    assert chaos.killed >= 5
    assert set(Request.objects.values_list("ref", "state", "stage", "wake_at")) == {(ref, "answered", "", None) for ref in made}
    assert not Outbox.objects.exists()
    said = entries()
    for ref, (code, _) in made.items():
        assert said["request.opened", ref, ""] == said["request.answered", ref, ""] == 1
        for stage in rights()[code].stages[:-1]:
            once = said[BY_SWEEP.get(stage, "request.step.done"), ref, "" if stage in BY_SWEEP else stage]
            assert once == 1 or (code, stage, once) == UNASKED, (
                code,
                stage,
                {one: times for one, times in said.items() if ref in one},
            )
        steps = RequestStep.objects.filter(request__ref=ref, place="")
        assert {(one.name, one.state) for one in steps} == {(stage, "done") for stage in rights()[code].stages}
        letters = Letter.objects.filter(request__ref=ref, incoming=False)
        assert letters.filter(kind="answer").count() == 1
    mail = company.privacy / ".kept" / "mail"
    assert len(list(mail.iterdir())) == Letter.objects.filter(incoming=False).count()
    _effects(company, made)
    assert company.kept("ledger", "export", str(company.folder / "ledger")).returncode == 0
    assert company.kept("verify", str(company.folder / "ledger")).returncode == 0


def _effects(company: Company, made: Mapping[str, tuple[str, int]]) -> None:
    """What was to be done to people was done to them, once, and to nobody else."""
    erased = {key for code, key in made.values() if code == "erasure"}
    assert Certificate.objects.count() == len(erased)
    assert sum(Sweep.objects.values_list("people", flat=True)) == len(erased), "no erasure stands in two sweeps"
    for ref, (code, key) in made.items():
        if kind := rights()[code].restrains:
            placed = Restraint.objects.filter(subject=subject_digest(f"account:{key}"), request__ref=ref)
            assert [one.kind for one in placed] == ["erased" if code == "erasure" else kind]
    rows = company.rows()["app.accounts"]
    there = {row[_at(company, "id")]: row[_at(company, "job_title")] for row in rows}
    assert set(range(1, 301)) - there.keys() == erased
    right = {key for code, key in made.values() if code == "rectification"}
    assert {key for key, title in there.items() if title == "Beekeeper"} == right


def _at(company: Company, name: str) -> int:
    """Return at which place a column of the accounts stands."""
    engine = engine_of(company.urls["app"])
    found = [column["name"] for column in sa.inspect(engine).get_columns("accounts")].index(name)
    engine.dispose()
    return found
