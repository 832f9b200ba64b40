"""The example company as tests use it: databases made from a seed, a privacy folder copied, `kept` run as a person runs it."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.names import Table
from kept.base.seals import SealedBy, subject_of
from kept.db import configure, disconnect
from kept.policy.load import load
from kept.policy.sealing import sealed_columns
from kept.promises.registry import terms
from kept.vault import Vault, open_vault
from tests.engines import engine_of
from tests.warm import run

ROOT = Path(__file__).parents[1]
STORES = ("app", "telemetry", "billing")
TODAY = "2026-11-23"
PAGES = "https://privacy.aurigen.example/"
KEPT = (sys.executable, "-c", "from kept.cli.main import main; main()")
GENERATE = (sys.executable, "-c", "import sys; from examples.aurigen.generate import main; sys.exit(main())")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company with its privacy folder, its stores and what was planted in them."""

    folder: Path
    urls: Mapping[str, str]
    planted: Mapping[str, Any]
    state: str = ""
    """Where Kept's own database is; empty for the file in the privacy folder."""

    @property
    def privacy(self) -> Path:
        """The privacy folder."""
        return self.folder / "privacy"

    @property
    def environment(self) -> dict[str, str]:
        """What `kept` needs to be told."""
        named = {f"AURIGEN_{store.upper()}_URL": url for store, url in self.urls.items()}
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("KEPT_", "AURIGEN_", "PYTHONDONT"))}
        named |= {"KEPT_DATABASE_URL": self.state} if self.state else {}
        return {**plain, **named, "COLUMNS": "160", "KEPT_ACTOR": "test", "KEPT_ADDRESS": PAGES, "PYTHONHASHSEED": "0"}

    def kept(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the company's folder and return what it did."""
        return run([*KEPT, *words], cwd=self.folder, env={**self.environment, **more})

    def report(self) -> dict[str, Any]:
        """Check as of the company's present and return the report."""
        ran = self.kept("check", "--as-of", TODAY, "--format", "json")
        assert ran.stdout, ran.stderr
        report: dict[str, Any] = json.loads(ran.stdout)
        return report

    def plan(self, *words: str) -> dict[str, Any]:
        """Make a plan as of the company's present and return the file's content."""
        ran = self.kept("plan", "--as-of", TODAY, *words)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        plan: dict[str, Any] = json.loads((self.folder / "kept-plan.json").read_text())
        return plan

    def apply(self) -> subprocess.CompletedProcess[str]:
        """Apply the plan file as of the company's present."""
        return self.kept("apply", "--as-of", TODAY)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Return every row of every table, sorted, for comparing two ends of the same road; what is sealed is opened.

        Blind indexes are shown as there or not there: each company has a key of its own for them.
        """
        found: dict[str, list[tuple[object, ...]]] = {}
        vault = open_vault(self.privacy)
        sealed = sealed_columns(load(self.privacy, terms()))
        for store, url in self.urls.items():
            engine = engine_of(url)
            with engine.connect() as connection:
                tables = sa.MetaData()
                tables.reflect(connection)
                for name, table in tables.tables.items():
                    here = Table(store=store, name=name)
                    bys = {column.name: by for column, by in sealed.items() if column.table == here}
                    rows = [_shown(vault, bys, dict(row)) for row in connection.execute(sa.select(table)).mappings()]
                    found[f"{store}.{name}"] = sorted(rows, key=repr)
            engine.dispose()
        vault.close()
        return found

    def execute(self, store: str, statement: str) -> int:
        """Change a store behind Kept's back and return how many rows that touched."""
        engine = engine_of(self.urls[store])
        with engine.begin() as connection:
            count = connection.execute(sa.text(statement)).rowcount
        engine.dispose()
        return count


def _shown(vault: Vault, bys: Mapping[str, SealedBy], row: Mapping[str, Any]) -> tuple[object, ...]:
    indexes = {by.index for by in bys.values() if by.index}
    shown: list[object] = []
    for name, value in row.items():
        if name in bys and str(value).startswith("kept1:"):
            shown.append(vault.field(bys[name].place).open_text(subject_of(bys[name].kind, row[bys[name].person]), value))
        else:
            shown.append(value is not None if name in indexes else value)
    return tuple(shown)


def found(company: Company, *words: str) -> Company:
    """Copy the privacy folder and fill the stores."""
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", company.privacy, ignore=shutil.ignore_patterns(".kept"))
    planted = company.folder / "planted.json"
    command = [*GENERATE, "--as-of", TODAY, "--planted", str(planted), *words]
    for store, url in company.urls.items():
        command += [f"--{store}", url]
    for made in (run(command, cwd=ROOT), company.kept("vault", "init")):
        assert made.returncode == 0, made.stderr
    return replace(company, planted=json.loads(planted.read_text()))


def on_sqlite(folder: Path, *words: str, pages: bool = False) -> Company:
    """Make the company on three SQLite files: a copy of one that is made once for all tests of a process.

    With `pages`, Kept's own database has the tables that only pages need.
    """
    return copied(_once_with_pages(words) if pages else _once(words), folder)


def copied(company: Company, folder: Path) -> Company:
    """Copy a company on SQLite with everything it has, its vault and Kept's own database too."""
    shutil.copytree(company.folder, folder, dirs_exist_ok=True)
    return replace(company, folder=folder, urls=_files(folder))


@cache
def _once(words: tuple[str, ...]) -> Company:
    folder = Path(tempfile.mkdtemp(prefix="kept-company-"))
    atexit.register(shutil.rmtree, folder)
    return found(Company(folder=folder, urls=_files(folder), planted={}), "--people", "300", *words)


@cache
def _once_with_pages(words: tuple[str, ...]) -> Company:
    folder = Path(tempfile.mkdtemp(prefix="kept-company-"))
    atexit.register(shutil.rmtree, folder)
    company = copied(_once(words), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KEPT_DATABASE_URL", raising=False)
        configure(company.privacy, whole=True)
        disconnect()
    return company


def _files(folder: Path) -> dict[str, str]:
    return {store: f"sqlite:///{folder / store}.sqlite3" for store in STORES}


def counts(report: Mapping[str, Any], code: str) -> dict[str, str]:
    """Return what was seen of one promise's broken findings, by what they are about."""
    return {one["about"]: one["reason"] for one in report["findings"] if one["promise"] == code and one["mark"] == "broken"}
