"""Every detector: what it finds, what it rests on."""

from __future__ import annotations

from kept.detectors.registry import detectors
from tools.reference.markdown import page as whole
from tools.reference.markdown import table

__all__ = ["ABOUT", "TITLE", "page"]

TITLE = "Detectors"
ABOUT = "the kinds of personal data that Kept tells in values and in names of columns, and the source of each rule"


def page() -> str:
    """Return the page."""
    rows = [
        (
            f"`{one.kind}`",
            one.title,
            f"`{one.category}`",
            ("special category. " if one.special else "") + ("can be made coarser" if one.coarsen else ""),
            one.source,
        )
        for one in detectors().values()
    ]
    about = (
        "Names are looked at as well as values. Each detector has labelled cases, true and false, in `tests/detectors/cases/`. "
        "A detector finds signs, not facts: `kept scan` gives each guess a confidence and a reason, and a person decides."
    )
    return whole(TITLE, about, [table(("kind", "finds", "category", "", "the rule is from"), rows)])
