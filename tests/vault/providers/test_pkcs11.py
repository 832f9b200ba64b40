"""What only a token does, on SoftHSM2."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass

from kept.base.errors import ProviderUnreachable, StrangeKey, WrongPassphrase
from kept.vault.providers.pkcs11 import Pkcs11Provider
from kept.vault.providers.provider import Provider
from tests.vault.providers import softhsm
from tests.vault.providers.benches import INSTALLATION, Pkcs11Bench, caught, exit_of_child, some


def looking(bench: Pkcs11Bench) -> pkcs11.Session:
    """Return a session of python-pkcs11's own; the provider is logged in already."""
    return pkcs11.lib(bench.options["module"]).get_token(token_label=softhsm.LABEL).open()


def test_the_key_never_leaves_the_token(pkcs11_bench: Pkcs11Bench) -> None:
    provider = pkcs11_bench.open()
    reference = provider.make(INSTALLATION)
    key = looking(pkcs11_bench).get_key(object_class=ObjectClass.SECRET_KEY, label=reference)
    for attribute, value in {
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.VALUE_LEN: 32,
        Attribute.TOKEN: True,
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.ALWAYS_SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.NEVER_EXTRACTABLE: True,
        Attribute.ENCRYPT: True,
        Attribute.DECRYPT: True,
        Attribute.WRAP: False,
        Attribute.UNWRAP: False,
        Attribute.SIGN: False,
        Attribute.DERIVE: False,
    }.items():
        assert key[attribute] == value, attribute
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.VALUE]


def test_destroying_takes_the_object_from_the_token(pkcs11_bench: Pkcs11Bench) -> None:
    provider = pkcs11_bench.open()
    reference = provider.make(INSTALLATION)
    assert len(list(looking(pkcs11_bench).get_objects({Attribute.LABEL: reference}))) == 1
    provider.destroy(reference)
    assert len(list(looking(pkcs11_bench).get_objects({Attribute.LABEL: reference}))) == 0


def test_a_session_that_another_provider_logged_out_is_opened_anew(pkcs11_bench: Pkcs11Bench) -> None:
    """A login is the whole process's: closing one provider logs out the other, whose session then sees no keys."""
    first, second = pkcs11_bench.open(), pkcs11_bench.open()
    reference = first.make(INSTALLATION)
    keys, about = some(1)
    wrapped = second.wrap(reference, keys, about)
    first.close()
    assert second.unwrap(reference, wrapped, about) == keys


def test_a_logged_out_session_does_not_take_a_key_for_destroyed(pkcs11_bench: Pkcs11Bench) -> None:
    first, second = pkcs11_bench.open(), pkcs11_bench.open()
    reference = first.make(INSTALLATION)
    keys, about = some(1)
    wrapped = second.wrap(reference, keys, about)
    first.close()
    second.destroy(reference)
    assert isinstance(caught(partial(pkcs11_bench.open().unwrap, reference, wrapped, about)), ProviderUnreachable)
    assert len(list(looking(pkcs11_bench).get_objects({Attribute.LABEL: reference}))) == 0


def test_many_providers_open_and_close_at_once(pkcs11_bench: Pkcs11Bench) -> None:
    """Each closing logs out the others, and the module is told that it needs no locks."""
    reference = pkcs11_bench.open().make(INSTALLATION)

    def one(_: int) -> bool:
        provider = pkcs11_bench.open()
        keys, about = some(3)
        for _ in range(5):
            if provider.unwrap(reference, provider.wrap(reference, keys, about), about) != keys:
                return False
            provider.close()
        provider.destroy(provider.make(INSTALLATION))
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(24)))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
def test_a_fork_in_the_middle_of_other_threads_calls_leaves_a_child_that_works(pkcs11_bench: Pkcs11Bench) -> None:
    """A child that inherited the turn of a thread it does not have would wait for ever."""
    provider = pkcs11_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(10)
    wrapped = provider.wrap(reference, keys, about)
    stop = Event()

    def busy(_: int) -> bool:
        while not stop.is_set():
            provider.unwrap(reference, wrapped, about)
        return True

    with ThreadPoolExecutor(4) as threads:
        others = threads.map(busy, range(4))
        try:
            for _ in range(8):
                assert exit_of_child(lambda: provider.unwrap(reference, wrapped, about) == keys) == 0
        finally:
            stop.set()
        assert all(others)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("strict", [False, True], ids=["a session lives on", "a session ends"])
def test_a_child_of_a_fork_has_a_session_of_its_own(pkcs11_bench: Pkcs11Bench, strict: bool) -> None:
    """PKCS#11 says that a child starts anew. SoftHSM2 lets sessions live on unless it is told to be strict."""
    if strict:
        settings = pkcs11_bench.folder / "softhsm2.conf"
        settings.write_text(settings.read_text() + "library.reset_on_fork = true\n")
        softhsm.stop(pkcs11_bench.options["module"])
    provider = pkcs11_bench.open()
    assert isinstance(provider, Pkcs11Provider)
    reference = provider.make(INSTALLATION)
    keys, about = some(3)
    wrapped = provider.wrap(reference, keys, about)

    def works() -> bool:
        opened = provider.unwrap(reference, wrapped, about) == keys
        own = provider._session is not None and provider._session[0] == os.getpid()
        provider.close()
        return opened and own

    assert exit_of_child(works) == 0
    assert provider.unwrap(reference, wrapped, about) == keys


@pytest.mark.parametrize("loss", ["finalised", "started anew"])
def test_a_module_that_someone_else_stopped_is_started_again(pkcs11_bench: Pkcs11Bench, loss: str) -> None:
    provider = pkcs11_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(3)
    wrapped = provider.wrap(reference, keys, about)
    library = pkcs11.lib(pkcs11_bench.options["module"])
    library.finalize() if loss == "finalised" else library.reinitialize()
    assert provider.unwrap(reference, wrapped, about) == keys
    library.finalize() if loss == "finalised" else library.reinitialize()
    assert len(provider.wrap(reference, keys, about)) == 3
    library.finalize() if loss == "finalised" else library.reinitialize()
    assert provider.make(INSTALLATION) != reference


def test_a_pin_that_was_refused_is_not_tried_again(pkcs11_bench: Pkcs11Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens lock after a few; a service that unwraps for every request would lock its own token in a second."""
    monkeypatch.setenv("KEPT_TEST_WRONG", "000000")
    mistaken = pkcs11_bench.open(pin="env:KEPT_TEST_WRONG")
    assert isinstance(caught(partial(mistaken.make, INSTALLATION)), WrongPassphrase)
    Path(pkcs11_bench.folder / "tokens").rename(pkcs11_bench.folder / "elsewhere")  # whoever asks now gets another error
    error = caught(partial(mistaken.make, INSTALLATION))
    assert isinstance(error, WrongPassphrase)
    assert "PinIncorrect" in error.happened


def test_a_module_that_is_missing_or_none_says_so(pkcs11_bench: Pkcs11Bench, tmp_path: Path) -> None:
    no_module = tmp_path / "text.so"
    no_module.write_text("no module")
    for path in ("/nowhere/libhsm.so", str(no_module)):
        error = caught(partial(pkcs11_bench.open(module=path).make, INSTALLATION))
        assert isinstance(error, ProviderUnreachable)
        assert "module's path" in error.todo


def test_a_token_that_is_not_there_says_so(pkcs11_bench: Pkcs11Bench) -> None:
    error = caught(partial(pkcs11_bench.open(token="another").make, INSTALLATION))
    assert isinstance(error, ProviderUnreachable)
    assert "NoSuchToken" in error.happened
    assert "slot" in error.todo


@pytest.fixture
def twin(pkcs11_bench: Pkcs11Bench) -> Pkcs11Bench:
    """Two tokens of one label."""
    softhsm.make_token()
    softhsm.stop(pkcs11_bench.options["module"])
    return pkcs11_bench


def test_of_two_tokens_of_one_label_the_slot_tells_which(twin: Pkcs11Bench) -> None:
    error = caught(partial(twin.open().make, INSTALLATION))
    assert isinstance(error, ProviderUnreachable)
    assert "slot" in error.todo
    tokens = list(pkcs11.lib(twin.options["module"]).get_tokens(token_label=softhsm.LABEL))
    first, second = (twin.open(slot=str(token.slot.slot_id)) for token in tokens)
    reference = first.make(INSTALLATION)
    keys, about = some(1)
    wrapped = first.wrap(reference, keys, about)
    assert isinstance(caught(partial(second.unwrap, reference, wrapped, about)), ProviderUnreachable)
    assert first.unwrap(reference, wrapped, about) == keys


def test_a_slot_without_the_token_is_not_the_token(pkcs11_bench: Pkcs11Bench) -> None:
    for provider in (pkcs11_bench.open(slot="77"), pkcs11_bench.open(token="another", slot=slot_of(pkcs11_bench))):
        assert isinstance(caught(partial(provider.make, INSTALLATION)), ProviderUnreachable)


def slot_of(bench: Pkcs11Bench) -> str:
    return str(pkcs11.lib(bench.options["module"]).get_token(token_label=softhsm.LABEL).slot.slot_id)


def test_another_token_s_blob_is_strange_to_a_key_of_the_same_label(twin: Pkcs11Bench) -> None:
    tokens = list(pkcs11.lib(twin.options["module"]).get_tokens(token_label=softhsm.LABEL))
    first, second = (twin.open(slot=str(token.slot.slot_id)) for token in tokens)
    reference = first.make(INSTALLATION)
    keys, about = some(1)
    wrapped = first.wrap(reference, keys, about)
    made = second.make(INSTALLATION)
    relabel(tokens[1], made, reference)
    fresh: Provider = twin.open(slot=str(tokens[1].slot.slot_id))
    assert isinstance(caught(partial(fresh.unwrap, reference, wrapped, about)), StrangeKey)


def relabel(token: pkcs11.Token, old: str, new: str) -> None:
    session = token.open(rw=True)
    session.get_key(object_class=ObjectClass.SECRET_KEY, label=old)[Attribute.LABEL] = new


@pytest.mark.parametrize(("required", "outcome"), [("0", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_softhsm_is_named(required: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_REQUIRE_SERVICES", required)
    monkeypatch.setattr(softhsm, "PLACES", ())
    with pytest.raises(outcome, match="install the package softhsm2"):
        softhsm.module()
