"""Vaults for tests: keys in a file or on PostgreSQL, programs in processes of their own, and a death at a chosen call."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.errors import KeyDestroyed, KeysUnreachable, ProviderUnreachable
from kept.vault import Vault, make_vault, open_vault
from kept.vault.database import url_of
from kept.vault.providers.provider import Provider
from kept.vault.schema import EVENT, KEK, METADATA
from kept.vault.secret import Secret
from tests.vault.conftest import KEPT_TOML

ROOT = Path(__file__).parents[2]
PLACE = "app.accounts.email"
WINDOW = timedelta(days=14)
KEYS = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgresql", marks=pytest.mark.service)]
"""Where the keys database is."""


def seal(vault: Vault, *people: str) -> dict[str, str]:
    """Seal the name of each person for them."""
    return {person: vault.field(PLACE).seal_text(person, person) for person in people}


def open_text(vault: Vault, person: str, sealed: str) -> str:
    """Open a person's value."""
    return vault.field(PLACE).open_text(person, sealed)


def ended(vault: Vault, person: str, sealed: str) -> None:
    """See that a person's value does not open and no new one is sealed."""
    with pytest.raises(KeyDestroyed):
        open_text(vault, person, sealed)
    with pytest.raises(KeyDestroyed):
        seal(vault, person)


def goes_on(vault: Vault, person: str, sealed: str, text: str) -> None:
    """See that a person's values open, and new ones are sealed."""
    field = vault.field(PLACE)
    assert field.open_text(person, sealed) == text
    assert field.open_text(person, field.seal_text(person, "anew")) == "anew"


def waits(vault: Vault, person: str, happened: str) -> None:
    """See that nothing is sealed for a person."""
    with pytest.raises(KeysUnreachable, match=happened) as caught:
        vault.field(PLACE).seal_text(person, "waits")
    assert caught.value.todo
    assert caught.value.changed == "nothing was changed"


class Backup:
    """The rows of a keys database at one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        """Take them."""
        self._rows = {table: connection.execute(sa.select(table)).all() for table in METADATA.sorted_tables}

    def restore(self, connection: sa.Connection) -> None:
        """Put them in the place of what is there, as a restored database would have them: numbers are given again."""
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        for table, rows in self._rows.items():
            if rows:
                connection.execute(table.insert(), [row._asdict() for row in rows])
        for table in (KEK, EVENT):
            newest = max((row.id for row in self._rows[table]), default=0)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.setval(f"{table.name}_id_seq", max(newest, 1), newest > 0)))
            elif table is EVENT:
                connection.execute(sa.text("UPDATE sqlite_sequence SET seq = :seq WHERE name = 'kept_event'"), {"seq": newest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A privacy folder with a vault; `url` is that of its keys database."""

    folder: Path
    url: str

    @property
    def home(self) -> Path:
        """The vault's own folder."""
        return self.folder / ".kept" / "vault"

    @property
    def key_files(self) -> list[Path]:
        """What lies in the folder of the provider."""
        return sorted((self.home / "keys").iterdir())

    @property
    def embedded(self) -> bool:
        """Whether the keys are in a file."""
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path:
        """The keys database, where it is a file."""
        return self.home / "keys.sqlite3"

    def open(self) -> Vault:
        """Open the vault once more; the caller closes it."""
        return open_vault(self.folder)

    @contextmanager
    def opened(self) -> Iterator[Vault]:
        """Lend the open vault."""
        vault = self.open()
        try:
            yield vault
        finally:
            vault.close()

    @contextmanager
    def database(self) -> Iterator[sa.Connection]:
        """Lend a connection to the keys database, behind the vault's back; committed at the end."""
        engine = sa.create_engine(url_of(self.url), poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection

    def backup(self) -> Backup:
        """Back the keys database up."""
        with self.database() as connection:
            return Backup(connection)

    def restore(self, backup: Backup) -> None:
        """Restore the keys database, and nothing else."""
        with self.database() as connection:
            backup.restore(connection)

    def elsewhere(self, folder: Path) -> Installation:
        """Return the installation as another machine has it: the same keys database and provider, nothing else shared."""
        folder.mkdir()
        text = (self.folder / "kept.toml").read_text(encoding="utf-8")
        shared = f'{text}\n[vault.providers.file]\nfolder = "{self.home / "keys"}"\n'
        (folder / "kept.toml").write_text(shared, encoding="utf-8")
        (folder / ".kept" / "vault").mkdir(parents=True, mode=0o700)
        return Installation(folder=folder, url=self.url)

    def process(self) -> Process:
        """Start a program that uses this vault; leave the block to end it."""
        return Process(self.folder)


def installed(
    keys: str, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch, *, more: str = ""
) -> Installation:
    """Make a vault in a folder, with its keys in a file or on a server; `more` goes into kept.toml, below [vault]."""
    folder.mkdir(parents=True)
    text = KEPT_TOML
    url = f"sqlite:///{folder / '.kept' / 'vault' / 'keys.sqlite3'}"
    if keys == "postgres":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("KEYS_URL", url)
        text += 'keys = "env:KEYS_URL"\n'
    (folder / "kept.toml").write_text(text + more, encoding="utf-8")
    make_vault(folder)
    return Installation(folder=folder, url=url)


@cache
def server() -> str:
    """Start what processes are forked from, once; return its address."""
    path = Path(tempfile.mkdtemp()) / "socket"
    command = [sys.executable, "-m", "tests.vault.process", str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    atexit.register(shutil.rmtree, path.parent)
    atexit.register(process.wait)
    atexit.register(process.stdout.close)
    atexit.register(process.stdin.close)
    assert process.stdout.readline() == b"ready\n"
    return str(path)


class Process:
    """A program of the company, or a command of `kept`, in a process of its own; see `tests.vault.process`."""

    def __init__(self, folder: Path, what: str = "program", *words: Any, environment: Mapping[str, str] = os.environ) -> None:
        """Start it."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(server())
        self._file = self._socket.makefile("rw")
        self.tell(what, dict(environment), str(folder), *words)
        self.pid = int(self.hear())

    def tell(self, *words: Any) -> None:
        """Ask for something and do not wait."""
        self._file.write(json.dumps(words) + "\n")
        self._file.flush()

    def hear(self) -> Any:
        """Wait for an answer; an error is told by its code, and None when the process is dead."""
        line = self._file.readline()
        if not line:
            return None
        answer = json.loads(line)
        return answer.get("said", answer.get("error"))

    def ask(self, *words: Any) -> Any:
        """Ask and wait for the answer."""
        self.tell(*words)
        return self.hear()

    def close(self) -> None:
        """Let it go."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Process:
        """Wait until the vault is open."""
        assert self.hear() == "open"
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()


class Died(BaseException):
    """The process is dead: whatever is tried after this moment fails as well."""


class Death:
    """Counts calls of the provider and statements of the keys database, and ends everything before one of them.

    With `once`, only that one call fails, as a server that is gone for a moment would; the process lives on.
    """

    def __init__(self, at: int = 0, *, once: bool = False) -> None:
        """Take the number of the deadly moment, counted from 1; 0 never comes."""
        self.at, self.once, self.moments = at, once, 0
        self.came = False

    def step(self, failure: BaseException) -> None:
        """Live one more moment, or do not."""
        if self.came and not self.once:
            raise Died
        self.moments += 1
        if self.moments == self.at:
            self.came = True
            raise failure if self.once else Died

    def watch(self, vault: Vault) -> Death:
        """Let this death be that of a vault and everything that it asks."""
        engine = vault.database._engine
        sa.event.listen(engine, "before_cursor_execute", self._statement)
        connect = vault.ring._connect
        vault.ring._connect = lambda name: Mortal(connect(name), self)
        vault.ring._providers.clear()
        return self

    def _statement(self, *_: object) -> None:
        self.step(sa.exc.OperationalError("", {}, Exception("server closed the connection unexpectedly")))


class Mortal:
    """A real provider whose calls may be the last."""

    def __init__(self, provider: Provider, death: Death) -> None:
        """Take the real one."""
        self._provider, self._death = provider, death

    def _step(self) -> None:
        self._death.step(ProviderUnreachable("the service does not answer", store="vault", todo="Try again."))

    def make(self, installation: str) -> str:
        """Make a key."""
        self._step()
        return self._provider.make(installation)

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Wrap."""
        self._step()
        return self._provider.wrap(reference, keys, about)

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Unwrap."""
        self._step()
        return self._provider.unwrap(reference, wrapped, about)

    def destroy(self, reference: str) -> datetime | None:
        """Destroy."""
        self._step()
        return self._provider.destroy(reference)

    def close(self) -> None:
        """Close the real one."""
        self._provider.close()


def states(installation: Installation) -> list[str]:
    """Return the states of the key-encryption keys, oldest first."""
    with installation.database() as connection:
        return list(connection.scalars(sa.select(KEK.c.state).order_by(KEK.c.id)))


def alive(installation: Installation) -> set[str]:
    """Return the references of the key-encryption keys that were not destroyed."""
    with installation.database() as connection:
        return set(connection.scalars(sa.select(KEK.c.reference).where(KEK.c.state != "destroyed")))
