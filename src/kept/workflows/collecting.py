"""Collecting: everything that may be shown of a person goes into a sealed bundle, with the answer and a signed manifest."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from kept.bundles import About, Controller, Letter, words_in, write_bundle
from kept.db.access.bundles import bundle_folder
from kept.db.access.cases import Case
from kept.db.access.told import export_file, told_by
from kept.db.actions.bundles import keep_bundle
from kept.db.actions.request_steps import Held
from kept.db.keys import current
from kept.planning.answers import saying

from .answering import letter_in_copy
from .exporting import files_of, sections_of
from .world import World

__all__ = ["collect"]

KEY: Final = 32
PRIVATE: Final = 0o700


def collect(case: Case, world: World, held: Held) -> dict[str, Any]:
    """Write the bundle under a key of its own, keep that key sealed under the request's, and return what to tell of it.

    Each attempt has a file of its own, so that one that lost its lease spoils nothing of the next. Raises SourceError while rows
    are read, or where the disk is full; Refused where the answer lacks what the law wants in it.
    """
    ways = told_by(case.ref).get("find", {}).get("ways", ())
    if not case.subject or not ways:
        return {"rows": 0, "tables": 0, "names": []}
    stores, portable = world.stores(), case.right.code == "portability"
    found = world.follow(case.subject, erasing=False)
    say = saying(case.language)
    sections = list(sections_of(found, stores, laws=case.laws, portable=portable, say=say))
    there = {str(way["table"]) for way in ways}
    names = [one.table for one in sections if one.table in there]
    until = world.settings.requests.keep.after(world.now())
    letter = letter_in_copy(case, world, names, until)
    company = world.settings.company
    about = About(
        request=case.ref,
        right=case.right.code,
        made_at=world.now(),
        controller=Controller(name=company.name, contact=company.contact),
        words=words_in(case.language),
    )
    folder, file, key = bundle_folder(), f"{case.ref}-{held.fence}.kept", secrets.token_bytes(KEY)
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    _clear(folder, case.ref, but=(file, export_file(case.ref)))
    written = write_bundle(
        folder / file,
        key=key,
        about=about,
        sections=sections,
        files=files_of(found, stores, say),
        letter=Letter(text=letter.text),
        signer=current().signer,
    )
    keep_bundle(
        request=case.ref,
        file=file,
        key=key,
        written=written,
        until=until,
        at=world.now(),
        actor=world.actor,
        fence=held.fence,
    )
    return {"rows": written.rows, "tables": len(names), "bytes": written.size, "files": written.files, "names": names}


def _clear(folder: Path, ref: str, *, but: Collection[str]) -> None:
    """Delete what attempts that ended half-way left of this request: nobody has the keys of these files."""
    for left in folder.glob(f"{ref}-*.kept"):
        if left.name not in but:
            left.unlink(missing_ok=True)
