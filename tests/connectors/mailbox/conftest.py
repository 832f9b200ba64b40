from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.connectors.mailbox.dovecot import Dovecot, served


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An empty mailbox of some kind: its URL, and how a letter gets into it."""

    url: str
    put: Callable[..., None]


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with served() as server:
        yield server


@pytest.fixture
def imap(dovecot: Dovecot) -> Dovecot:
    """The server with an account that nobody had before."""
    return replace(dovecot, account=f"a{uuid.uuid4().hex[:10]}")


def maildir(folder: Path) -> Box:
    """A Maildir, filled as deliverers do: written into tmp/, then moved into new/."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)

    def put(*letters: bytes) -> None:
        for letter in letters:
            name = f"{len(list((folder / 'new').iterdir())):04}.{uuid.uuid4().hex}"
            (folder / "tmp" / name).write_bytes(letter)
            (folder / "tmp" / name).rename(folder / "new" / name)

    return Box(url=f"maildir://{folder}", put=put)


@pytest.fixture(
    params=["maildir", pytest.param("imaps", marks=pytest.mark.service), pytest.param("imap-moving", marks=pytest.mark.service)]
)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    """A mailbox of each kind in turn."""
    if request.param == "maildir":
        return maildir(tmp_path / "Maildir")
    server: Dovecot = request.getfixturevalue("imap")
    url = server.url() if request.param == "imaps" else server.url(scheme="imap", options="done=Done/Kept")
    return Box(url=url, put=server.put)
