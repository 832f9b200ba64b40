"""Sealed fields of Django models, in a project of their own: Kept configures Django for its own database, once a process.

`tests/vault/site` is that project. Each test here runs a file of its checks in another process, against one database.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("checks", ["checks_values", "checks_project"])
def test_a_project_can_seal_what_it_holds_about_people(store_url: str, privacy: Path, tmp_path: Path, checks: str) -> None:
    assert privacy == tmp_path / "privacy"
    environment = {**os.environ, "SITE_HOME": str(tmp_path), "SITE_DATABASE": store_url}
    words = [sys.executable, "-m", "tests.vault.site.run", checks]
    ran = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-12_000:] + ran.stderr[-3_000:]


def test_kepts_own_process_is_not_told_about_the_fields() -> None:
    imported = "import kept.cli.main, kept.db, kept.vault, sys; print([name for name in sys.modules if 'vault.django' in name])"
    ran = subprocess.run([sys.executable, "-c", imported], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
