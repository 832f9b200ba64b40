"""Providers are found by name, and their options are read with care."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kept.base.errors import Refused
from kept.vault.providers import registry

PACKAGES = {"aws-kms": "boto3", "pkcs11": "pkcs11", "transit": "hvac"}


def test_there_are_four_kinds_and_each_option_is_explained() -> None:
    kinds = registry.kinds()
    assert list(kinds) == ["aws-kms", "file", "pkcs11", "transit"]
    for kind in kinds.values():
        assert kind.title.endswith(".")
        assert kind.secrets <= kind.options.keys()
        assert all(meaning.endswith(".") and len(meaning) > 20 for meaning in kind.options.values())
        assert all("env:" in kind.options[option] or "environment" in kind.options[option] for option in kind.secrets)


def test_what_was_never_run_on_the_real_thing_says_so_in_its_title() -> None:
    kinds = registry.kinds()
    assert "never been run against a real server" in kinds["transit"].title
    assert "not against AWS" in kinds["aws-kms"].title
    assert "not against a device" in kinds["pkcs11"].title


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no key provider 'azure'") as caught:
        registry.connect("azure", {}, tmp_path)
    assert "aws-kms, file, pkcs11, transit" in caught.value.todo


@pytest.mark.parametrize("name", ["aws-kms", "file", "pkcs11", "transit"])
def test_an_option_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has no option colour") as caught:
        registry.connect(name, {"colour": "blue"}, tmp_path)
    assert all(option in caught.value.todo for option in registry.kinds()[name].options)


@pytest.mark.parametrize("name", ["aws-kms", "file", "pkcs11", "transit"])
def test_a_variable_that_is_not_set_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_TEST_MISSING", raising=False)
    for option in registry.kinds()[name].options:
        with pytest.raises(Refused, match="KEPT_TEST_MISSING"):
            registry.connect(name, {option: "env:KEPT_TEST_MISSING"}, tmp_path)


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, kind in registry.kinds().items() for option in sorted(kind.secrets)]
)
def test_a_secret_in_clear_is_refused(name: str, option: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds a secret in the file itself") as caught:
        registry.connect(name, {option: "open sesame 4711"}, tmp_path)
    assert "open sesame" not in str(caught.value)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_not_installed_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, registry.kinds()[name].module, raising=False)
    for module in [one for one in sys.modules if one.split(".")[0] == PACKAGES[name]]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)
    with pytest.raises(Refused, match=f"needs the package {PACKAGES[name]}") as caught:
        registry.connect(name, {}, tmp_path)
    assert caught.value.todo == f"Install it with: pip install 'keptpolicy[{name}]'."


@pytest.mark.parametrize(
    ("name", "options", "lacking"),
    [
        ("pkcs11", {"module": "/x.so", "token": "t"}, "pin"),
        ("pkcs11", {"token": "t"}, "module, pin"),
        ("transit", {"url": "https://vault.example"}, "token"),
        ("transit", {}, "url, token"),
    ],
)
def test_an_option_that_is_missing_is_refused(name: str, options: dict[str, str], lacking: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=rf"needs \[vault.options\] {lacking}$|needs \[vault.options\] {lacking};"):
        registry.connect(name, options, tmp_path)


@pytest.mark.parametrize(
    "url", ["http://vault.example", "http://10.0.0.7:8200", "vault.example", "ftp://127.0.0.1", "https://", "http://["]
)
def test_people_s_keys_do_not_travel_in_clear(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_TEST_TOKEN", "t")
    with pytest.raises(Refused, match="in clear"):
        registry.connect("transit", {"url": url, "token": "env:KEPT_TEST_TOKEN"}, tmp_path)
    with pytest.raises(Refused, match="in clear"):
        registry.connect("aws-kms", {"endpoint": url}, tmp_path)


@pytest.mark.parametrize("days", ["6", "31", "-7", "7.5", "a week", ""])
def test_a_waiting_period_that_aws_does_not_take_is_refused(days: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="AWS takes 7 to 30"):
        registry.connect("aws-kms", {"pending_days": days}, tmp_path)
