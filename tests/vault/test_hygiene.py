"""Keys and values do not leave by accident: not in print, pickles, logs, errors' frames or core dumps."""

from __future__ import annotations

import ast
import copy
import dataclasses
import hmac
import inspect
import json
import logging
import pickle
import pprint
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from kept.base.errors import KeptError, KeyDestroyed, KeysUnreachable, ProviderUnreachable, SealBroken, UnknownKey, WrongPassphrase
from kept.base.personal import Personal
from kept.vault import Vault, destroy, make_vault, open_vault
from kept.vault.format import PREFIX, to_text
from kept.vault.keys import EXPAND, PersonKey
from kept.vault.secret import READS_KEY_MATERIAL, Secret
from tests.vault.conftest import KEPT_TOML
from tests.vault.providers.benches import caught
from tests.vault.providers.test_secrets import forms, leaks, told

PLACE, ADA = "app.accounts.email", "account:42"
RAW = bytes(range(100, 132))
NAME = "Ada Lovelace, 4711"
HELD: dict[str, tuple[Any, list[bytes]]] = {
    "secret": (Secret(RAW), [RAW]),
    "person's key": (
        PersonKey(Secret(RAW), ADA),
        [RAW, hmac.digest(RAW, EXPAND, "sha512")[32:], hmac.digest(RAW, EXPAND, "sha512")[:32]],
    ),
    "personal text": (Personal(NAME), [NAME.encode()]),
    "personal bytes": (Personal(NAME.encode()), [NAME.encode()]),
}


def shown(thing: Any, secrets: list[bytes]) -> list[str]:
    """Return every way of writing a thing in which one of these secrets is seen."""

    @dataclasses.dataclass
    class Holder:
        thing: Any

    ways: list[Callable[[], str]] = [
        lambda: repr(thing),
        lambda: str(thing),
        lambda: f"{thing} {thing!s} {thing!r} {thing!a}",
        lambda: f"{thing:>60}",
        lambda: "%s %r" % (thing, thing),  # noqa: UP031 - it is one more way
        lambda: repr([thing, {"of": thing}, (thing,)]),
        lambda: pprint.pformat({"of": [thing]}),
        lambda: repr(Holder(thing)),
        lambda: repr(dataclasses.asdict(Holder(thing))),
        lambda: repr(ValueError(thing)),
        lambda: json.dumps(thing, default=str),
        lambda: repr(getattr(thing, "__dict__", "")),
    ]
    texts = []
    for way in ways:
        try:
            texts.append(way())
        except TypeError as error:
            texts.append(str(error))
    return [text for text in texts if any(form in text for raw in secrets for form in [*forms(raw), repr(raw)])]


def test_the_search_finds_what_shows() -> None:
    assert len(shown(RAW, [RAW])) > 8
    assert shown(NAME, [NAME.encode()])


@pytest.mark.parametrize("what", HELD)
def test_it_shows_nothing(what: str) -> None:
    thing, secrets = HELD[what]
    assert repr(thing) == f"{type(thing).__name__}(…)"
    assert not shown(thing, secrets)
    logged = StringIO()
    logger = logging.Logger("apart")
    logger.addHandler(logging.StreamHandler(logged))
    logger.error("%s %r %s", thing, thing, [thing], extra={"thing": thing})
    assert "…" in logged.getvalue()
    assert not [raw for raw in secrets for form in forms(raw) if form in logged.getvalue()]


@pytest.mark.parametrize("what", HELD)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_does_not_pickle(what: str, protocol: int) -> None:
    for thing in (HELD[what][0], [HELD[what][0]], {"of": HELD[what][0]}):
        with pytest.raises(TypeError):
            pickle.dumps(thing, protocol)


@pytest.mark.parametrize("what", HELD)
@pytest.mark.parametrize(
    "how", [copy.copy, copy.deepcopy, lambda thing: copy.deepcopy([thing]), lambda thing: thing.__reduce_ex__(4)]
)
def test_it_does_not_copy(what: str, how: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        how(HELD[what][0])


@pytest.mark.parametrize("what", ["secret", "person's key"])
def test_keys_are_not_taken_apart(what: str) -> None:
    with pytest.raises(TypeError):
        HELD[what][0].__getstate__()
    assert not hasattr(HELD[what][0], "__dict__")


def test_a_secret_comes_out_for_the_token_alone() -> None:
    secret = Secret(RAW)
    assert secret.material(READS_KEY_MATERIAL) == RAW
    for token in (None, True, "READS_KEY_MATERIAL", type(READS_KEY_MATERIAL)()):
        with pytest.raises(TypeError, match="takes the token"):
            secret.material(token)
    held = secret._raw
    secret.wipe()
    assert held == bytes(32)
    with pytest.raises(ValueError, match="wiped"):
        secret.material(READS_KEY_MATERIAL)
    assert Secret.random() != Secret.random()
    assert [len(Secret.random(size).material(READS_KEY_MATERIAL)) for size in (16, 32)] == [16, 32]
    assert len(Secret.random().material(READS_KEY_MATERIAL)) == 32


def test_a_secret_is_compared_by_content_and_has_no_hash() -> None:
    assert Secret(RAW) == Secret(RAW)
    for other in (Secret(RAW[:-1]), Secret(RAW[:-1] + b"x"), RAW, bytearray(RAW), RAW.decode("latin-1"), None):
        assert Secret(RAW) != other
    with pytest.raises(TypeError):
        hash(Secret(RAW))
    assert Personal(NAME) == Personal(NAME)
    assert (Personal(NAME) == Personal(NAME + " "), Personal(NAME) == NAME, Personal(b"1") == Personal("1")) == (
        False,
        False,
        False,
    )
    assert Personal("\ud800") != Personal("?")


@pytest.mark.parametrize("kind", [Secret, Personal])
def test_it_is_compared_in_constant_time(kind: type) -> None:
    assert "hmac.compare_digest" in inspect.getsource(kind.__eq__)
    for node in ast.walk(ast.parse(inspect.getsource(kind.__eq__).strip().replace("\n    ", "\n"))):
        if isinstance(node, ast.Compare):
            assert ast.unparse(node) == "mine == theirs", "of two values that are neither texts nor bytes"


def keys_of(vault: Vault, privacy: Path) -> list[bytes]:
    """Return every key that a vault holds: people's, what is derived from them, its own, and the key-encryption key."""
    roots = [vault.load_current(subject).root().material(READS_KEY_MATERIAL) for subject in (ADA, "account:43")]
    derived = [hmac.digest(raw, EXPAND, "sha512")[32:] for raw in roots]
    own = [secret.material(READS_KEY_MATERIAL) for secret in (vault._blind, vault.people._tags)]
    files = [json.loads(path.read_bytes()).get("key", "") for path in (privacy / ".kept" / "vault" / "keys").glob("*.key")]
    return [*roots, *derived, *own, *(bytes.fromhex(text) for text in files if text)]


def failures(vault: Vault, privacy: Path, value: Personal[str]) -> dict[str, BaseException]:
    """Make the vault fail in every way there is, with a value of a person in hand where there is one."""
    field, files, kept = vault.field(PLACE), vault.files(PLACE), privacy / ".kept" / "vault"
    sealed, lent = field.seal(ADA, value.reveal().encode()), field.seal("account:43", b"")
    target = BytesIO()
    with files.writer(ADA, target) as into:
        into.write(value.reveal().encode() * 20_000)
    broken_file = target.getvalue()[:-1] + bytes([target.getvalue()[-1] ^ 1])
    (kept.parent / "plain").write_bytes(value.reveal().encode() * 20_000)
    (kept.parent / "sealed").write_bytes(broken_file)
    found = {
        "broken": caught(lambda: field.open(ADA, sealed[:-1] + bytes([sealed[-1] ^ 1]))),
        "broken text": caught(lambda: field.open_text(ADA, to_text(sealed)[:-1])),
        "no text": caught(lambda: field.open_text(ADA, to_text(field.seal(ADA, value.reveal().encode() + b"\xff")))),
        "another's": caught(lambda: field.open(ADA, lent)),
        "unknown key": caught(lambda: field.open(ADA, PREFIX + bytes(32) + sealed[38:])),
        "broken file": caught(lambda: files.open(ADA, kept.parent / "sealed", kept.parent / "opened")),
        "broken stream": caught(lambda: files.reader(ADA, BytesIO(broken_file)).read()),
        "no place": caught(lambda: files.seal(ADA, kept.parent / "plain", kept / "nowhere" / "sealed")),
    }
    vault.cache.clear()
    (kept / "keys").rename(kept / "away")
    vault.ring.close()
    found["provider down, open"] = caught(lambda: field.open(ADA, sealed))
    found["provider down, seal"] = caught(lambda: field.seal_text("account:44", value.reveal()))
    found["provider down, bytes"] = caught(lambda: field.seal("account:44", value.reveal().encode()))
    (kept / "away").rename(kept / "keys")
    destroy(vault, [ADA])
    found["destroyed, open"] = caught(lambda: field.open(ADA, sealed))
    found["destroyed, seal"] = caught(lambda: field.seal_text(ADA, value.reveal()))
    found["destroyed, file"] = caught(lambda: files.seal(ADA, kept.parent / "plain", kept.parent / "sealed"))
    vault.database.close()
    (kept / "keys.sqlite3").rename(kept / "gone")
    found["no keys database, open"] = caught(lambda: field.open("account:43", PREFIX + bytes(32) + sealed[38:]))
    found["no keys database, seal"] = caught(lambda: field.seal_text("account:45", value.reveal()))
    found["no keys database, vault"] = caught(lambda: open_vault(privacy))
    (kept / "gone").rename(kept / "keys.sqlite3")
    return found


def test_no_error_tells_a_key_or_a_value(vault: Vault, privacy: Path) -> None:
    secrets = keys_of(vault, privacy)
    assert len(secrets) == 7
    found = failures(vault, privacy, Personal(NAME))
    for name, error in found.items():
        assert isinstance(error, KeptError), f"{name}: {error!r}"
        assert not leaks(error, secrets), name
        assert not [text for text in told(error) if NAME in text or NAME.encode().hex() in text], name
    kinds = {type(error) for error in found.values()}
    assert kinds >= {SealBroken, UnknownKey, KeyDestroyed, KeysUnreachable, ProviderUnreachable}


def test_a_wrong_passphrase_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept.toml").write_text(
        f'{KEPT_TOML}[vault.providers.file]\npassphrase = "env:KEPT_PASSPHRASE"\n', encoding="utf-8"
    )
    monkeypatch.setenv("KEPT_PASSPHRASE", "correct horse battery staple")
    make_vault(tmp_path)
    vault = open_vault(tmp_path)
    secrets = keys_of(vault, tmp_path)
    vault.close()
    monkeypatch.setenv("KEPT_PASSPHRASE", "wrong horse battery staple")
    error = caught(lambda: open_vault(tmp_path))
    assert isinstance(error, WrongPassphrase)
    assert not leaks(error, secrets)
    assert not [text for text in told(error) if "horse" in text]
    assert repr(vault) == "Vault(0 keys in memory)"
