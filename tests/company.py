"""The example company as tests use it: databases made from a seed, a privacy folder copied, `kept` run as a person runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kept.base.names import Table
from kept.base.seals import SealedBy, subject_of
from kept.policy.load import load
from kept.policy.sealing import sealed_columns
from kept.promises.registry import terms
from kept.vault import Vault, open_vault

ROOT = Path(__file__).parents[1]
STORES = ("app", "telemetry", "billing")
TODAY = "2026-11-23"
KEPT = (sys.executable, "-c", "from kept.cli.main import main; main()")


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
        return {**plain, **named, "COLUMNS": "160", "KEPT_ACTOR": "test", "PYTHONHASHSEED": "0"}

    def kept(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the company's folder and return what it did."""
        environment = {**self.environment, **more}
        return subprocess.run([*KEPT, *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

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
            engine = _engine(url)
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
        engine = _engine(self.urls[store])
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


def _engine(url: str) -> sa.Engine:
    named = sa.make_url(url)
    drivers = {"mariadb": "mariadb+pymysql", "mysql": "mysql+pymysql", "postgresql": "postgresql+psycopg"}
    return sa.create_engine(named.set(drivername=drivers.get(named.drivername, named.drivername)))


def found(company: Company, *words: str) -> Company:
    """Copy the privacy folder and fill the stores."""
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", company.privacy, ignore=shutil.ignore_patterns(".kept"))
    command = [sys.executable, "-m", "examples.aurigen.generate", "--as-of", TODAY, *words]
    for store, url in company.urls.items():
        command += [f"--{store}", url]
    planted = company.folder / "planted.json"
    subprocess.run([*command, "--planted", str(planted)], cwd=ROOT, check=True, capture_output=True)
    made = company.kept("vault", "init")
    assert made.returncode == 0, made.stderr
    return replace(company, planted=json.loads(planted.read_text()))


def on_sqlite(folder: Path, *words: str) -> Company:
    """Make the company on three SQLite files."""
    urls = {store: f"sqlite:///{folder / store}.sqlite3" for store in STORES}
    return found(Company(folder=folder, urls=urls, planted={}), "--people", "300", *words)


def counts(report: Mapping[str, Any], code: str) -> dict[str, str]:
    """Return what was seen of one promise's broken findings, by what they are about."""
    return {one["about"]: one["reason"] for one in report["findings"] if one["promise"] == code and one["mark"] == "broken"}
