"""What every holder of key-encryption keys must do alike.

The files are real files, the token is one of SoftHSM2, KMS is moto's server, and the transit engine is our own small server, which
is our reading of its API and not a real server (tests/vault/providers/transit_server.py).
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle

import pytest

from kept.base.errors import NOTHING_CHANGED, ProviderUnreachable, StrangeKey, WrongPassphrase
from kept.vault.providers.provider import Provider
from kept.vault.secret import READS_KEY_MATERIAL, Secret
from tests.vault.providers.benches import INSTALLATION, Bench, KmsBench, caught, exit_of_child, some

MANY = 25


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_keys_come_back_in_their_order(bench: Bench, count: int) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    assert 0 < len(reference) <= 200
    keys, about = some(count)
    wrapped = provider.wrap(reference, keys, about)
    assert len(wrapped) == count
    assert provider.unwrap(reference, wrapped, about) == keys
    assert provider.unwrap(reference, wrapped[::-1], about[::-1]) == keys[::-1]


def test_another_process_opens_what_one_wrapped(bench: Bench) -> None:
    first = bench.open()
    reference = first.make(INSTALLATION)
    keys, about = some(3)
    wrapped = first.wrap(reference, keys, about)
    first.close()
    first.close()
    assert bench.open().unwrap(reference, wrapped, about) == keys


def test_two_key_encryption_keys_have_two_names(bench: Bench) -> None:
    provider = bench.open()
    assert provider.make(INSTALLATION) != provider.make(INSTALLATION)


def test_a_wrapped_key_is_new_each_time_and_hides_the_key(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    key = Secret.random()
    wrapped = provider.wrap(reference, [key] * 5, [b"one person"] * 5)
    assert len(set(wrapped)) == 5
    assert not any(key.material(READS_KEY_MATERIAL) in blob for blob in wrapped)
    assert max(map(len, wrapped)) <= 512


def test_a_key_about_another_is_refused(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(2)
    wrapped = provider.wrap(reference, keys, about)
    for wrong in (about[::-1], [about[0], b""], [about[0], about[1] + b"\0"], [about[0], about[1][:-1]]):
        assert isinstance(caught(partial(provider.unwrap, reference, wrapped, wrong)), StrangeKey)


def test_what_a_key_is_about_may_be_empty_or_long(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = [Secret.random(), Secret.random()], [b"", secrets.token_bytes(5_000)]
    wrapped = provider.wrap(reference, keys, about)
    assert provider.unwrap(reference, wrapped, about) == keys
    assert isinstance(caught(lambda: provider.unwrap(reference, wrapped, about[::-1])), StrangeKey)


def test_a_blob_of_another_key_encryption_key_is_refused(bench: Bench) -> None:
    provider = bench.open()
    mine, other = provider.make(INSTALLATION), provider.make("f" * 32)
    keys, about = some(2)
    wrapped = provider.wrap(mine, keys[:1], about[:1]) + provider.wrap(other, keys[1:], about[1:])
    for reference in (mine, other):
        assert isinstance(caught(partial(provider.unwrap, reference, wrapped, about)), StrangeKey)


def test_a_flipped_bit_is_refused(bench: Bench) -> None:
    """Every bit, and of moto, which is slow, a seventh of them."""
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    [blob] = provider.wrap(reference, keys, about)
    for bit in range(0, len(blob) * 8, bench.bits):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        error = caught(partial(provider.unwrap, reference, [bytes(flipped)], about))
        assert isinstance(error, StrangeKey), f"bit {bit}: {error!r}"
    assert provider.unwrap(reference, [blob], about) == keys


def test_cut_and_strange_bytes_are_refused(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    [blob] = provider.wrap(reference, keys, about)
    draw = random.Random(11)
    cut = [blob[:size] for size in (0, 1, 3, 4, 11, 12, 13, 27, 28, 29, 31, 32, len(blob) - 1)]
    strange = [draw.randbytes(size) for size in (1, len(blob), 10_000)] + [
        blob + b"\0",
        blob + blob,
        bytes(len(blob)),
        b"\n" + blob,
    ]
    for wrong in cut + strange:
        error = caught(partial(provider.unwrap, reference, [wrong], about))
        assert isinstance(error, StrangeKey), f"{len(wrong)} bytes: {error!r}"


def test_one_bad_key_among_many_is_refused(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(MANY)
    wrapped = provider.wrap(reference, keys, about)
    spoilt = [*wrapped[:-1], wrapped[-1][:-1] + bytes([wrapped[-1][-1] ^ 1])]
    assert isinstance(caught(lambda: provider.unwrap(reference, spoilt, about)), StrangeKey)
    assert provider.unwrap(reference, wrapped, about) == keys


def test_a_destroyed_key_opens_nothing(bench: Bench) -> None:
    """Except with KMS: moto goes on decrypting after a deletion was scheduled, which AWS does not; tests/…/test_aws_kms.py."""
    provider = bench.open()
    reference, kept = provider.make(INSTALLATION), provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped, other = provider.wrap(reference, keys, about), provider.wrap(kept, keys, about)
    gone_at = provider.destroy(reference)
    assert (gone_at is not None) is isinstance(bench, KmsBench)
    assert provider.destroy(reference) == gone_at
    assert bench.open().destroy(reference) == gone_at
    if not isinstance(bench, KmsBench):
        for asked in (provider, bench.open()):
            assert isinstance(caught(partial(asked.unwrap, reference, wrapped, about)), ProviderUnreachable)
            assert isinstance(caught(partial(asked.wrap, reference, keys, about)), ProviderUnreachable)
    assert provider.unwrap(kept, other, about) == keys


def test_a_key_that_nobody_made_is_an_error_of_ours(bench: Bench) -> None:
    provider = bench.open()
    made = provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(made, keys, about)
    changed = made[:-4] + ("0000" if made[-4:] != "0000" else "1111")
    for reference in (
        changed,
        "nowhere",
        "",
        "../../etc/passwd",
        "a" * 200,
        "%2e%2e/sys",
        f"{made}\n",
        f"{made}/config",
        made[:-1],
    ):
        for call in (partial(provider.wrap, reference, keys, about), partial(provider.unwrap, reference, wrapped, about)):
            error = caught(call)
            assert isinstance(error, ProviderUnreachable | StrangeKey), f"{reference}: {error!r}"
            assert error.todo.endswith(".")
            assert error.changed == NOTHING_CHANGED
    assert provider.unwrap(made, wrapped, about) == keys


def calls(provider: Provider, reference: str, wrapped: list[bytes]) -> dict[str, Callable[[], object]]:
    """Everything that can be asked, by name."""
    return {
        "make": lambda: provider.make(INSTALLATION),
        "wrap": lambda: provider.wrap(reference, [Secret.random()], [b"person 0"]),
        "unwrap": lambda: provider.unwrap(reference, wrapped, [b"person 0"]),
        "destroy": lambda: provider.destroy(reference),
    }


def test_a_provider_that_is_away_says_so_and_nothing_is_changed(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(reference, keys, about)
    with bench.away() as late:
        asked = calls(late, reference, wrapped)
        for name in bench.needs:
            error = caught(asked[name])
            assert isinstance(error, ProviderUnreachable), f"{name}: {error!r}"
            assert error.changed == NOTHING_CHANGED
            assert error.store == "vault"
            assert error.todo.endswith(".")


@pytest.mark.parametrize("kind", ["file", "aws_kms", "pkcs11"])
def test_what_was_away_and_came_back_still_opens_everything(kind: str, request: pytest.FixtureRequest) -> None:
    bench: Bench = request.getfixturevalue(f"{kind}_bench")
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(2)
    wrapped = provider.wrap(reference, keys, about)
    with bench.away() as late:
        for asked in (late, provider):
            for name in bench.needs:
                if asked is late or kind == "pkcs11":
                    assert isinstance(caught(calls(asked, reference, wrapped[:1])[name]), ProviderUnreachable)
    assert provider.unwrap(reference, wrapped, about) == keys


@pytest.mark.parametrize(("kind", "option"), [("file_with_passphrase", "passphrase"), ("pkcs11", "pin")])
def test_a_wrong_passphrase_says_so(
    kind: str, option: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench: Bench = request.getfixturevalue(f"{kind}_bench")
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(reference, keys, about)
    provider.close()
    for wrong in ("000000", "correct horse battery stapl\u00e9"):
        monkeypatch.setenv("KEPT_TEST_WRONG", wrong)
        mistaken = bench.open(**{option: "env:KEPT_TEST_WRONG"})
        for call in (partial(mistaken.unwrap, reference, wrapped, about), partial(mistaken.wrap, reference, keys, about)):
            error = caught(call)
            assert isinstance(error, WrongPassphrase), repr(error)
            assert error.changed == NOTHING_CHANGED
            assert wrong not in str(error).split()
    assert bench.open().unwrap(reference, wrapped, about) == keys


def test_eight_threads_wrap_at_once(bench: Bench) -> None:
    provider = bench.open()
    reference = provider.make(INSTALLATION)

    def one(_: int) -> bool:
        keys, about = some(10)
        return provider.unwrap(reference, provider.wrap(reference, keys, about), about) == keys

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(16)))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
def test_a_child_of_a_fork_and_its_parent_both_go_on(bench: Bench) -> None:
    """At the same time, so that on a connection that both had one would read the other's answers."""
    provider = bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(20)
    wrapped = provider.wrap(reference, keys, about)

    def all_right(start: int) -> bool:
        order = cycle([*range(start, 20), *range(start)])
        return all(provider.unwrap(reference, [wrapped[at]], [about[at]]) == [keys[at]] for at in (next(order) for _ in range(40)))

    parent: list[bool] = []
    child = exit_of_child(
        lambda: all_right(10) and len(provider.wrap(reference, keys[:1], about[:1])) == 1, lambda: parent.append(all_right(0))
    )
    assert (child, parent) == (0, [True])
    assert all_right(5)
