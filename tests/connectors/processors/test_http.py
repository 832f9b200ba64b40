"""A plain order over HTTP, against a processor that checks everything it is sent with its own arithmetic."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.base.errors import NOTHING_CHANGED, SourceError, StoreRefused
from kept.base.personal import Personal
from kept.connectors.processors import Acknowledgement, Correction, Processor

from .benches import AT, EMAIL, KEY, REF, SUBJECT, Asked, Bench, Reply, asking, order, processor, secrets, serving


class Posts:
    """A processor as a stranger would write it from the documentation: it keeps orders by their reference."""

    def __init__(self) -> None:
        self.url = ""
        self.orders: dict[str, dict[str, Any]] = {}
        self.done = 0
        self.state = "accepted"
        self.signs = True
        self.changes: dict[str, Any] = {}
        self.status = 202

    def __call__(self, asked: Asked) -> Reply:
        if not self.genuine(asked):
            return Reply.json(401, {})
        ref = asked.headers["idempotency-key"]
        if asked.method == "POST":
            self.done += ref not in self.orders
            self.orders.setdefault(ref, asked.object())
        elif asked.path != f"/orders/{ref}" or ref not in self.orders:
            return Reply.json(404, {})
        said = {"ref": ref, "state": self.state, "their_ref": "P-1", **self.changes}
        return self.signed(Reply.json(self.status if asked.method == "POST" else 200, said), ref)

    def genuine(self, asked: Asked) -> bool:
        """Check the signature by hand, as the documentation has it."""
        found = re.fullmatch(r'kept=(\((.*)\);created=(\d+);keyid="kept";alg="hmac-sha256")', asked.headers["signature-input"])
        if not found or abs(int(found[3]) - AT.timestamp()) > 300:
            return False
        values = {"@method": asked.method, "@target-uri": self.url + asked.path, **asked.headers}
        names = re.findall(r'"([^"]+)"', found[2])
        wanted = ["@method", "@target-uri", *(["content-digest"] if asked.method == "POST" else []), "idempotency-key"]
        digest = base64.b64encode(hashlib.sha256(asked.body).digest()).decode()
        if names != wanted or (asked.method == "POST" and asked.headers["content-digest"] != f"sha-256=:{digest}:"):
            return False
        base = "\n".join([*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {found[1]}'])
        return asked.headers["signature"] == f"kept=:{mac(base)}:"

    def signed(self, reply: Reply, ref: str) -> Reply:
        if self.signs:
            digest = f"sha-256=:{base64.b64encode(hashlib.sha256(reply.body).digest()).decode()}:"
            covered = f'("@status" "content-digest" "idempotency-key");created={int(AT.timestamp())};keyid="p";alg="hmac-sha256"'
            base = (
                f'"@status": {reply.status}\n"content-digest": {digest}\n"idempotency-key": {ref}\n"@signature-params": {covered}'
            )
            reply.headers |= {
                "Content-Digest": digest,
                "Signature-Input": f"kept={covered}",
                "Signature": f"kept=:{mac(base)}:",
            }
        return reply


def mac(base: str) -> str:
    return base64.b64encode(hmac.new(KEY.encode(), base.encode(), hashlib.sha256).digest()).decode()


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def bench(posts: Posts) -> Any:
    with serving(posts) as running:
        posts.url = running.url
        yield running


def reached(bench: Bench, **changes: Any) -> Processor:
    return processor(asking("http", f"{bench.url}/orders", secrets=secrets("key"), **changes))


def test_an_order_goes_out_and_is_acknowledged(posts: Posts, bench: Bench) -> None:
    found = reached(bench).ask(order())
    assert (found.state, found.their_ref, found.at) == ("accepted", "P-1", AT)
    assert found.until == AT + timedelta(days=1)
    assert found.evidence.words == ("http-202", "signature-verified")
    assert json.loads(found.raw) == {"ref": REF, "state": "accepted", "their_ref": "P-1"}
    assert posts.orders[REF] == {
        "version": "1",
        "ref": REF,
        "request": "R-2026-17",
        "controller": "Example Ltd",
        "right": "erasure",
        "asked": "2026-11-25T08:00:00+00:00",
        "by": "2026-12-27",
        "identifiers": [
            {"kind": "email", "form": "plain", "value": EMAIL},
            {"kind": "customer", "form": "plain", "value": SUBJECT},
        ],
        "corrections": [],
    }


def test_asked_again_it_is_the_same_order(posts: Posts, bench: Bench) -> None:
    asked = reached(bench)
    assert asked.ask(order()).state == asked.ask(order()).state == "accepted"
    assert len(bench.posts()) == 2
    assert posts.done == 1
    posts.status = 409
    assert asked.ask(order()).evidence.words[0] == "http-409"


def test_it_is_done_when_the_processor_says_so(posts: Posts, bench: Bench) -> None:
    asked = reached(bench)
    first = asked.ask(order())
    assert asked.look(order(), first).state == "accepted"
    posts.state = "done"
    last = asked.look(order(), first)
    assert (last.state, last.until) == ("done", None)
    requests = len(bench.asked)
    assert asked.look(order(), last) is last
    assert len(bench.asked) == requests


@pytest.mark.parametrize("state", ["refused", "unknown-person"])
def test_it_may_say_no(posts: Posts, bench: Bench, state: str) -> None:
    posts.state = state
    assert reached(bench).ask(order()).state == state


def test_an_order_that_was_lost_there_is_to_be_asked_again(posts: Posts, bench: Bench) -> None:
    asked = reached(bench)
    first = asked.ask(order())
    posts.orders.clear()
    lost = asked.look(order(), first)
    assert (lost.state, lost.evidence.words) == ("sent", ("http-404", "order-unknown"))
    assert asked.ask(order()).state == "accepted"


def test_other_rights_go_the_same_way_with_their_corrections(posts: Posts, bench: Bench) -> None:
    corrected = order(right="rectification", corrections=(Correction(what="user.name", value=Personal("Ada King")),))
    reached(bench, rights=("rectification",)).ask(corrected)
    assert posts.orders[REF]["right"] == "rectification"
    assert posts.orders[REF]["corrections"] == [{"what": "user.name", "value": "Ada King"}]


def test_a_bearer_token_goes_along(posts: Posts, bench: Bench) -> None:
    entry = asking("http", f"{bench.url}/orders", secrets=secrets("key", "token"))
    processor(entry, environ={"POSTS_KEY": KEY, "POSTS_TOKEN": "t0ken"}).ask(order())
    assert bench.asked[0].headers["authorization"] == "Bearer t0ken"


def test_when_to_look_again_is_theirs_to_say(posts: Posts, bench: Bench) -> None:
    posts.changes = {"look_again": "2026-12-01T00:00:00Z"}
    assert reached(bench).ask(order()).until == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_reference_that_names_the_person_is_not_kept_in_clear(posts: Posts, bench: Bench) -> None:
    posts.changes = {"their_ref": EMAIL}
    found = reached(bench).ask(order())
    assert (found.their_ref, found.evidence.words[-1]) == ("", "reference-withheld")
    assert EMAIL not in repr(found)


def test_an_unsigned_answer_says_that_it_is_one(posts: Posts, bench: Bench) -> None:
    posts.signs = False
    assert reached(bench).ask(order()).evidence.words == ("http-202", "unsigned")
    with pytest.raises(StoreRefused, match="without the signature that was agreed"):
        reached(bench, options={"answers": "signed"}).ask(order())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ref": f"{REF[:-1]}1"}, "about another order"),
        ({"ref": None}, "about another order"),
        ({"state": "finished"}, "a state that there is not"),
        ({"state": None}, "a state that there is not"),
        ({"state": ["done"]}, "a state that there is not"),
        ({"state": "sent"}, "a state that there is not"),
    ],
)
def test_an_answer_that_says_nothing_of_use_is_not_believed(
    posts: Posts, bench: Bench, changes: dict[str, Any], words: str
) -> None:
    asked = reached(bench)
    before = asked.ask(order())
    posts.changes = changes
    with pytest.raises(StoreRefused, match=words) as caught:
        asked.ask(order())
    assert caught.value.changed == "the order went out and may have arrived"
    with pytest.raises(StoreRefused, match=words) as caught:
        asked.look(order(), before)
    assert caught.value.changed == NOTHING_CHANGED


def test_a_signature_that_is_not_theirs_is_refused(posts: Posts, bench: Bench) -> None:
    def forged(asked: Asked) -> Reply:
        reply = posts(asked)
        reply.body = reply.body.replace(b"accepted", b"done    ")
        return reply

    bench.script = forged
    with pytest.raises(StoreRefused, match="a signature that is not its own"):
        reached(bench).ask(order())


@pytest.mark.parametrize("body", [b"", b"done", b"[]", b"null", b'"done"', b"\xff\xfe", b"[" * 100_000, b'{"state": "done"'])
def test_an_answer_that_is_no_object_is_refused(bench: Bench, body: bytes) -> None:
    bench.script = lambda asked: Reply(200, body)
    with pytest.raises(StoreRefused, match="about another order"):
        reached(bench).ask(order())


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (400, "the order arrived and was not taken"),
        (401, "the order arrived and was not taken"),
        (404, "the order arrived and was not taken"),
        (429, "the order arrived and was not taken"),
        (204, "the order arrived and was not taken"),
        (500, "the order went out and may have arrived"),
        (503, "the order went out and may have arrived"),
    ],
)
def test_a_lying_status_is_not_believed_whatever_the_body_says(bench: Bench, status: int, changed: str) -> None:
    body = b"" if status == 204 else json.dumps({"ref": REF, "state": "done"}).encode()
    bench.script = lambda asked: Reply(status, body)
    with pytest.raises(SourceError, match=f"status {status}") as caught:
        reached(bench).ask(order())
    assert caught.value.changed == changed


def test_the_wrong_secret_is_told_as_that(bench: Bench) -> None:
    entry = asking("http", f"{bench.url}/orders", secrets=secrets("key"))
    wrong = processor(entry, environ={"POSTS_KEY": "the wrong secret of forty characters, no"})
    with pytest.raises(StoreRefused, match="secrets named in processors"):
        wrong.ask(order())


def test_the_state_before_does_not_count_for_the_next(posts: Posts, bench: Bench) -> None:
    """A look that fails leaves the acknowledgement before it as it was: there is nothing to undo."""
    asked = reached(bench)
    before = asked.ask(order())
    bench.script = lambda asked: Reply(500)
    with pytest.raises(SourceError) as caught:
        asked.look(order(), before)
    assert caught.value.changed == NOTHING_CHANGED
    assert isinstance(before, Acknowledgement)
