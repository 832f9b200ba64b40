"""Make the site's database by its own migrations, and run a file of checks: python -m tests.vault.site.run CHECKS…"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
import pytest
from django.core.management import call_command

HERE = Path(__file__).parent


def main(checks: list[str]) -> int:
    """Return pytest's exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.vault.site.settings"
    home = Path(os.environ["SITE_HOME"])
    sys.path.insert(0, str(home))
    (home / "site_migrations").mkdir(exist_ok=True)
    (home / "site_migrations" / "__init__.py").touch()
    django.setup()
    call_command("makemigrations", "people", verbosity=0)
    call_command("migrate", verbosity=0)
    return pytest.main(
        [*(str(HERE / f"{name}.py") for name in checks), "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:sugar"]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
