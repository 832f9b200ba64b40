"""The keys database's server when it is away: at the beginning, for a moment, in the middle of a change, for long."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from kept.base.errors import KeysUnreachable
from kept.vault import make_vault
from kept.vault import vault as vault_module
from kept.vault.schema import EVENT, KEY
from tests.vault.installations import PLACE, Installation, goes_on, installed, waits


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("postgres", request, tmp_path / "privacy", monkeypatch)


@pytest.mark.service
def test_the_server_ends_connections_that_wait(served: Installation) -> None:
    with served.opened() as vault:
        vault.load(["account:1"])
        end_connections(served)
        goes_on(vault, "account:2", vault.field(PLACE).seal_text("account:2", "bob"), "bob")


@pytest.mark.service
def test_the_server_ends_a_connection_in_the_middle_of_a_change(served: Installation) -> None:
    with served.opened() as vault:
        vault.load(["account:1"])

        def change() -> None:
            with vault.database.writing() as connection:
                connection.execute(KEY.delete())
                end_connections(served)
                connection.execute(EVENT.delete())

        with pytest.raises(KeysUnreachable, match="cannot be reached"):
            change()
        assert list(vault.people.find(["account:1"])) == ["account:1"], "half a change is none"


def end_connections(installation: Installation) -> None:
    with installation.database() as connection:
        ended = sa.text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'kept-vault' AND datname = current_database()"
        )
        assert connection.scalar(ended)


@pytest.mark.service
def test_nobody_answers(served: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("KEYS_URL", f"postgresql://keys:hunter2@127.0.0.1:{port}/keys")
    for opens in (served.open, lambda: make_vault(served.folder)):
        with pytest.raises(KeysUnreachable, match="cannot be reached") as caught:
            opens()
        assert "hunter2" not in str(caught.value) + repr(caught.value.__context__)


class Way:
    """A way to a server that can be cut and mended."""

    def __init__(self, url: str) -> None:
        """Listen."""
        named = sa.make_url(url)
        self._target = (named.host or "127.0.0.1", named.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.whole = True
        self.url = named.set(host="127.0.0.1", port=self._listener.getsockname()[1]).render_as_string(hide_password=False)
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            if not self.whole:
                here.close()
                continue
            there = socket.create_connection(self._target)
            self._open += [here, there]
            for pair in ((here, there), (there, here)):
                Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        try:
            while some := source.recv(65536):
                target.sendall(some)
        except OSError:
            pass
        finally:
            source.close()
            target.close()

    def cut(self) -> None:
        """Cut it, for good where it is not mended."""
        self.whole = False
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                end.close()
        self._open.clear()

    def close(self) -> None:
        """Stop listening."""
        self.cut()
        self._listener.close()


@pytest.mark.service
def test_keys_in_memory_go_on_for_a_while_without_the_server_and_no_longer(
    served: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(vault_module, "STALE_SECONDS", 2.0)
    with closing(Way(served.url)) as way:
        monkeypatch.setenv("KEYS_URL", way.url)
        with served.opened() as vault:
            sealed = vault.field(PLACE).seal_text("account:1", "ada")
            way.cut()
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                goes_on(vault, "account:1", sealed, "ada")
            waits(vault, "account:2", "cannot be reached")
            time.sleep(2.0)
            waits(vault, "account:1", "cannot be reached")
            with pytest.raises(KeysUnreachable):
                vault.field(PLACE).open_text("account:1", sealed)
            way.whole = True
            goes_on(vault, "account:1", sealed, "ada")
