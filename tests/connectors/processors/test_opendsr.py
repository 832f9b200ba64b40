"""OpenDSR, against a processor that signs with a certificate of its own, or tries to get by without one."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import NOTHING_CHANGED, Refused, SourceError, StoreRefused
from kept.connectors.processors.certificates import signed_by, trusted
from kept.connectors.processors.opendsr import OpenDsrProcessor, request_id
from kept.policy.processors import KnownBy

from .benches import (
    AT,
    EMAIL,
    EMAIL_SHA256,
    REF,
    SUBJECT,
    Asked,
    Authority,
    Bench,
    Reply,
    asking,
    order,
    processor,
    secrets,
    serving,
)

CALLBACK = "https://privacy.example.org/callbacks/opendsr"
DOMAIN = "localhost"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Platform:
    """A customer data platform that speaks OpenDSR as its specification has it."""

    def __init__(self, authority: Authority, version: str) -> None:
        self.authority, self.version = authority, version
        self.key: Any = rsa_key()
        self.signs_with: Any = None
        self.certificate = authority.issue(self.key, DOMAIN)
        self.domain = DOMAIN
        self.url = ""
        self.requests: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.signs = True
        self.discovery: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}
        self.duplicates_are_errors = True

    @property
    def route(self) -> str:
        return "/v/requests" if self.version == "2.0" else "/v/opengdpr_requests"

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/cert.pem":
            return Reply(200, self.certificate, {"Content-Type": "application/x-pem-file"})
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(b"name:word").decode():
            return Reply.json(401, {"error": {"code": 401}})
        if asked.path == "/v/discovery":
            return Reply.json(200, self.described())
        if asked.method == "POST" and asked.path == self.route:
            return self.taken(asked)
        ref = asked.path.removeprefix(f"{self.route}/")
        return self.signed(self.status(ref)) if ref in self.requests else Reply.json(404, {"error": {"code": 404}})

    def described(self) -> dict[str, Any]:
        identities = [("email", "raw"), ("email", "sha256"), ("controller_customer_id", "raw"), ("email", "md5")]
        return {
            "api_version": self.version,
            "supported_identities": [{"identity_type": kind, "identity_format": form} for kind, form in identities],
            "supported_subject_request_types": ["erasure", "access"],
            "processor_certificate": f"{self.url}/cert.pem",
            **self.discovery,
        }

    def taken(self, asked: Asked) -> Reply:
        body = asked.object()
        ref = body["subject_request_id"]
        if ref in self.requests and self.duplicates_are_errors:
            return Reply.json(400, {"error": {"code": 400, "message": "duplicate"}})
        self.requests.setdefault(ref, "pending")
        self.bodies.append(body)
        said = {
            "controller_id": "c-1",
            "expected_completion_time": "2026-12-20T00:00:00Z",
            "received_time": "2026-11-27T08:00:00Z",
            "encoded_request": base64.b64encode(asked.body).decode(),
            "subject_request_id": ref,
            **self.changes,
        }
        return self.signed(Reply.json(201, said))

    def status(self, ref: str) -> Reply:
        said = {"controller_id": "c-1", "subject_request_id": ref, "request_status": self.requests[ref], **self.changes}
        return Reply.json(200, said)

    def signed(self, reply: Reply) -> Reply:
        if self.signs:
            reply.headers |= self.signature(reply.body)
        return reply

    def signature(self, body: bytes) -> dict[str, str]:
        key = self.signs_with or self.key
        made = (
            key.sign(body, padding.PKCS1v15(), hashes.SHA256())
            if isinstance(key, rsa.RSAPrivateKey)
            else key.sign(body, ec.ECDSA(hashes.SHA256()))
        )
        name = "X-OpenDSR" if self.version == "2.0" else "X-OpenGDPR"
        return {f"{name}-Processor-Domain": self.domain, f"{name}-Signature": base64.b64encode(made).decode()}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(params=["2.0", "1.0"])
def platform(request: pytest.FixtureRequest, authority: Authority) -> Platform:
    return Platform(authority, request.param)


@pytest.fixture
def bench(platform: Platform) -> Iterator[Bench]:
    with serving(platform, host=DOMAIN) as running:
        platform.url = running.url
        yield running


KNOWS = (KnownBy(kind="email", form="sha-256"), KnownBy(kind="subject"))


def reached(
    platform: Platform,
    *,
    now: Any = lambda: AT,
    rights: tuple[str, ...] = ("erasure", "access"),
    knows: tuple[KnownBy, ...] = KNOWS,
    **options: str,
) -> OpenDsrProcessor:
    said = {"version": platform.version, "ca": str(platform.authority.file), **options}
    entry = asking("opendsr", f"{platform.url}/v", knows=knows, options=said, secrets=secrets("key", "secret"), rights=rights)
    found = processor(entry, environ={"POSTS_KEY": "name", "POSTS_SECRET": "word"}, now=now)
    assert isinstance(found, OpenDsrProcessor)
    return found


def test_a_request_goes_out_and_the_receipt_is_signed(platform: Platform, bench: Bench) -> None:
    found = reached(platform, callback=CALLBACK).ask(order())
    assert (found.state, found.their_ref, found.until) == ("accepted", REF, AT + timedelta(days=1))
    assert found.evidence.words == ("http-201", "signature-verified", "their-state-pending")
    [sent] = platform.bodies
    regulation = {"regulation": "gdpr"} if platform.version == "2.0" else {}
    assert sent == {
        **regulation,
        "subject_request_id": REF,
        "subject_request_type": "erasure",
        "submitted_time": "2026-11-25T08:00:00Z",
        "subject_identities": [
            {"identity_type": "email", "identity_value": EMAIL_SHA256, "identity_format": "sha256"},
            {"identity_type": "controller_customer_id", "identity_value": SUBJECT, "identity_format": "raw"},
        ],
        "api_version": platform.version,
        "status_callback_urls": [CALLBACK],
    }


def test_the_request_is_not_kept_in_the_receipt(platform: Platform, bench: Bench) -> None:
    """Section 7.3: controllers must not store `encoded_request`."""
    kept = json.loads(reached(platform).ask(order()).raw)
    assert "encoded_request" not in kept["answer"]
    assert SUBJECT not in json.dumps(kept)
    assert kept["signature"]
    assert len(kept["sha256_of_body"]) == 64


@pytest.mark.parametrize("errors", [True, False])
def test_asked_again_it_is_the_same_request(platform: Platform, bench: Bench, errors: bool) -> None:
    platform.duplicates_are_errors = errors
    asked = reached(platform)
    assert asked.ask(order()).state == asked.ask(order()).state == "accepted"
    assert list(platform.requests) == [REF]
    platform.requests[REF] = "completed"
    assert asked.ask(order()).state == ("done" if errors else "accepted")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "accepted"),
        ("in_progress", "accepted"),
        ("distributed", "accepted"),
        ("completed", "done"),
        ("cancelled", "refused"),
    ],
)
def test_the_status_is_theirs(platform: Platform, bench: Bench, status: str, state: str) -> None:
    asked = reached(platform)
    first = asked.ask(order())
    platform.requests[REF] = status
    found = asked.look(order(), first)
    assert found.state == state
    assert found.evidence.words == ("http-200", "signature-verified", f"their-state-{status.replace('_', '-')}")
    assert (asked.look(order(), found) is found) is (found.until is None)


def test_a_request_that_was_lost_there_is_to_be_asked_again(platform: Platform, bench: Bench) -> None:
    asked = reached(platform)
    first = asked.ask(order())
    platform.requests.clear()
    assert asked.look(order(), first).state == "sent"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject_request_id": str(uuid.UUID(int=1))}, "another request"),
        ({"subject_request_id": None}, "another request"),
        ({"encoded_request": base64.b64encode(b"{}").decode()}, "another request"),
        ({"encoded_request": "!"}, "another request"),
        ({"encoded_request": 7}, "another request"),
    ],
)
def test_a_receipt_for_another_request_is_none(platform: Platform, bench: Bench, changes: dict[str, Any], words: str) -> None:
    platform.changes = changes
    with pytest.raises(StoreRefused, match=words) as caught:
        reached(platform).ask(order())
    assert caught.value.changed == "the order went out and may have arrived"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject_request_id": str(uuid.UUID(int=1))}, "another request"),
        ({"request_status": "finished"}, "a status that there is not"),
        ({"request_status": None}, "a status that there is not"),
    ],
)
def test_a_status_that_lies_is_not_believed(platform: Platform, bench: Bench, changes: dict[str, Any], words: str) -> None:
    asked = reached(platform)
    first = asked.ask(order())
    platform.changes = changes
    with pytest.raises(StoreRefused, match=words) as caught:
        asked.look(order(), first)
    assert caught.value.changed == NOTHING_CHANGED


@pytest.mark.parametrize("how", ["stranger", "changed", "domain", "none", "garbage"])
def test_a_signature_that_is_not_theirs_is_refused(platform: Platform, bench: Bench, how: str) -> None:
    def broken(asked: Asked) -> Reply:
        reply = platform(asked)
        if how == "garbage":
            reply.headers = {name: "%%%" if name.endswith("Signature") else text for name, text in reply.headers.items()}
        if how == "changed" and asked.method == "POST":
            reply.body = reply.body.replace(b"c-1", b"c-2")
        return reply

    bench.script = broken
    platform.signs = how != "none"
    platform.domain = "evil.example" if how == "domain" else DOMAIN
    platform.signs_with = ec.generate_private_key(ec.SECP256R1()) if how == "stranger" else None
    with pytest.raises(StoreRefused, match="without a signature of its own") as caught:
        reached(platform).ask(order())
    assert caught.value.changed == "the order went out and may have arrived"


def test_an_unsigned_status_is_believed_only_where_the_policy_says_so(platform: Platform, bench: Bench) -> None:
    asked = reached(platform, unsigned="accept")
    first = asked.ask(order())
    platform.signs = False
    platform.requests[REF] = "completed"
    found = asked.look(order(), first)
    assert (found.state, "unsigned" in found.evidence.words) == ("done", True)
    with pytest.raises(StoreRefused, match="without a signature"):
        reached(platform).look(order(), first)


def test_a_wrong_signature_is_not_better_than_none(platform: Platform, bench: Bench) -> None:
    asked = reached(platform, unsigned="accept")
    first = asked.ask(order())
    platform.signs_with = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(StoreRefused, match="without a signature"):
        asked.look(order(), first)


def self_signed(key: Any) -> bytes:
    name = x509.Name([])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


@pytest.mark.parametrize("how", ["other-domain", "expired", "other-authority", "self-signed", "no-certificate"])
def test_a_certificate_that_is_not_to_be_trusted_proves_nothing(
    platform: Platform, bench: Bench, authority: Authority, tmp_path: Path, how: str
) -> None:
    match how:
        case "other-domain":
            platform.certificate = authority.issue(platform.key, "evil.example")
        case "expired":
            platform.certificate = authority.issue(platform.key, DOMAIN, ends=AT - timedelta(days=1))
        case "other-authority":
            platform.certificate = Authority(tmp_path, "other").issue(platform.key, DOMAIN)
        case "self-signed":
            platform.certificate = self_signed(platform.key)
        case _:
            platform.certificate = b"-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"
    with pytest.raises(StoreRefused, match="a certificate that is not to be trusted"):
        reached(platform).ask(order())


def test_a_certificate_that_was_changed_is_read_again(platform: Platform, bench: Bench, authority: Authority) -> None:
    asked = reached(platform)
    first = asked.ask(order())
    platform.key = ec.generate_private_key(ec.SECP256R1())
    platform.certificate = authority.issue(platform.key, DOMAIN)
    with pytest.raises(StoreRefused, match="without a signature"):
        asked.look(order(), first)
    assert asked.look(order(), first).state == "accepted", "an ECDSA key signs as well as an RSA key"


def test_a_certificate_elsewhere_has_to_be_agreed_on(platform: Platform, bench: Bench) -> None:
    with serving(platform) as other:
        platform.discovery = {"processor_certificate": f"{other.url}/cert.pem"}
        with pytest.raises(StoreRefused, match="names no certificate on its own host") as caught:
            reached(platform).ask(order())
        assert caught.value.changed == "the order did not go out"
        assert reached(platform, certificate=f"{other.url}/cert.pem").ask(order()).state == "accepted"


def test_what_it_cannot_do_is_not_asked(platform: Platform, bench: Bench) -> None:
    asked = reached(platform, rights=("erasure", "portability", "rectification"))
    for right in ("portability", "rectification"):
        with pytest.raises(Refused, match=f"has no word for the right {right}"):
            asked.ask(order(right=right))
    assert bench.posts() == []


def test_what_it_does_not_take_is_not_sent(platform: Platform, bench: Bench) -> None:
    with pytest.raises(Refused, match="has nothing of it that the processor takes"):
        reached(platform, knows=(KnownBy(kind="phone"),)).ask(order())
    platform.discovery = {"supported_identities": "all"}
    with pytest.raises(Refused, match="has nothing of it that the processor takes"):
        reached(platform).ask(order())
    assert bench.posts() == []


@pytest.mark.parametrize(("status", "changed"), [(500, "may have arrived"), (400, "not taken"), (200, "not taken")])
def test_an_error_is_told_as_what_it_is(platform: Platform, bench: Bench, status: int, changed: str) -> None:
    bench.script = lambda asked: Reply.json(status, {}) if asked.method == "POST" else platform(asked)
    with pytest.raises(SourceError, match=changed):
        reached(platform).ask(order())


def callback(platform: Platform, **changes: Any) -> tuple[dict[str, str], bytes]:
    said = {
        "controller_id": "c-1",
        "status_callback_url": CALLBACK,
        "subject_request_id": REF,
        "request_status": "completed",
        "expected_completion_time": "2026-12-20T00:00:00Z",
        **changes,
    }
    body = json.dumps(said).encode()
    return platform.signature(body), body


def test_a_callback_is_heard(platform: Platform, bench: Bench) -> None:
    found = reached(platform, callback=CALLBACK).heard(order(), *callback(platform))
    assert (found.state, found.until) == ("done", None)
    assert found.evidence.words == ("called-back", "signature-verified", "their-state-completed")


def test_a_callback_that_proves_nothing_is_not(platform: Platform, bench: Bench) -> None:
    asked = reached(platform, callback=CALLBACK, unsigned="accept")
    headers, body = callback(platform)
    for wrong in (({}, body), (headers, body + b" "), (headers, b"")):
        with pytest.raises(StoreRefused, match="without a signature"):
            asked.heard(order(), *wrong)
    with pytest.raises(StoreRefused, match="called back somebody else"):
        asked.heard(order(), *callback(platform, status_callback_url="https://evil.example"))
    with pytest.raises(StoreRefused, match="another request"):
        asked.heard(order(), *callback(platform, subject_request_id=str(uuid.UUID(int=1))))


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{15,63}", fullmatch=True))
def test_every_reference_has_one_uuid(ref: str) -> None:
    found = uuid.UUID(request_id(order(ref=ref)))
    assert found.version == 4
    assert str(found) == request_id(order(ref=ref))
    assert (str(found) == ref) is (ref == str(found))


def test_a_uuid_is_its_own_and_another_is_not() -> None:
    assert request_id(order()) == REF
    assert request_id(order(ref=REF.upper())) not in (REF, REF.upper())


def test_a_key_that_cannot_have_signed_has_not(authority: Authority) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = x509.load_pem_x509_certificate(authority.issue(key, DOMAIN))
    assert not signed_by(certificate, base64.b64encode(key.sign(b"body")).decode(), b"body")


def test_the_usual_authorities_do_not_know_ours(authority: Authority) -> None:
    pem = authority.issue(rsa_key(), DOMAIN)
    assert trusted(pem, domain=DOMAIN, at=AT, ca=str(authority.file)) is not None
    assert trusted(pem, domain=DOMAIN, at=AT) is None
    assert trusted(pem, domain=DOMAIN, at=datetime(2036, 1, 1, tzinfo=AT.tzinfo), ca=str(authority.file)) is None
    assert trusted(pem, domain=DOMAIN, at=AT, ca="/nowhere.pem") is None


def test_nothing_of_the_person_is_printed(platform: Platform, bench: Bench) -> None:
    found = reached(platform).ask(order())
    assert EMAIL_SHA256 not in repr(found)
    assert EMAIL not in repr(found)
