"""Every kind of store that can be asked, by the URLs it answers to."""

from __future__ import annotations

import importlib
import pkgutil

import kept.connectors
from kept.connectors import opening
from tools.reference.markdown import page as whole
from tools.reference.markdown import prose, table

__all__ = ["ABOUT", "TITLE", "page"]

TITLE = "Stores"
ABOUT = "the kinds of store that Kept can ask and change, and the URLs they answer to"


def page() -> str:
    """Return the page."""
    rows = []
    for module in pkgutil.iter_modules(kept.connectors.__path__):
        if module.ispkg:
            kind = importlib.import_module(f"kept.connectors.{module.name}")
            if not hasattr(kind, "SCHEMES"):
                continue
            rows.append((module.name, ", ".join(f"`{scheme}://`" for scheme in kind.SCHEMES), prose(kind.__doc__)))
    if not {scheme for scheme in opening.kinds() if f"`{scheme}://`" in str(rows)} == set(opening.kinds()):
        raise LookupError("a URL scheme is answered by a connector that this page does not list")
    about = "A store's URL stands in an environment variable that `kept.toml` names. A store is asked in read-only transactions."
    return whole(TITLE, about, [table(("connector", "URLs", ""), rows)])
