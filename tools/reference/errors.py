"""Every error by its code."""

from __future__ import annotations

from collections.abc import Iterator

from kept.base.errors import IntegrityError, KeptError, PolicyError, PolicyErrors, Refused, SourceError
from tools.reference.markdown import page as whole
from tools.reference.markdown import prose, table

__all__ = ["ABOUT", "TITLE", "every_error", "page"]

TITLE = "Errors"
ABOUT = "the codes of errors, in four families by who can act on them"
WHO = {
    PolicyError: "the author of the privacy folder",
    SourceError: "whoever runs the store",
    Refused: "nobody: Kept protects something",
    IntegrityError: "stop, and fetch a person",
}


def every_error(root: type[KeptError] = KeptError) -> Iterator[type[KeptError]]:
    """Yield every kind of error, families first; not the root, which is never raised, nor the bundle of several."""
    for kind in root.__subclasses__():
        if kind is not PolicyErrors:
            yield kind
            yield from every_error(kind)


def page() -> str:
    """Return the page."""
    about = (
        "An error says what happened, whether anything was changed, and what to do, and never holds a value of a person. "
        "A broken promise is not an error but a verdict. Every error ends a command with exit code 2, except that wrong "
        "use of the command line is told by the command line itself."
    )
    rows = [(f"`{kind.code}`", _who(kind), prose(kind.__doc__)) for kind in every_error()]
    return whole(TITLE, about, [table(("code", "who can act", "what it means"), rows)])


def _who(kind: type[KeptError]) -> str:
    return next(who for family, who in WHO.items() if issubclass(kind, family))
