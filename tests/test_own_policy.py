"""Kept's own database is held to Kept's own promises; a column that nobody thought about fails the build."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from kept.db import configure
from kept.db.actions.accounts import make_staff
from kept.policy.load import load
from kept.promises.registry import terms
from tests.company import ROOT, Company, on_sqlite


def _own(company: Company, folder: Path) -> Company:
    shutil.copytree(ROOT / "own-policy", folder / "privacy", ignore=shutil.ignore_patterns(".kept"))
    home = company.privacy / ".kept"
    urls = {"state": f"sqlite:///{home / 'state.sqlite3'}", "keys": f"sqlite:///{home / 'vault' / 'keys.sqlite3'}"}
    return Company(folder=folder, urls=urls, planted={})


def _with_pages(company: Company) -> None:
    """Make the tables that only the pages use, as `kept serve` does, and let somebody be on the staff."""
    configure(company.privacy, whole=True)
    make_staff(email="owner@aurigen.example", role="owner", at=datetime.now(UTC), by="test")


def test_kept_keeps_its_own_promises(tmp_path: Path) -> None:
    company = on_sqlite(tmp_path / "company")
    company.plan("--allow-share", "1")
    company.apply()
    company.kept("vault", "destroy", "account:1", "account:2", "--yes")
    _with_pages(company)
    own = _own(company, tmp_path / "own")
    ran = own.kept("check", "--format", "json", KEPT_STATE_URL=own.urls["state"], KEPT_OWN_KEYS_URL=own.urls["keys"])
    report = json.loads(ran.stdout)
    assert {one["about"]: one.get("reason") for one in report["findings"] if one["mark"] != "kept"} == {}
    assert ran.returncode == 0


def test_every_column_of_kept_was_thought_about(tmp_path: Path) -> None:
    company = on_sqlite(tmp_path / "company")
    company.report()
    _with_pages(company)
    policy = load(_own(company, tmp_path / "own").privacy, terms())
    files = {"state": company.privacy / ".kept" / "state.sqlite3", "keys": company.privacy / ".kept" / "vault" / "keys.sqlite3"}
    for store, file in files.items():
        said = policy.stores[store]
        engine = sa.create_engine(f"sqlite:///{file}")
        live = sa.inspect(engine)
        for name in live.get_table_names():
            if name in said.not_personal:
                continue
            entry = said.tables[name]
            columns = {column["name"] for column in live.get_columns(name)}
            assert columns == set(entry.fields) | set(entry.not_personal), f"{name} in own-policy/map/{store}.yaml"
        engine.dispose()
