"""A small company's bundle for one person, and what is needed to look into it."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kept.bundles import (
    About,
    Column,
    Controller,
    Facts,
    FileItem,
    Left,
    Letter,
    Purpose,
    Recipient,
    Retention,
    Section,
    Written,
    open_range,
    write_bundle,
)
from kept.ledger.notes import Signer

AT = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
SIGNER = Signer.generate("kept.example/bundles")
KEY = os.urandom(32)
FACTS = Facts(
    purposes=(
        Purpose(title="Running your account", bases=("a contract with you",), code="service"),
        Purpose(title="Keeping books", bases=("a legal obligation",), code="books"),
    ),
    source="You gave it to us",
    recipients=(Recipient(name="Cloud Inc.", why="hosts the database", country="US", safeguard="standard clauses"),),
    retention=Retention(period="10 years", starts="the order was placed", law="HGB § 257"),
    region="eu-central-1",
    path="accounts.id ← orders.account_id",
)
ABOUT = About(
    request="R-2026-0042",
    right="access",
    made_at=AT,
    controller=Controller(name="Aurigen GmbH", contact="privacy@aurigen.example"),
    notes=("You may complain to the supervisory authority.",),
)
LETTER = Letter(text="Dear Ada,\n\nhere is everything.\n", html="<!doctype html><title>Answer</title><p>Dear Ada</p>\n")


def section(
    rows: Iterable[Mapping[str, Any]],
    names: Sequence[str],
    *,
    table: str = "shop.orders",
    title: str = "Your orders",
    what: str = "",
) -> Section:
    columns = tuple(Column(name=name, what=f"The {name}", type="TEXT", category="user.account") for name in names)
    return Section(table=table, title=title, what=what, columns=columns, rows=rows, facts=FACTS)


def usual() -> tuple[list[Section], list[FileItem]]:
    """Return an account, 2,500 orders, a table with nothing in it, and three files, two of one name."""
    account = Section(
        table="app.accounts",
        title="Your account",
        what="The account you opened.",
        columns=(Column(name="id", what="Its number", type="BIGINT"), Column(name="email", category="user.contact.email")),
        rows=iter([{"id": 7, "email": "ada@example.org"}]),
        facts=FACTS,
        withheld=(Left(column="password_hash", reason="a secret that protects your account"),),
        redacted=(Left(column="about", reason="names other people"),),
    )
    orders = section(({"id": number, "note": f"order {number}"} for number in range(2_500)), ("id", "note"))
    nothing = section([], ("id",), table="crm.leads", title="Sales contacts", what="People to be called.")
    files = [
        FileItem(name="../a/avatar.png", content=[os.urandom(100_000)], what="Your picture", facts=FACTS),
        FileItem(name="A/AVATAR.png", content=iter([b"a" * 50_000] * 4), what="Your picture", facts=FACTS),
        FileItem(name="empty", content=(), what="A note"),
    ]
    return [account, orders, nothing], files


def write(path: Path, sections: Iterable[Section], files: Iterable[FileItem] = (), *, about: About = ABOUT) -> Written:
    return write_bundle(path, key=KEY, about=about, sections=sections, files=files, letter=LETTER, signer=SIGNER)


def plain(path: Path, key: bytes = KEY) -> bytes:
    return b"".join(open_range(path, key))


def members(path: Path) -> dict[str, bytes]:
    """Return every file of the ZIP in a sealed bundle, each of which zipfile has checked."""
    with zipfile.ZipFile(io.BytesIO(plain(path))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
