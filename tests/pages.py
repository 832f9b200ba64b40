"""Django with the settings of the pages, for the one process that all tests of a worker share. Imported before anything of Kept."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django

__all__ = ["FOLDER", "ROOT"]

ROOT = Path(__file__).parents[1]
FOLDER = Path(tempfile.mkdtemp(prefix="kept-pages-"))
"""The privacy folder that the settings were read from: the example company's. Each test points the pages at a copy."""

atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", FOLDER, ignore=shutil.ignore_patterns(".kept"), dirs_exist_ok=True)
os.environ["DJANGO_SETTINGS_MODULE"] = "kept.web.project.settings"
os.environ["KEPT_FOLDER"] = str(FOLDER)
django.setup()
for _name in ("DJANGO_SETTINGS_MODULE", "KEPT_FOLDER"):  # processes that tests start find their own
    del os.environ[_name]
