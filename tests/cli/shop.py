"""A small shop with a privacy folder of its own, for what the example company is too large for."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from kept.policy.init import files
from kept.policy.schema import schemas
from kept.promises.registry import terms
from tests.company import KEPT
from tests.warm import run

TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT, display_name TEXT, status TEXT, closed_at TIMESTAMP);
CREATE TABLE events (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), feature TEXT, happened_at TIMESTAMP);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
INSERT INTO accounts SELECT i, 'ann' || i || '@example.com', 'Ann Lee', 'active', NULL FROM n;
UPDATE accounts SET status = 'closed', closed_at = '2024-01-01 00:00:00' WHERE id = 30;
INSERT INTO events SELECT id, id, 'search', '2026-11-01 00:00:00' FROM accounts;
UPDATE events SET happened_at = '2025-01-01 00:00:00' WHERE id < 4;
"""
TODAY = "2026-11-23"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A folder with a privacy folder and the URL of the one store, `app`."""

    folder: Path
    url: str
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def privacy(self) -> Path:
        """The privacy folder."""
        return self.folder / "privacy"

    @property
    def environment(self) -> dict[str, str]:
        """What `kept` needs to be told; a width that breaks no sentence."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}
        return {**plain, "APP_DATABASE_URL": self.url, "COLUMNS": "300", "KEPT_ACTOR": "test", **self.more}

    def kept(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the shop's folder and return what it did."""
        ran = run([*KEPT, *words], cwd=self.folder, env={**self.environment, **more}, timeout=120)
        assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr
        assert "defect:" not in ran.stderr, ran.stderr
        return ran

    def write(self, name: str, text: str) -> None:
        """Write one file of the privacy folder."""
        path = self.privacy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, was: str, becomes: str) -> None:
        """Change one file of the privacy folder."""
        text = (self.privacy / name).read_text(encoding="utf-8")
        assert was in text
        self.write(name, text.replace(was, becomes))


def opened(folder: Path, *, tables: str = TABLES, url: str = "") -> Shop:
    """Make a privacy folder as `kept init` does, and a SQLite store with these tables where no URL is given."""
    shop = Shop(folder=folder, url=url or f"sqlite:///{folder / 'app.sqlite3'}")
    for name, text in files("Example Ltd", schemas(terms())).items():
        shop.write(name, text)
    if not url:
        script(folder / "app.sqlite3", tables)
    return shop


def script(path: Path, statements: str) -> None:
    """Run SQL on a SQLite file."""
    with closing(sqlite3.connect(path)) as store:
        store.executescript(statements)
        store.commit()
