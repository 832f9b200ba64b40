"""A real SIGKILL at any moment, several times over: run again, it ends where an undisturbed run ends, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from kept.base.errors import KeyDestroyed
from kept.policy.load import load
from kept.policy.sealing import sealed_columns
from kept.promises.registry import terms
from kept.vault import open_vault
from kept.vault.register import read_keys
from kept.vault.rotation import rotate
from tests.company import Company, copied, on_sqlite
from tests.vault.installations import Installation, Process, alive, installed, states

SEAL = ("vault", "seal")


def run(company: Company, words: Sequence[str], deadly: int = 0) -> list[int] | None:
    """Run a command, killed before a statement; return its exit code and the number of statements, None where it was killed."""
    process = Process(company.folder, "kept", deadly, *words, environment=company.environment)
    ended: list[int] | None = process.hear()
    process.close()
    return ended


def killed(company: Company, words: Sequence[str], moments: Iterable[int]) -> int:
    """Run a command again and again, killed at each of these moments; return how often it was."""
    return sum(run(company, words, deadly) is None for deadly in moments)


def moments(company: Company, words: Sequence[str]) -> int:
    """Run a command undisturbed, and return at how many moments it could have been killed."""
    code, most = run(company, words) or (-1, 0)
    assert code == 0
    return most


def ends_well(company: Company, words: Sequence[str]) -> bool:
    """Run a command once more, and undisturbed."""
    return (run(company, words) or [-1])[0] == 0


class Sealed(NamedTuple):
    """The company with everything sealed, at how many moments sealing could have been killed, and what every row says."""

    company: Company
    moments: int
    rows: Mapping[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company that has sealed nothing yet."""
    return on_sqlite(tmp_path_factory.mktemp("plain"), "--people", "100")


@pytest.fixture(scope="module")
def sealed(plain: Company, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    company = copied(plain, tmp_path_factory.mktemp("sealed"))
    return Sealed(company, moments(company, SEAL), company.rows())


def values(company: Company) -> dict[str, dict[str, list[tuple[object, str]]]]:
    """Return by column the values that the map marks as sealed, as they stand, with their person."""
    found: dict[str, dict[str, list[tuple[object, str]]]] = {}
    for column, by in sealed_columns(load(company.privacy, terms())).items():
        path = company.urls[column.table.store].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            query = (
                f'SELECT "{by.person}", "{column.name}" FROM "{column.table.name}" WHERE coalesce("{column.name}", \'\') <> \'\''
            )
            found[str(column)] = {by.kind: connection.execute(query).fetchall()}
    return found


def in_the_clear(company: Company) -> dict[str, int]:
    """Return how many values of each column can be read by whoever reads the file."""
    return {
        column: sum(person is not None and not value.startswith("kept1:") for person, value in rows)
        for column, by_kind in values(company).items()
        for rows in by_kind.values()
    }


def verified(company: Company) -> list[str]:
    """Return the kinds of what the ledger holds about the vault, once a stranger has verified it."""
    export = company.folder / "ledger"
    assert company.kept("ledger", "export", str(export)).returncode == 0
    verify = company.kept("verify", str(export))
    assert verify.returncode == 0, verify.stdout + verify.stderr
    bundles = sorted(path for path in (export / "tile" / "entries").rglob("*") if path.is_file())
    text = b"".join(path.read_bytes() for path in bundles).decode("utf-8", "replace")
    return [part.split('"')[0] for part in text.split('"kind":"')[1:]]


def test_sealing_is_killed(plain: Company, sealed: Sealed, tmp_path: Path) -> None:
    company, chance = copied(plain, tmp_path), random.Random(5)
    assert any(in_the_clear(company).values())
    assert killed(company, SEAL, sorted(chance.sample(range(3, sealed.moments), 6))) >= 3, "the later ones have less to do"
    assert ends_well(company, SEAL)
    assert not any(in_the_clear(company).values())
    assert company.rows() == sealed.rows
    kinds = verified(company)
    assert kinds.count("step.done") >= len(values(company))


def test_destroying_is_killed(sealed: Sealed, tmp_path: Path) -> None:
    company, chance = copied(sealed.company, tmp_path / "company"), random.Random(6)
    people = [f"account:{number}" for number in range(1, 31)]
    (company.folder / "people.txt").write_text("\n".join(people))
    words = ("vault", "destroy", "--from", "people.txt", "--yes")
    most = moments(copied(company, tmp_path / "undisturbed"), words)
    before = values(company)
    assert killed(company, words, [chance.randrange(1, most) for _ in range(6)]) >= 3, "the later ones have less to do"
    assert ends_well(company, words)
    see_destroyed(company, before, set(people))
    for column, by in sealed_columns(load(company.privacy, terms())).items():
        if by.index and by.kind == "account":
            with closing(sqlite3.connect(company.urls[column.table.store].removeprefix("sqlite:///"))) as connection:
                query = f'SELECT count(*) FROM "{column.table.name}" WHERE "{by.person}" <= 30 AND "{by.index}" IS NOT NULL'
                assert connection.execute(query).fetchone() == (0,), "no blind index finds them"
    assert {"vault.intended", "vault.destroyed"} <= set(verified(company))


def see_destroyed(company: Company, before: Mapping[str, Mapping[str, list[tuple[object, str]]]], people: set[str]) -> None:
    """See that nothing of these people opens, and everything of everybody else, and that Kept remembers."""
    vault = open_vault(company.privacy)
    closed = opened = 0
    for place, by_kind in before.items():
        for kind, rows in by_kind.items():
            for person, value in rows:
                if f"{kind}:{person}" in people:
                    with pytest.raises(KeyDestroyed):
                        vault.field(place).open_text(f"{kind}:{person}", value)
                    closed += 1
                else:
                    assert vault.field(place).open_text(f"{kind}:{person}", value)
                    opened += 1
    assert closed > 50
    assert opened > 50
    assert len(vault.destroyed.entries()) == read_keys(vault).destroyed == len(people)
    with closing(sqlite3.connect(company.privacy / ".kept" / "state.sqlite3")) as record:
        known = {key for (key,) in record.execute("SELECT key FROM kept_destroyedkey")}
    assert known == {key.hex() for key in vault.destroyed_ids()}
    vault.close()


def test_rekeying_is_killed(sealed: Sealed, tmp_path: Path) -> None:
    company, chance = copied(sealed.company, tmp_path / "company"), random.Random(7)
    words = ("vault", "rekey", "account:7")
    most = moments(copied(company, tmp_path / "undisturbed"), words)
    before = values(company)
    assert killed(company, words, [chance.randrange(most // 4, most) for _ in range(4)]) >= 2, "the later ones have less to do"
    assert company.rows() == sealed.rows, "everything opens half-way"
    assert ends_well(company, words)
    assert company.rows() == sealed.rows
    vault = open_vault(company.privacy)
    assert read_keys(vault).replaced == 0
    for place, by_kind in before.items():
        for person, value in by_kind.get("account", []):
            if person == 7:
                with pytest.raises(KeyDestroyed):
                    vault.field(place).open_text("account:7", value)
    vault.close()
    assert "vault.rekeyed" in verified(company)


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("sqlite", request, tmp_path / "privacy", monkeypatch)


def test_rotation_is_killed_at_moments_of_the_clock(installation: Installation) -> None:
    people, chance = [f"account:{number}" for number in range(1_000)], random.Random(8)
    with installation.opened() as vault:
        field = vault.field("app.accounts.email")
        vault.load(people)
        sealed = {person: field.seal_text(person, person) for person in people}
    half_way = 0
    for _ in range(5):
        with installation.process() as process:
            process.tell("rotate", 100)
            time.sleep(chance.uniform(0.01, 0.5))
            os.kill(process.pid, signal.SIGKILL)
            assert process.hear() is None
        half_way += "retiring" in states(installation)
        with installation.opened() as vault:
            some = chance.sample(people, 50)
            assert all(vault.field("app.accounts.email").open_text(person, sealed[person]) == person for person in some)
    assert half_way, "no rotation was under way when it was killed"
    with installation.opened() as vault:
        rotate(vault, "file")
        vault.load(people)
        assert all(vault.field("app.accounts.email").open_text(person, value) == person for person, value in sealed.items())
    assert states(installation).count("active") == 1
    assert set(states(installation)) == {"active", "destroyed"}
    assert alive(installation) <= {path.stem for path in installation.key_files}
