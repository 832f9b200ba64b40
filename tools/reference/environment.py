"""Every environment variable that Kept reads."""

from __future__ import annotations

import re
from pathlib import Path

import kept
from tools.reference.markdown import page as whole
from tools.reference.markdown import table

__all__ = ["ABOUT", "TITLE", "page"]

TITLE = "Environment variables"
ABOUT = "what Kept reads from its environment"
MEANING = {
    "KEPT_ACTOR": "Who is named in the ledger as having run a command; the operating system's account where it is not set.",
    "KEPT_ADDRESS": "Set by `kept serve` for the worker that it starts: where the pages are, for links in letters where kept.toml "
    "has no `url` under `[web]`.",
    "KEPT_DATABASE_URL": "Where Kept's own database is: `postgresql://…` or `sqlite:///…`; a SQLite file in the privacy folder's "
    "`.kept/` where it is not set.",
    "KEPT_DOMAIN": "Set by `kept serve` for its own processes: the names in the certificate, under which pages may be asked for.",
    "KEPT_FOLDER": "The privacy folder, instead of `--folder`.",
    "KEPT_LEDGER_ORIGIN": "The name a new ledger signs under, such as `example.com/privacy`; a random one where it is not set.",
    "KEPT_TLS": "Set by `kept serve` for its own processes: 1 where it speaks TLS itself.",
}


def page() -> str:
    """Return the page. Raises LookupError when the code reads a variable that is not explained, or no longer reads one that is."""
    read = _read_by_code()
    if read != MEANING.keys():
        raise LookupError(f"explain in {Path(__file__).name}, or take out: {', '.join(sorted(read ^ MEANING.keys()))}")
    about = "Besides these, `kept.toml` names a variable for each store's URL; secrets stand only there."
    return whole(TITLE, about, [table(("variable", "what it means"), ((f"`{name}`", MEANING[name]) for name in sorted(read)))])


def _read_by_code() -> set[str]:
    folder = Path(kept.__file__).parent
    return {name for path in folder.rglob("*.py") for name in re.findall(r'"(KEPT_[A-Z_]+)"', path.read_text(encoding="utf-8"))}
