from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.detectors.panel import LONGEST, Panel
from kept.detectors.registry import detector, detectors

MAIL = "jane@example.org"
PIECES = st.sampled_from(
    [MAIL, "+1 512 446 7709", "call", "phone", "[redacted: email]", "203.0.113.9", "4111 1111 1111 1111", " ", ", ", "я", "é",
     "e\u0301", "%40", "&amp;", "I am", "Jane Doe", "diabetic", "born on", "1980-02-03", "at", "dot", "com", "\u200b", "२", "\n"]
)  # fmt: skip


def test_a_kind_nobody_wrote_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="email"):
        detector("horoscope")
    with pytest.raises(ValueError, match="horoscope"):
        Panel.of(["horoscope"])


def test_a_panel_of_the_same_kinds_is_built_once() -> None:
    assert Panel.of(["ip", "email"]) is Panel.of(["email", "ip"])
    assert Panel.of() is Panel.of(None)
    assert Panel.of().kinds == tuple(detectors())


def test_a_panel_without_kinds_finds_nothing() -> None:
    assert Panel.of([]).found_in(MAIL) == frozenset()
    assert Panel.of([]).spans(MAIL) == []


def test_tally_counts_values_and_not_occurrences() -> None:
    counts: Counter[str] = Counter()
    values = [f"{MAIL} {MAIL}", None, MAIL.encode(), {"mail": [MAIL]}, 17, date(2020, 1, 1), "nothing", MAIL, MAIL]
    assert Panel.of(["email"]).tally(values, counts) == (8, 0)
    assert counts == {"email": 5}


def test_tally_adds_to_what_was_counted_before() -> None:
    counts = Counter({"email": 3})
    Panel.of(["email"]).tally([MAIL], counts)
    assert counts == {"email": 4}


@pytest.mark.parametrize("value", ["x" * LONGEST + " " + MAIL, (b"x" * LONGEST) + b" " + MAIL.encode()])
def test_tally_cuts_long_values_and_says_so(value: object) -> None:
    counts: Counter[str] = Counter()
    assert Panel.of(["email"]).tally([value, MAIL], counts) == (2, 1)
    assert counts == {"email": 1}


NOISE = bytes.fromhex("fa99ed88b7d64bfcc2de96806dfae09f0307aa7dd1f8c1b18de7")


@pytest.mark.parametrize(
    ("value", "hits"),
    [
        (NOISE + b"ab3::9f" + NOISE, 0),  # what stands in a digest by chance
        (b"\xfc called from 203.0.113.9, said M\xfcller", 1),  # Latin-1
        ("с адреса 203.0.113.9".encode(), 1),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + 20 * NOISE + b" 203.0.113.9 " + NOISE, 1),  # a file
        (b"203.0.113.9\r\n", 1),
    ],
)
def test_digests_and_keys_are_no_text_that_holds_an_address(value: bytes, hits: int) -> None:
    counts: Counter[str] = Counter()
    looked, _ = Panel.of(["ip"]).tally([value], counts)
    assert (counts["ip"], looked) == (hits, hits)


def test_tally_reads_bytes_that_are_not_utf8() -> None:
    counts: Counter[str] = Counter()
    assert Panel.of(["email"]).tally([b"\xff\xfe " + MAIL.encode(), "\ud800 " + MAIL], counts) == (2, 0)
    assert counts == {"email": 2}


def test_spans_count_code_points_of_the_text_as_given() -> None:
    text = "😀 e\u0301 jane%40example.org \u200b+1\u200b 512 446 7709"
    found = {span.kind: text[span.start : span.end] for span in Panel.of(["email", "phone"]).spans(text)}
    assert found == {"email": "jane%40example.org", "phone": "+1\u200b 512 446 7709"}


def test_redaction_names_the_kind_and_keeps_the_rest() -> None:
    assert Panel.of().redact(f"Mail: {MAIL}!") == "Mail: [redacted: email]!"


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_redaction_leaves_nothing_to_find_and_is_idempotent(text: str) -> None:
    once = Panel.of().redact(text)
    assert Panel.of().redact(once) == once


@given(st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    for span in Panel.of().spans(text):
        assert 0 <= span.start < span.end <= len(text)
    assert Panel.of().found_in(text) == {span.kind for span in Panel.of().spans(text)}


@pytest.mark.parametrize("kind", [one.kind for one in detectors().values() if one.coarsen])
@given(
    value=st.one_of(
        st.text(max_size=30), st.ip_addresses().map(str), st.dates().map(str), st.datetimes().map(str), st.floats().map(str)
    )
)
def test_making_coarser_twice_changes_nothing_more(kind: str, value: str) -> None:
    coarsen = detector(kind).coarsen
    assert coarsen is not None
    assert coarsen(coarsen(value)) == coarsen(value)


@pytest.mark.parametrize(
    ("kind", "value", "coarse"),
    [
        ("ip", "203.0.113.77", "203.0.113.0"),
        ("ip", "203.0.113.0", "203.0.113.0"),
        ("ip", "2001:DB8:1:2::3", "2001:db8:1::"),
        ("ip", "2001:DB8:1::", "2001:DB8:1::"),
        ("ip", "::ffff:203.0.113.77", "203.0.113.0"),
        ("ip", "not an address", "not an address"),
    ],
)
def test_coarse_values(kind: str, value: str, coarse: str) -> None:
    coarsen = detector(kind).coarsen
    assert coarsen is not None
    assert coarsen(value) == coarse


def test_an_empty_text_is_no_value_looked_at() -> None:
    counts: Counter[str] = Counter()
    assert Panel.of(("email",)).tally(["", b"", None, "ada@example.org", "-"], counts) == (2, 0)
    assert counts == {"email": 1}
