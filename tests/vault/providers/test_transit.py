"""What only the transit engine does, against our own small server.

The server is our reading of Vault's API documentation and of OpenBao's sources, and not a real one; see transit_server.py.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from kept.base.errors import ProviderUnreachable, Refused, StrangeKey
from kept.vault.providers import registry
from tests.vault.providers.benches import INSTALLATION, TransitBench, caught, some
from tests.vault.providers.conftest import TOKEN
from tests.vault.providers.transit_server import Transit, running


def test_a_key_is_of_the_right_type_and_nothing_of_it_may_be_taken_out(transit_bench: TransitBench) -> None:
    reference = transit_bench.open().make(INSTALLATION)
    assert transit_bench.server.engine.keys[reference]["type"] == "aes256-gcm96"
    assert transit_bench.server.engine.keys[reference]["deletion_allowed"] is False


def test_many_keys_go_in_few_requests(transit_bench: TransitBench) -> None:
    provider = transit_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(2_500)
    asked = transit_bench.server.engine.asked
    asked.clear()
    wrapped = provider.wrap(reference, keys, about)
    assert [path.split("/")[3] for _, path, _ in asked] == ["keys", "encrypt", "encrypt", "encrypt"]
    asked.clear()
    assert provider.unwrap(reference, wrapped, about) == keys
    assert [path.split("/")[3] for _, path, _ in asked] == ["decrypt"] * 3


def test_encrypting_never_makes_a_key(transit_bench: TransitBench) -> None:
    """The server would, for a token with too many rights; the small server's token may do everything."""
    provider = transit_bench.open()
    reference = provider.make(INSTALLATION)
    provider.destroy(reference)
    assert isinstance(caught(partial(provider.wrap, reference, *some(1))), ProviderUnreachable)
    assert transit_bench.server.engine.keys == {}


def test_what_was_wrapped_before_a_rotation_of_the_engine_opens_after_it(transit_bench: TransitBench) -> None:
    provider = transit_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(2)
    before = provider.wrap(reference, keys[:1], about[:1])
    transit_bench.server.engine.rotate(reference)
    after = provider.wrap(reference, keys[1:], about[1:])
    assert provider.unwrap(reference, before + after, about) == keys
    assert [int.from_bytes(blob[:4]) for blob in before + after] == [1, 2]


def test_a_version_zero_is_refused_although_the_server_takes_it_for_one(transit_bench: TransitBench) -> None:
    provider = transit_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    [blob] = provider.wrap(reference, keys, about)
    assert isinstance(caught(partial(provider.unwrap, reference, [bytes(4) + blob[4:]], about)), StrangeKey)


def test_a_server_that_binds_nothing_is_refused_and_keeps_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_TEST_TOKEN", TOKEN)
    engine = Transit(TOKEN, binds=False)
    with running(engine) as server:
        provider = registry.connect("transit", {"url": server.url, "token": "env:KEPT_TEST_TOKEN"}, tmp_path)
        with pytest.raises(Refused, match="ignores associated_data"):
            provider.make(INSTALLATION)
        provider.close()
    assert engine.keys == {}


def test_a_key_that_is_still_there_was_not_destroyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_TEST_TOKEN", TOKEN)
    with running(Transit(TOKEN, deletes=False)) as server:
        provider = registry.connect("transit", {"url": server.url, "token": "env:KEPT_TEST_TOKEN"}, tmp_path)
        reference = provider.make(INSTALLATION)
        with pytest.raises(ProviderUnreachable, match="not known whether the key was destroyed"):
            provider.destroy(reference)
        provider.close()


@pytest.mark.parametrize("changed", [{"mount": "elsewhere"}, {"token": "env:KEPT_TEST_OTHER"}])
def test_a_wrong_mount_or_token_does_not_take_a_key_for_destroyed(
    transit_bench: TransitBench, changed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_TEST_OTHER", "hvs.another")
    reference = transit_bench.open().make(INSTALLATION)
    mistaken = transit_bench.open(**changed)
    for call in (
        partial(mistaken.destroy, reference),
        partial(mistaken.wrap, reference, *some(1)),
        partial(mistaken.make, INSTALLATION),
    ):
        error = caught(call)
        assert isinstance(error, ProviderUnreachable)
        assert "[vault.options]" in error.todo or "policy" in error.todo
    assert list(transit_bench.server.engine.keys) == [reference]


def test_a_redirect_is_not_followed(transit_bench: TransitBench) -> None:
    """People's keys would go along to wherever it points."""
    provider = transit_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(reference, keys, about)
    engine = transit_bench.server.engine
    engine.asked.clear()
    with running(Transit(TOKEN)) as elsewhere:
        engine.elsewhere = elsewhere.url
        for call in (
            partial(provider.wrap, reference, keys, about),
            partial(provider.unwrap, reference, wrapped, about),
            partial(provider.make, INSTALLATION),
            partial(provider.destroy, reference),
        ):
            error = caught(call)
            assert isinstance(error, ProviderUnreachable)
            assert "redirected" in error.happened
        assert elsewhere.engine.asked == []
    assert list(engine.keys) == [reference]


def test_the_namespace_goes_with_every_request(transit_bench: TransitBench) -> None:
    provider = transit_bench.open(namespace="team/privacy")
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    assert provider.unwrap(reference, provider.wrap(reference, keys, about), about) == keys
    provider.destroy(reference)
    assert {namespace for _, _, namespace in transit_bench.server.engine.asked} == {"team/privacy"}


def test_a_mount_may_lie_deeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_TEST_TOKEN", f" {TOKEN}\n")
    with running(Transit(TOKEN, mount="team/keys/transit")) as server:
        options = {"url": f"{server.url}/", "token": "env:KEPT_TEST_TOKEN", "mount": "team/keys/transit"}
        provider = registry.connect("transit", options, tmp_path)
        reference = provider.make(INSTALLATION)
        keys, about = some(1)
        assert provider.unwrap(reference, provider.wrap(reference, keys, about), about) == keys
        provider.close()
