"""No error tells a key, a passphrase, a PIN or a token: not in its sentences, and not in the locals of any frame on its way."""

from __future__ import annotations

import base64
import re
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from kept.base.errors import KeptError, Refused
from kept.vault.providers import registry
from kept.vault.secret import READS_KEY_MATERIAL, Secret
from tests.vault.providers.benches import INSTALLATION, Bench, FileBench, caught, some


def told(error: BaseException | None) -> Iterator[str]:
    """Every text that a tool which reports errors could show: of this error, and of those it came from, asked for or not."""
    while error is not None:
        yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format(chain=False))
        yield repr(error)
        yield repr(error.__dict__)
        yield from told(error.__cause__)
        error = error.__context__


def forms(raw: bytes) -> list[str]:
    """How a secret may look in a text."""
    return [
        raw.hex(),
        raw.hex().upper(),
        repr(raw)[2:-1],
        base64.b64encode(raw).decode(),
        str(list(raw))[1:-1],
        str(int.from_bytes(raw)),
    ]


def leaks(error: BaseException, secrets: list[bytes]) -> list[str]:
    texts = list(told(error))
    assert texts
    return [form for raw in secrets for form in forms(raw) if any(form in text for text in texts)]


def test_the_search_finds_what_leaks() -> None:
    def leaky() -> None:
        raw = key.material(READS_KEY_MATERIAL)
        raise ValueError(len(raw))

    key = Secret.random()
    assert leaks(caught(leaky), [key.material(READS_KEY_MATERIAL)])
    assert not leaks(caught(leaky), [Secret.random().material(READS_KEY_MATERIAL)])


def failures(bench: Bench) -> tuple[dict[str, BaseException], list[Secret]]:
    """Make a provider fail in every way there is, and return the errors and the keys that must not be in them."""
    provider = bench.open()
    reference, other = provider.make(INSTALLATION), provider.make(INSTALLATION)
    keys, about = some(2)
    wrapped = provider.wrap(reference, keys, about)
    flipped = wrapped[1][:-1] + bytes([wrapped[1][-1] ^ 1])
    asked: dict[str, Callable[[], object]] = {
        "wrong about": partial(provider.unwrap, reference, wrapped, about[::-1]),
        "another key": partial(provider.unwrap, other, wrapped, about),
        "a flipped bit": partial(provider.unwrap, reference, [wrapped[0], flipped], about),
        "cut": partial(provider.unwrap, reference, [wrapped[0], b"x"], about),
        "unknown, wrap": partial(provider.wrap, f"{reference[:-4]}ffff", keys, about),
        "unknown, unwrap": partial(provider.unwrap, f"{reference[:-4]}ffff", wrapped, about),
        "impossible, wrap": partial(provider.wrap, "", keys, about),
    }
    errors = {name: caught(call) for name, call in asked.items()}
    with bench.away() as late:
        errors |= {
            "away, wrap": caught(partial(late.wrap, reference, keys, about)),
            "away, unwrap": caught(partial(late.unwrap, reference, wrapped, about)),
        }
        if "make" in bench.needs:
            errors["away, make"] = caught(partial(late.make, INSTALLATION))
            errors["away, destroy"] = caught(partial(late.destroy, reference))
    return errors, keys


def test_no_error_tells_a_key_or_a_secret_of_the_options(bench: Bench) -> None:
    errors, keys = failures(bench)
    secrets = [key.material(READS_KEY_MATERIAL) for key in keys]
    for name, error in errors.items():
        assert isinstance(error, KeptError), f"{name}: {error!r}"
        assert not leaks(error, secrets), name
        texts = list(told(error))
        assert not [text for secret in bench.secrets for text in texts if secret in text], name


@pytest.mark.parametrize(
    ("kind", "option", "wrong"),
    [
        ("file_with_passphrase", "passphrase", "not the pass phrase"),
        ("pkcs11", "pin", "00112233"),
        ("transit", "token", "hvs.another-token"),
        ("transit", "token", "hvs.with\nline"),
        ("transit", "token", "hvs.\u00e9\u4e2d"),
    ],
)
def test_a_refused_secret_is_not_told(
    kind: str, option: str, wrong: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench: Bench = request.getfixturevalue(f"{kind}_bench")
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(reference, keys, about)
    provider.close()
    monkeypatch.setenv("KEPT_TEST_WRONG", wrong)
    mistaken = bench.open(**{option: "env:KEPT_TEST_WRONG"})
    for call in (partial(mistaken.unwrap, reference, wrapped, about), partial(mistaken.wrap, reference, keys, about)):
        error = caught(call)
        assert isinstance(error, KeptError), repr(error)
        assert not leaks(error, [keys[0].material(READS_KEY_MATERIAL), wrong.encode()])
        assert not any(wrong in text for text in told(error))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pkcs11", {"pin": "env:KEPT_TEST_SECRET"}),
        ("pkcs11", {"pin": "env:KEPT_TEST_SECRET", "module": "/x.so", "token": "t", "slot": "first"}),
        ("transit", {"token": "env:KEPT_TEST_SECRET"}),
        ("transit", {"token": "env:KEPT_TEST_SECRET", "url": "http://vault.example"}),
        ("transit", {"token": "env:KEPT_TEST_SECRET", "url": "http://["}),
    ],
)
def test_a_secret_beside_an_option_that_is_wrong_is_not_told(
    name: str, options: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_TEST_SECRET", "open sesame 4711")
    error = caught(partial(registry.connect, name, options, tmp_path))
    assert isinstance(error, Refused)
    assert not any("open sesame 4711" in text for text in told(error))


def test_a_key_file_that_cannot_be_written_is_not_told(file_bench: FileBench) -> None:
    file_bench.keys.write_text("in the way")
    error = caught(partial(file_bench.open().make, INSTALLATION))
    assert isinstance(error, KeptError)
    assert not any(re.search(r"\b[0-9a-f]{64}\b", text) for text in told(error))
