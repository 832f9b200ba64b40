"""Ways of asking are found by their files, and get what processors.yaml says or none of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kept.connectors.processors
from kept.base.errors import Refused
from kept.connectors.opening import kinds
from kept.connectors.processors import ways
from kept.connectors.processors.http import HttpProcessor
from kept.connectors.processors.registry import APART
from kept.policy.processors import KnownBy

from .benches import KEY, asking, processor, secrets

FILES = {path.stem for path in Path(kept.connectors.processors.__file__).parent.glob("[a-z]*.py")}


def test_every_file_is_a_way_or_stands_apart() -> None:
    assert {way.connect.__module__.rpartition(".")[2] for way in ways().values()} == FILES - APART
    assert FILES >= APART


@pytest.mark.parametrize("name", sorted(ways()))
def test_every_way_says_what_it_is_and_what_it_wants(name: str) -> None:
    way = ways()[name]
    assert way.title.endswith(".")
    assert all(text.endswith(".") for text in (*way.options.values(), *way.secrets.values()))
    assert way.needs <= way.options.keys() | way.secrets.keys()
    assert not way.options.keys() & way.secrets.keys()


def test_a_processor_is_no_store() -> None:
    assert not kinds().keys() & ways().keys()


GOOD: dict[str, Any] = {"way": "http", "address": "https://posts.example/orders", "secrets": secrets("key")}


def refusal(environ: dict[str, str] | None = None, **changes: Any) -> str:
    said = {**GOOD, **changes}
    with pytest.raises(Refused) as caught:
        processor(asking(said.pop("way"), said.pop("address"), **said), environ=environ)
    assert KEY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"way": "pigeon"}, "Use one of: ddrf, email, http, opendsr"),
        ({"address": "http://posts.example"}, "no https address"),
        ({"address": "https://ada:pw@posts.example"}, "no https address"),
        ({"address": "ftp://127.0.0.1"}, "no https address"),
        ({"knows": ()}, "nothing it knows people by"),
        ({"knows": (KnownBy(kind="E mail"),)}, "no kind of identifier"),
        ({"knows": (KnownBy(kind="email"), KnownBy(kind="email"))}, "stands here twice"),
        ({"options": {"colour": "red"}}, "has no option colour"),
        ({"secrets": secrets("key", "pin")}, "has no secret pin"),
        ({"secrets": {}}, "http needs key"),
        ({"environ": {"POSTS_KEY": " "}}, "POSTS_KEY, which processors.posts.erasure.secrets.key names, is not set"),
        ({"environ": {"POSTS_KEY": "short"}}, "too short to sign with"),
        ({"options": {"ca": "/nowhere.pem"}}, "is not there"),
        ({"options": {"answers": "maybe"}}, "cannot be that"),
        ({"options": {"key-id": 'x"y'}}, "cannot be that"),
        ({"way": "email", "address": "posts.example", "secrets": {}}, "no letterbox"),
        ({"way": "email", "address": "dpo@posts.example", "secrets": {}}, "no way to send one"),
        ({"way": "opendsr", "secrets": secrets("key")}, "options of opendsr"),
        ({"way": "opendsr", "secrets": {}, "options": {"version": "3.0"}}, "options of opendsr"),
        ({"way": "ddrf"}, "ddrf needs issuer, kid"),
        ({"way": "ddrf", "options": {"issuer": "example.org", "kid": "k"}}, "no private key"),
        ({"way": "ddrf", "options": {"issuer": "example.org", "kid": "k", "body": "xml"}}, "option of ddrf"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(**changes)


def test_a_good_entry_is_ready() -> None:
    said = dict(GOOD)
    assert isinstance(processor(asking(said.pop("way"), said.pop("address"), **said)), HttpProcessor)
