"""The languages of the pages: one `.po` file each in `kept/web/languages`; English stands in the pages themselves."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

__all__ = ["LANGUAGES", "compiled", "written"]

LANGUAGES = Path(__file__).parents[1] / "languages"
SOURCE = "en"


def written() -> list[tuple[str, str]]:
    """Return code and own name of each language, English first: `[("en", "English"), ("hi", "हिन्दी")]`."""
    codes = [SOURCE, *sorted(path.stem for path in LANGUAGES.glob("*.po"))]
    return [(code, str(Locale.parse(code.replace("-", "_")).get_display_name()).capitalize()) for code in codes]


def compiled(home: Path) -> Path:
    """Return a folder with the languages as gettext reads them, made anew when a language's file changed."""
    files = sorted(LANGUAGES.glob("*.po"))
    total = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    folder = home / total
    for path in files:
        target = folder / path.stem.replace("-", "_") / "LC_MESSAGES" / "django.mo"
        if not target.exists():
            _compile(path, target)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _compile(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    with path.open("rb") as source, part.open("wb") as out:
        write_mo(out, read_po(source, locale=path.stem.replace("-", "_")))
    part.replace(target)
