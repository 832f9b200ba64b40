"""The files of a privacy folder, key by key."""

from __future__ import annotations

from kept.policy.datamap import StoreMap
from kept.policy.holds import HoldsFile
from kept.policy.processors import ProcessorsFile
from kept.policy.prose import ClauseHead, DocumentHead
from kept.policy.purposes import PurposesFile
from kept.policy.settings import Settings
from tools.reference.markdown import page as whole
from tools.reference.markdown import prose
from tools.reference.records import keys_table, records_in

__all__ = ["ABOUT", "FILES", "TITLE", "page"]

TITLE = "Files of a privacy folder"
ABOUT = (
    "`policy.md`, `promises.yaml`, `purposes.yaml`, `map/<store>.yaml`, `holds.yaml`, `processors.yaml` and `kept.toml`, key by key"
)
FILES: dict[str, tuple[type, ...]] = {
    "kept.toml": (Settings,),
    "policy.md": (DocumentHead, ClauseHead),
    "purposes.yaml": (PurposesFile,),
    "map/<store>.yaml": (StoreMap,),
    "holds.yaml": (HoldsFile,),
    "processors.yaml": (ProcessorsFile,),
}
PROMISES = """## promises.yaml

`clauses:` holds clause ids; each has `promises:`, a list whose items begin with `promise:` and a code from
[Promises](promises.md), and may have `owner:`, the role that answers for it."""


def page() -> str:
    """Return the page."""
    about = (
        "`kept init` writes these with comments. An unknown key, a wrong type, or a name that stands nowhere else, is an error "
        "with file, line and column."
    )
    return whole(TITLE, about, [*(_section(name, kinds) for name, kinds in FILES.items()), PROMISES])


def _section(name: str, kinds: tuple[type, ...]) -> str:
    parts = [f"## {name}"]
    for kind in kinds:
        parts += [prose(kind.__doc__), keys_table(kind)]
        for inner in records_in(kind):
            parts += [f"### {inner.__name__}", prose(inner.__doc__), keys_table(inner)]
    return "\n\n".join(parts)
