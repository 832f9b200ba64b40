"""Letters as they come: whole, broken, huge, hostile."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.base.personal import Personal
from kept.intake.letter import Letter, letter_key, read_letter
from kept.intake.mime import DEEPEST, MOST_BYTES, MOST_PARTS

SECONDS = 10.0
"""Far above what any of these takes on a small machine (under 2 s), far below what a parser takes that goes with the square."""


def letter(head: str = "", body: str = "", *, kind: str = "text/plain; charset=utf-8") -> Letter:
    return read_letter(f"From: Ann Beck <ann@people.example>\n{head}Content-Type: {kind}\n\n{body}".encode())


def parts(*pieces: str, kind: str = "multipart/mixed") -> Letter:
    body = "".join(f"--edge\n{piece}\n" for piece in pieces)
    return letter(body=f"{body}--edge--\nafter the end", kind=f'{kind}; boundary="edge"')


PLAIN, HTML = "Content-Type: text/plain\n\n", "Content-Type: text/html; charset=utf-8\n\n"


def test_a_whole_letter() -> None:
    read = letter(
        "Subject: =?utf-8?b?4KSF4KSo4KWB4KSw4KWL4KSn?= =?iso-8859-1?q?_f=FCr?= Ann\nMessage-ID: <1@people.example>\n"
        "In-Reply-To: <a@corp.example>\nReferences: <z@corp.example>\n <a@corp.example>\nDate: Fri, 27 Nov 2026 08:00:00 +0530\n",
        "Please send me what you hold.\n",
    )
    assert read.sender == Personal("ann@people.example")
    assert read.name == Personal("Ann Beck")
    assert read.subject == Personal("अनुरोध für Ann")
    assert read.message_id == "1@people.example"
    assert list(read.answers()) == ["a@corp.example", "a@corp.example", "z@corp.example"]
    assert read.written_at == datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
    assert read.text == read.new == Personal("Please send me what you hold.")
    assert (read.automatic, read.bounce, read.cut, read.attachments) == ("", None, False, ())


def test_printing_shows_nobody() -> None:
    read = letter("Subject: I am Ann\nMessage-ID: <ann@people.example>\nIn-Reply-To: <ann2@x.example>\n", "Ann lives here")
    shown = repr(read) + str(read)
    assert "ann" not in shown.lower()
    assert "people" not in shown


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ann@people.example", "ann@people.example"),
        ("<ann@people.example>", "ann@people.example"),
        ('"Beck, Ann" <ann@people.example>', "ann@people.example"),
        ("Beck, Ann <ann@people.example>", "ann@people.example"),
        ("ann@people.example <ann@people.example>", "ann@people.example"),
        ("ann@people.example (Ann)", "ann@people.example"),
        ("=?utf-8?q?=3Ceve=40evil=2Eexample=3E?= <ann@people.example>", "ann@people.example"),
        ("राम <राम@डाटामेल.भारत>", "राम@डाटामेल.भारत"),
        ("ann+kept@people.example", "ann+kept@people.example"),
        ("ann@people.example, eve@evil.example", None),
        ("eve@evil.example <ann@people.example>", None),
        ("<eve@evil.example> <ann@people.example>", None),
        ('"x" <eve@evil.example>, <ann@people.example>', None),
        ("Friends: ann@people.example;", None),
        ("undisclosed-recipients:;", None),
        ("Ann", None),
        ("ann@localhost", None),
        ("ann@people.example\0", None),
        ("ann@people..example", None),
        ("", None),
    ],
)
def test_whose_letter_it_is(value: str, address: str | None) -> None:
    read = read_letter(f"From: {value}\n\nhello".encode())
    assert (read.sender and read.sender.reveal()) == address


def test_two_froms_are_nobody() -> None:
    assert read_letter(b"From: ann@people.example\nFrom: eve@evil.example\n\nhello").sender is None
    assert read_letter(b"Reply-To: eve@evil.example\nSender: eve@evil.example\n\nhello").sender is None


def test_of_alternatives_the_plain_text_counts_or_else_the_html() -> None:
    html = f"{HTML}<p>Bonjour&nbsp;!<br>Je m&rsquo;oppose</p>"
    assert parts(html, f"{PLAIN}plain words", kind="multipart/alternative").text == Personal("plain words")
    assert parts(f"{PLAIN}  ", html, kind="multipart/alternative").text == Personal("Bonjour !\nJe m’oppose")
    assert parts(f"{PLAIN}one", f"{PLAIN}two").text == Personal("one\n\ntwo")


def test_html_as_a_reader_sees_it() -> None:
    shown = """<html><head><title>t</title><style>p {}</style></head><body>Dear all,<div>first</div><div hidden>no</div>
      <div style="x; display: none">no<div>no</div>no</div><p>a &lt;b&gt; &#233;</p><script>no < no</script><!-- no -->
      <ul><li>one<li>two</ul><a href="https://tracker.example/?ann">here</a><img src=x onerror=no>
      <blockquote>older<blockquote>oldest</blockquote></blockquote>end < 5</body></html>"""
    read = letter(body=shown, kind="text/html")
    assert [one for one in read.text.reveal().split("\n") if one] == [
        "Dear all,", "first", "a <b> é", "- one", "- two", "here", "> older", "> > oldest", "end < 5",
    ]  # fmt: skip
    assert "older" not in read.new.reveal()


def test_files_hang_on_it_unopened() -> None:
    content = base64.encodebytes(b"\0\1\2" * 50).decode()
    read = parts(
        f"{PLAIN}see the files",
        f'Content-Type: application/pdf; name="x.pdf"\nContent-Disposition: attachment; filename="../../etc/a\\"b.pdf"\n'
        f"Content-Transfer-Encoding: base64\n\n{content}",
        "Content-Type: text/plain\nContent-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1*=%20b.txt\n\ninside",
        f"Content-Type: message/rfc822\n\nFrom: bob@people.example\n\n{PLAIN}delete my account",
        "Content-Type: no type at all\n\nwhat",
    )
    assert [one.name.reveal() for one in read.attachments] == ['a"b.pdf', "€ b.txt", ""]
    assert [one.media_type for one in read.attachments] == ["application/pdf", "text/plain", "message/rfc822"]
    assert read.attachments[0].content == Personal(b"\0\1\2" * 50)
    assert [one.size for one in read.attachments][:2] == [150, 6]
    assert read.text == Personal("see the files\n\nwhat"), "a letter within the letter is a file, and not this writer's words"


@pytest.mark.parametrize(
    ("head", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\n", False),
        ("Auto-Submitted: auto-replied (vacation)\n", True),
        ("Auto-Submitted: auto-generated; owner=x\n", True),
        ("Return-Path: <>\n", True),
        ("Return-Path: <ann@people.example>\n", False),
        ("Precedence: bulk\n", False),
        ("Precedence: list\nList-Id: <privacy.corp.example>\n", False),
        ("List-Unsubscribe: <mailto:x@y.example>\n", False),
        ("Feedback-ID: 1:campaign\nList-Id: <news.corp.example>\nList-Post: NO\n", True),
        (
            "List-Id: <privacy.corp.example>\nList-Post: <mailto:privacy@corp.example>\nList-Unsubscribe: <mailto:x@y.example>\n",
            False,
        ),
        ("X-Autoreply: yes\n", True),
        ("Subject: Automatic reply: your request\n", True),
        ("Subject: Abwesenheitsnotiz\n", True),
        ("Subject: Réponse automatique : absent\n", True),
        ("Subject: I was out of office, delete my account\n", False),
    ],
)
def test_what_a_program_wrote(head: str, automatic: bool) -> None:
    assert bool(letter(head, "hello").automatic) is automatic


@pytest.mark.parametrize("local", ["MAILER-DAEMON", "postmaster", "bounces+ann=x"])
def test_what_comes_from_where_nobody_reads(local: str) -> None:
    assert read_letter(f"From: <{local}@corp.example>\n\nhello".encode()).automatic


def test_a_contact_form_that_writes_for_a_person_is_no_program() -> None:
    assert read_letter(b"From: no-reply@corp.example\n\nAnn wrote: delete my account").automatic == ""


def report(status: str, *, about: str = "<kept.AbcdEFGH1234.0@corp.example>") -> Letter:
    delivery = f"Reporting-MTA: dns; mx.example\n\n{status}"
    return parts(
        f"{PLAIN}Your letter did not arrive.",
        f"Content-Type: message/delivery-status\n\n{delivery}",
        f"Content-Type: text/rfc822-headers\n\nFrom: privacy@corp.example\nMessage-ID:\n {about}\nTo: ann@people.example\n",
        kind="multipart/report; report-type=delivery-status",
    )


@pytest.mark.parametrize(
    ("action", "status", "permanent"), [("failed", "5.1.1", True), ("delayed", "4.4.1", False), ("failed", "4.4.7", False)]
)
def test_a_letter_that_did_not_arrive(action: str, status: str, permanent: bool) -> None:
    read = report(f"Final-Recipient: rfc822;\n Ann@People.example\nAction: {action}\nStatus: {status} (said so)\n")
    assert read.bounce is not None
    assert read.bounce.message_id == "kept.AbcdEFGH1234.0@corp.example"
    assert read.bounce.permanent is permanent
    (failure,) = read.bounce.failures
    assert (failure.recipient, failure.action, failure.status) == (Personal("Ann@People.example"), action, status)
    assert read.automatic
    assert "ann" not in repr(read).lower()


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_letter_that_did_arrive_is_no_bounce(action: str) -> None:
    assert report(f"Final-Recipient: rfc822; ann@people.example\nAction: {action}\nStatus: 2.0.0\n").bounce is None


def test_a_bounce_of_the_older_form() -> None:
    read = letter("X-Failed-Recipients: ann@people.example\nIn-Reply-To: <a@corp.example>\n", "did not arrive")
    assert read.bounce is not None
    assert (read.bounce.message_id, read.bounce.permanent) == ("a@corp.example", True)


QUOTED = {
    "English": "My words.\n\nOn Mon, 2 Nov 2026 at 10:00, Corp <p@corp.example> wrote:\n> older\n> words",
    "wrapped": "My words.\n\nOn Mon, 2 Nov 2026 at 10:00, Corp Privacy Team\n<p@corp.example> wrote:\n\n> older",
    "German": "My words.\n\nAm 02.11.2026 um 10:00 schrieb Corp <p@corp.example>:\n> older",
    "French": "My words.\n\nLe lun. 2 nov. 2026 à 10:00, Corp <p@corp.example> a écrit :\n> older",
    "Spanish": "My words.\n\nEl lun, 2 nov 2026 a las 10:00, Corp (<p@corp.example>) escribió:\n\n> older",
    "Portuguese": "My words.\n\nEm seg., 2 de nov. de 2026 às 10:00, Corp <p@corp.example> escreveu:\n> older",
    "Hindi": "My words.\n\nसोम, 2 नव॰ 2026 को 10:00 am बजे को Corp <p@corp.example> ने लिखा:\n> older",
    "Outlook": "My words.\n\n________________________________\nFrom: Corp\nSent: Monday\n\nolder",
    "German Outlook": "My words.\n\nVon: Corp\nGesendet: Montag, 2. November\nAn: Ann\nBetreff: x\n\nolder",
    "old Outlook": "My words.\n\n-----Original Message-----\nolder",
    "forwarded": "My words.\n\n---------- Forwarded message ---------\nFrom: Bob\n\nolder",
    "unquoted beneath": "My words.\n\nOn 2 Nov 2026, Corp wrote:\n\nolder words without a sign",
    "signature": "My words.\n-- \nAnn Beck\nolder",
    "answered below": "On 2 Nov 2026, Corp wrote:\n> older\n\nMy words.",
    "answered between": "> older\n\nMy words.\n\n> older still",
}


@pytest.mark.parametrize("form", QUOTED)
def test_only_new_words_are_the_writers(form: str) -> None:
    read = letter(body=QUOTED[form])
    assert read.new == Personal("My words.")
    assert "older" in read.text.reveal()


def test_words_that_only_look_quoted_stay() -> None:
    body = "Hello\nOn Monday I wrote:\nplease delete it.\nFrom: what you hold, remove my name.\nThanks"
    assert letter(body=body).new == Personal(body)


@pytest.mark.parametrize(
    ("charset", "octets"),
    [
        ("utf-8", "Löschen हटाएं".encode()),
        ("iso-8859-1", "Löschen".encode("latin-1")),
        ("windows-1252", "“Löschen”".encode("cp1252")),
        ("utf-16", "Löschen".encode("utf-16")),
        ("no-such-thing", "Löschen".encode()),
        ("us-ascii", "Löschen".encode("cp1252")),
        ("unicode_escape", "Löschen".encode()),
        ("rot13", "Löschen".encode()),
        ("\0", "Löschen".encode()),
    ],
)
def test_wrong_and_unknown_encodings(charset: str, octets: bytes) -> None:
    read = read_letter(b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n" + octets)
    assert "Löschen" in read.text.reveal()


def test_no_control_characters_come_through() -> None:
    read = read_letter(
        "From: a@b.example\nSubject: a\0b\x1b[31m \u202egnp.exe\n\nx\0y\x08z\r\nw\ud800".encode("utf-8", "surrogatepass")
    )
    assert read.subject == Personal("a\ufffdb [31m gnp.exe")
    assert read.text.reveal().startswith("xyz\nw")
    assert not any(ord(sign) < 32 and sign != "\n" for sign in read.text.reveal())


def _nested(depth: int) -> bytes:
    edges = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(depth))
    return edges + b"Content-Type: text/plain\n\nx\n" * 20_000


HOSTILE = {
    "nothing": b"",
    "NUL": b"\0" * 1_000_000,
    "only a head": b"A: b\n" * 300_000,
    "one field": b"A" * 3_000_000,
    "one folded field": b"Subject: x\n" + b" y\n" * 300_000,
    "nested": _nested(5_000),
    "many parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhi\n" * 300_000,
    "the same edge": b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 50_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\n",
    "parameters": b"Content-Type: text/plain" + b';a="\\' * 50_000 + b"\n\n",
    "addresses": b"From: " + b'"a <' * 50_000 + b"\n\n",
    "references": b"References: " + b"<a@b> " * 50_000 + b"\n\n",
    "soft line ends": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 3_000_000,
    "attributions": b"\n" + b"On 3\n" * 300_000,
    "a number": b"Content-Type: text/html\n\n&#" + b"1" * 100_000 + b";",
    "a bad date": b"Date: Fri, 99 Nov 99999999999 99:99:99 +9999999\n\n",
    **{
        f"html {piece}": b"Content-Type: text/html\n\n" + piece.encode() * (600_000 // len(piece))
        for piece in ("<", "<!--", "<a ", "<a b='", "</", "<![CDATA[", "<blockquote>", "<div hidden>", "&", "&#", "<script>")
    },
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_letters_are_read_in_time(kind: str) -> None:
    began = time.perf_counter()
    read_letter(HOSTILE[kind])
    assert time.perf_counter() - began < SECONDS


def test_limits_are_told() -> None:
    assert read_letter(HOSTILE["nested"]).cut
    assert read_letter(HOSTILE["many parts"]).cut
    assert parts(*[f"{PLAIN}x"] * 15).cut is False
    assert len(parts(*["Content-Type: image/png\n\nx"] * (MOST_PARTS + 50)).attachments) <= MOST_PARTS
    assert read_letter(_nested(DEEPEST - 1)).cut is False


def test_fifty_megabytes() -> None:
    content = base64.encodebytes(bytes(36 * 2**20))
    head = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n--x\nContent-Type: application/zip\n"
    began = time.perf_counter()
    read = read_letter(head + b"Content-Transfer-Encoding: base64\n\n" + content + b"--x--\n")
    assert (read.text, read.attachments[0].size, read.cut) == (Personal("hi"), 36 * 2**20, False)
    assert read_letter(b"\n" + b"a" * (MOST_BYTES + 1)).cut
    assert time.perf_counter() - began < 3 * SECONDS


HEADS = ("From", "Subject", "Content-Type", "Content-Transfer-Encoding", "Date", "Message-ID", "References", "Content-Disposition")
VALUES = (
    "multipart/mixed; boundary=x",
    "multipart/report",
    "message/delivery-status",
    "base64",
    "quoted-printable",
    "text/html",
    "=?x?b?",
)
PIECE = st.one_of(st.sampled_from([f"{name}: ".encode() for name in HEADS]), st.sampled_from([one.encode() for one in VALUES]))
SIGNS = st.sampled_from(
    [b"\n", b"\r\n", b"\n\n", b"\r", b"--x\n", b"--x--\n", b"<", b">", b";", b'"', b"'", b"*0*=", b"%", b"?=", b"\0"]
)


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.one_of(PIECE, SIGNS, st.binary(max_size=20)), max_size=40))
def test_any_bytes_are_a_letter(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    read = read_letter(raw)
    assert read.key == letter_key(raw)
    assert "\0" not in read.subject.reveal() + read.text.reveal() + read.new.reveal()


def test_keys_tell_letters_apart() -> None:
    one = b"From: ann@people.example\nMessage-ID: <1@x>\n\nhello"
    assert letter_key(one) == letter_key(one.replace(b"\n", b"\r\n")), "line ends change on the way"
    assert letter_key(one) == letter_key(b"Received: elsewhere\n" + one)
    others = [one.replace(b"<1@", b"<2@"), one.replace(b"hello", b"other"), one.replace(b"ann@", b"eve@")]
    assert len({letter_key(one), *map(letter_key, others)}) == 4, "a Message-ID used twice loses no letter"
