"""HTTP Message Signatures against the RFC's own vector, and against every change on the way."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.personal import Personal
from kept.connectors.processors.signing import content_digest, is_signed, signature, signature_base, signed, verifies

from .benches import AT, KEY, REF

# RFC 9421, appendix B.1.5 (the key) and B.2.5 (the signature).
RFC_KEY = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
RFC_PARTS = (("date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("@authority", "example.com"), ("content-type", "application/json"))
RFC_PARAMETERS = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
RFC_SIGNATURE = "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_the_vector_of_the_rfc_comes_out() -> None:
    made = signature(base64.b64decode(RFC_KEY), signature_base(RFC_PARTS, RFC_PARAMETERS))
    assert base64.b64encode(made).decode() == RFC_SIGNATURE


def answer(body: bytes = b'{"state":"done"}', *, status: int = 200, ref: str = REF, key: str = KEY) -> dict[str, str]:
    parts = [("@status", str(status)), ("content-digest", content_digest(body)), ("idempotency-key", ref)]
    headers = signed(Personal(key), parts, at=AT, key_id="posts")
    return {"content-digest": content_digest(body), **{name.lower(): value for name, value in headers.items()}}


def holds(headers: dict[str, str], body: bytes = b'{"state":"done"}', **changes: object) -> bool:
    said = {"status": 200, "ref": REF, "at": AT, **changes}
    return verifies(Personal(KEY), headers, body=body, **said)  # type: ignore[arg-type]  # the changes are of the right types


def test_an_answer_that_was_signed_verifies() -> None:
    assert is_signed(answer())
    assert holds(answer())


@pytest.mark.parametrize(
    "headers",
    [
        answer(key="another secret of forty characters, yes!"),
        answer(b'{"state":"accepted"}'),
        answer(status=202),
        answer(ref=f"{REF[:-1]}1"),
        {**answer(), "content-digest": content_digest(b"other")},
        {**answer(), "signature": answer()["signature"].replace("kept=", "other=")},
        {**answer(), "signature-input": answer()["signature-input"].replace('"@status" ', "")},
        {**answer(), "signature-input": answer()["signature-input"].replace("hmac-sha256", "none")},
        {name: value for name, value in answer().items() if name != "signature"},
        {},
    ],
    ids=["key", "body", "status", "order", "digest", "label", "less-covered", "algorithm", "half", "nothing"],
)
def test_another_does_not(headers: dict[str, str]) -> None:
    assert not holds(headers)


@pytest.mark.parametrize(("minutes", "good"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_an_old_answer_cannot_be_played_again(minutes: int, good: bool) -> None:
    assert holds(answer(), at=AT + timedelta(minutes=minutes)) is good


@given(st.data())
def test_no_change_of_a_character_verifies(data: st.DataObject) -> None:
    headers = answer()
    name = data.draw(st.sampled_from(sorted(headers)))
    place = data.draw(st.integers(0, len(headers[name]) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda one: one != headers[name][place]))
    changed = headers[name][:place] + other + headers[name][place + 1 :]
    if name == "signature" and base64_same(headers[name], changed):
        return
    assert not holds({**headers, name: changed})


def base64_same(one: str, other: str) -> bool:
    """Return whether two header values are the same bytes: the last character of a base64 text has bits to spare."""
    try:
        return base64.b64decode(one[6:-1], validate=True) == base64.b64decode(other[6:-1], validate=True) and one[:6] == other[:6]
    except ValueError:
        return False
