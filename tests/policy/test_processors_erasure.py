"""How processors are asked, as `processors.yaml` says it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from kept.base.errors import PolicyErrors
from kept.base.periods import Period
from kept.policy.load import load
from kept.policy.processors import Asking, KnownBy, ProcessorsFile, confidential, faults
from kept.policy.schema import schema_of
from kept.policy.settings import EnvReference
from kept.policy.written import plain_of

from .folders import PROCESSORS, write_folder
from .terms import TERMS

ERASURE = """    erasure:
      way: http
      address: https://api.posts.example/orders
      knows:
        - {kind: email, form: sha-256}
        - {kind: subject, theirs: customer_id}
      within: 14 days
      rights: [erasure, rectification]
      options: {key-id: posts-2026}
      secrets: {key: env:POSTS_KEY}
"""


def loaded(tmp_path: Path, erasure: str) -> Asking:
    found = load(write_folder(tmp_path / "privacy", {"processors.yaml": PROCESSORS + erasure}), TERMS).processors["posts"].erasure
    assert found is not None
    return found


def test_an_entry_is_read(tmp_path: Path) -> None:
    found = loaded(tmp_path, ERASURE)
    assert found == Asking(
        way="http",
        address="https://api.posts.example/orders",
        knows=(KnownBy(kind="email", form="sha-256"), KnownBy(kind="subject", theirs="customer_id")),
        within=Period(hours=14 * 24),
        rights=("erasure", "rectification"),
        options={"key-id": "posts-2026"},
        secrets={"key": EnvReference(variable="POSTS_KEY")},
    )
    assert list(faults(found)) == []


def test_little_has_to_be_said(tmp_path: Path) -> None:
    found = loaded(tmp_path, "    erasure: {way: email, address: dpo@posts.example, knows: [{kind: email}]}\n")
    assert (str(found.within), found.rights, found.options, found.secrets) == ("30 days", ("erasure",), {}, {})
    assert found.by(datetime(2027, 1, 31, 12, tzinfo=UTC)) == date(2027, 3, 2)
    assert list(faults(found)) == []


def test_none_has_to_be(tmp_path: Path) -> None:
    assert load(write_folder(tmp_path, {}), TERMS).processors["posts"].erasure is None


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("env:POSTS_KEY", "hunter2"), "processors.yaml:20:22", "passwords do not belong in a file"),
        (("way: http", "wey: http"), "processors.yaml:12:7", "Did you mean 'way'?"),
        (("form: sha-256", "form: md5"), "processors.yaml:15:31", "'md5' is not one of plain, sha-256"),
        (("14 days", "soon"), "processors.yaml:17:15", "is not a period"),
        (("[erasure, rectification]", "erasure"), "processors.yaml:18:15", "expected a list"),
        (("      address: https://api.posts.example/orders\n", ""), "processors.yaml:12:7", "'address' is missing"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], place: str, words: str) -> None:
    with pytest.raises(PolicyErrors) as caught:
        loaded(tmp_path, ERASURE.replace(*change))
    [told] = [str(error) for error in caught.value.errors if words in str(error)]
    assert place in told
    assert "hunter2" not in str(caught.value)


def asking(**changes: Any) -> Asking:
    said: dict[str, Any] = {"way": "http", "address": "https://posts.example", "knows": (KnownBy(kind="email"),)}
    return Asking(**{**said, **changes})


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"address": "http://posts.example"}, ("address",)),
        ({"way": "email"}, ("address",)),
        ({"way": "email", "address": "Ada <ada@posts.example>"}, ("address",)),
        ({"way": "email", "address": "a@b.c\nBcc: d@e.f"}, ("address",)),
        ({"knows": ()}, ("knows",)),
        ({"rights": ()}, ("rights",)),
        ({"within": Period()}, ("within",)),
        ({"knows": (KnownBy(kind="email"), KnownBy(kind="E-Mail"))}, ("knows", 1, "kind")),
        ({"knows": (KnownBy(kind="email"), KnownBy(kind="email"))}, ("knows", 1)),
    ],
)
def test_what_cannot_be_right_is_told_by_its_path(changes: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert [fault.path for fault in faults(asking(**changes))] == [path]


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://posts.example/a?b=c", True),
        ("https://posts.example:8443", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://[::1]:8000/x", True),
        ("http://localhost", True),
        ("http://posts.example", False),
        ("https://ada@posts.example", False),
        ("https://ada:pw@posts.example", False),
        ("https://posts.example/#x", False),
        ("https://posts.example\\@evil.example", False),
        ("https://posts.example/a b", False),
        ("https://posts.example:99999", False),
        ("https://", False),
        ("//posts.example", False),
        ("https://[posts", False),
        ("", False),
    ],
)
def test_an_address_that_nobody_reads_along(address: str, good: bool) -> None:
    assert confidential(address) is good


def test_editors_know_the_entry_and_it_can_be_written_back(tmp_path: Path) -> None:
    plain = YAML(typ="safe").load(ERASURE)["erasure"]
    assert plain_of(loaded(tmp_path, ERASURE)) == plain
    validator = Draft202012Validator(schema_of(Asking))
    assert list(validator.iter_errors(plain)) == []
    assert list(validator.iter_errors({**plain, "secrets": {"key": "hunter2"}}))
    assert "Asking" in schema_of(ProcessorsFile)["$defs"]
