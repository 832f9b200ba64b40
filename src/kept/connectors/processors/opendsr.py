"""OpenDSR, formerly OpenGDPR, for customer data platforms and what follows them; as a controller.

Followed: the specification of github.com/opengdpr/OpenDSR, sections 4 (certificates and signatures), 5 (identities), 6 (discovery),
7 (requests), 8 (status and callbacks). The stored text of it calls itself 1.0 and its names vary (OpenGDPR, OpenCompliance); that
version 2.0 has `/requests`, a required `regulation` and X-OpenDSR-… headers is taken from a processor's public documentation of its
own 2.0. Not verified against a real processor. Authentication is left to each processor (section 4.3): Basic or Bearer here.

A processor must sign every answer with a certificate that is its own (4.1); an unsigned status is believed only with
`unsigned: accept`. `encoded_request` must not be stored (7.3): it is compared with what was sent, and left out of what is kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from kept.base.errors import NOTHING_CHANGED, Refused

from .certificates import signed_by, trusted
from .choosing import may_be_asked, next_look, told
from .orders import FINAL, Acknowledgement, Order, Processor, State
from .registry import Known
from .wire import MAY_HAVE_GONE, NOT_GONE, Answered, Wire, near

__all__ = ["Discovery", "OpenDsrProcessor", "connect", "request_id"]

NAME = "opendsr"
TITLE = "OpenDSR 2.0 and OpenGDPR 1.0, for customer data platforms."
OPTIONS = {
    "version": "2.0, or 1.0 for OpenGDPR; 2.0 where it is not set.",
    "regulation": "Which law the request is under in the processor's words, gdpr or ccpa; gdpr where it is not set.",
    "certificate": "Where the processor's certificate is, where its discovery names a host other than its own.",
    "domain": "The domain the processor signs as, where it is not the one of its address.",
    "callback": "The address at which the company is told when a status changes.",
    "unsigned": "`accept` where a status without a signature is to be believed because it came over TLS.",
    "ca": "A file with the authorities to trust, for a processor that has its own.",
}
SECRETS = {"key": "The name for Basic authentication.", "secret": "The password for it.", "token": "A bearer token instead."}
NEEDS = ()

WORDS: Final[Mapping[str, str]] = {"subject": "controller_customer_id"}
FORMS: Final[Mapping[str, str]] = {"raw": "plain", "sha256": "sha-256"}
RIGHTS: Final = frozenset({"erasure", "access", "portability"})
STATES: Final[Mapping[str, State]] = {
    "pending": "accepted",
    "in_progress": "accepted",
    "distributed": "accepted",
    "completed": "done",
    "cancelled": "refused",
}
FRESH: Final = timedelta(hours=1)
ROUTES: Final = {"2.0": "requests", "1.0": "opengdpr_requests"}
HEADERS: Final = {"2.0": "x-opendsr", "1.0": "x-opengdpr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the processor says of itself (section 6.3): identities it takes, rights it knows, and its certificate in PEM."""

    takes: Mapping[tuple[str, str], str]
    rights: frozenset[str]
    certificate: bytes = field(repr=False)


def connect(known: Known) -> Processor:
    """Return the processor. Raises Refused for options that cannot be."""
    version, unsigned = known.option("version", "2.0"), known.option("unsigned")
    half = (known.secret("key") is None) != (known.secret("secret") is None)
    if version not in ROUTES or unsigned not in ("", "accept") or half:
        todo = "See docs/how-to/processors.md; key and secret go together."
        raise Refused(f"processor:{known.name}: the options of opendsr cannot be those", todo=todo)
    return OpenDsrProcessor(known)


class OpenDsrProcessor:
    """A processor that speaks OpenDSR; see the module."""

    def __init__(self, known: Known) -> None:
        """Take what is known of it."""
        self._known, self._around = known, known.around
        self._ca = known.option("ca")
        self._wire = Wire(f"processor:{known.name}", patience=known.around.patience, ca=self._ca)
        self._version = known.option("version", "2.0")
        self._base = known.asking.address.rstrip("/")
        self._requests = f"{self._base}/{ROUTES[self._version]}"
        self._domain = known.option("domain") or urlsplit(self._base).hostname or ""
        self._found: tuple[datetime, Discovery] | None = None

    def ask(self, order: Order) -> Acknowledgement:
        """Send the request; where the processor has it already, return where it stands. Raises SourceError, Refused."""
        discovery = self.discovery()
        may_be_asked(self._known.name, self._known.asking, order, able=RIGHTS & discovery.rights)
        body = json.dumps(self._request(order, discovery), separators=(",", ":")).encode()
        answered = self._wire.post(self._requests, body, {"Content-Type": "application/json", **self._login()})
        if answered.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT):
            there = self._wire.get(f"{self._requests}/{request_id(order)}", self._login())
            if there.status == HTTPStatus.OK:
                return self._read(there, order, changed=MAY_HAVE_GONE)
        self._wire.expect(answered, (HTTPStatus.CREATED,), posted=True)
        return self._receipt(answered, order, body)

    def look(self, order: Order, before: Acknowledgement) -> Acknowledgement:
        """Return where the request stands now; `sent` where the processor does not know it, so that it is asked again."""
        if before.state in FINAL:
            return before
        answered = self._wire.get(f"{self._requests}/{request_id(order)}", self._login())
        if answered.status == HTTPStatus.NOT_FOUND:
            at = self._around.clock()
            return Acknowledgement.of("sent", at=at, raw=answered.body, words=("http-404", "order-unknown"), until=next_look(at))
        self._wire.expect(answered, (HTTPStatus.OK,), posted=False)
        return self._read(answered, order, changed=NOTHING_CHANGED)

    def heard(self, order: Order, headers: Mapping[str, str], body: bytes) -> Acknowledgement:
        """Return what a callback says (8.5 to 8.8), once it is certain that the processor signed it, about this order and to us.

        A callback is never believed unsigned: anybody may send one. Raises SourceError; nothing was changed.
        """
        answered = Answered(status=HTTPStatus.OK, headers={name.lower(): value for name, value in headers.items()}, body=body)
        self._proved(answered, changed=NOTHING_CHANGED)
        if (answered.object() or {}).get("status_callback_url") != self._known.option("callback"):
            raise self._wire.refused("called back somebody else", changed=NOTHING_CHANGED)
        return self._stands(answered, order, changed=NOTHING_CHANGED, said=("called-back", "signature-verified"))

    def discovery(self) -> Discovery:
        """Return what the processor says of itself, read again after an hour. Raises SourceError; nothing was sent."""
        now = self._around.clock()
        if self._found is None or not timedelta() <= now - self._found[0] < FRESH:
            self._found = (now, self._discovery())
        return self._found[1]

    def _discovery(self) -> Discovery:
        answered = self._wire.get(f"{self._base}/discovery", self._login())
        self._wire.expect(answered, (HTTPStatus.OK,), posted=False)
        said = answered.object()
        if said is None:
            raise self._wire.refused("describes itself with no JSON object", changed=NOT_GONE)
        named, agreed = said.get("processor_certificate"), self._known.option("certificate")
        url = near(named, self._base) or (agreed if agreed and agreed == named else "")
        if not url:
            todo = "Write its address as the option `certificate` in processors.yaml, if it is the processor's."
            raise self._wire.refused("names no certificate on its own host", changed=NOT_GONE, todo=todo)
        certificate = self._wire.get(url)
        self._wire.expect(certificate, (HTTPStatus.OK,), posted=False)
        rights = said.get("supported_subject_request_types")
        return Discovery(
            takes=_takes(said.get("supported_identities")),
            rights=frozenset(one for one in rights if isinstance(one, str)) if isinstance(rights, list) else frozenset(),
            certificate=certificate.body,
        )

    def _request(self, order: Order, discovery: Discovery) -> dict[str, Any]:
        ones = told(self._known.name, self._known.asking, order, words=WORDS, takes=discovery.takes)
        callback = self._known.option("callback")
        return {
            **({"regulation": self._known.option("regulation", "gdpr")} if self._version != "1.0" else {}),
            "subject_request_id": request_id(order),
            "subject_request_type": order.right,
            "submitted_time": order.asked.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "subject_identities": [
                {"identity_type": one.kind, "identity_value": one.value.reveal(), "identity_format": one.form} for one in ones
            ],
            "api_version": self._version,
            **({"status_callback_urls": [callback]} if callback else {}),
        }

    def _login(self) -> dict[str, str]:
        key, secret, token = (self._known.secret(name) for name in ("key", "secret", "token"))
        if key is not None and secret is not None:
            pair = f"{key.reveal()}:{secret.reveal()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {"Authorization": f"Bearer {token.reveal()}"} if token is not None else {}

    def _receipt(self, answered: Answered, order: Order, sent: bytes) -> Acknowledgement:
        """Return the signed receipt of section 7.3 as `accepted`."""
        self._proved(answered, changed=MAY_HAVE_GONE)
        said = answered.object() or {}
        encoded = said.get("encoded_request")
        if said.get("subject_request_id") != request_id(order) or (encoded is not None and not _same(encoded, sent)):
            raise self._wire.refused("acknowledged another request than ours", changed=MAY_HAVE_GONE)
        at = self._around.clock()
        return Acknowledgement.of(
            "accepted",
            at=at,
            raw=_kept(answered, said),
            words=(f"http-{answered.status}", "signature-verified", "their-state-pending"),
            until=next_look(at),
            their_ref=request_id(order),
        )

    def _read(self, answered: Answered, order: Order, *, changed: str) -> Acknowledgement:
        """Return a status (8.3); signed, or unsigned where processors.yaml accepts that."""
        signed = f"{HEADERS[self._version]}-signature" in answered.headers
        if not signed and self._known.option("unsigned") == "accept":
            return self._stands(answered, order, changed=changed, said=(f"http-{answered.status}", "unsigned"))
        self._proved(answered, changed=changed)
        return self._stands(answered, order, changed=changed, said=(f"http-{answered.status}", "signature-verified"))

    def _stands(self, answered: Answered, order: Order, *, changed: str, said: tuple[str, ...]) -> Acknowledgement:
        found = answered.object() or {}
        if found.get("subject_request_id") != request_id(order):
            raise self._wire.refused("answered about another request, or about none", changed=changed)
        theirs = str(found.get("request_status"))
        if theirs not in STATES:
            raise self._wire.refused("answered with a status that there is not", changed=changed)
        at = self._around.clock()
        return Acknowledgement.of(
            STATES[theirs],
            at=at,
            raw=_kept(answered, found),
            words=(*said, f"their-state-{theirs.replace('_', '-')}"),
            until=next_look(at),
            their_ref=request_id(order),
        )

    def _proved(self, answered: Answered, *, changed: str) -> None:
        """See that the processor signed an answer (8.8), before anything in it is read. Raises SourceError."""
        prefix, now = HEADERS[self._version], self._around.clock()
        certificate = trusted(self.discovery().certificate, domain=self._domain, at=now, ca=self._ca)
        if certificate is None:
            self._found = None
            todo = "Ask the processor for a certificate of its own that an authority has issued and that holds today."
            raise self._wire.refused("signs with a certificate that is not to be trusted", changed=changed, todo=todo)
        named, signature = answered.headers.get(f"{prefix}-processor-domain", ""), answered.headers.get(f"{prefix}-signature", "")
        if named.lower() != self._domain or not signed_by(certificate, signature, answered.body):
            self._found = None  # its certificate may have changed: it is read again before the next order
            raise self._wire.refused("answered without a signature of its own", changed=changed)


def request_id(order: Order) -> str:
    """Return the order's reference as the UUID v4 that the protocol wants (7.1.1): itself, or made from its SHA-256."""
    try:
        own = uuid.UUID(order.ref)
    except ValueError:
        own = uuid.UUID(int=0)
    if own.version == 4 and str(own) == order.ref:
        return order.ref
    return str(uuid.UUID(bytes=hashlib.sha256(order.ref.encode()).digest()[:16], version=4))


def _takes(found: object) -> Mapping[tuple[str, str], str]:
    takes: dict[tuple[str, str], str] = {}
    for one in found if isinstance(found, list) else []:
        kind, form = (one.get("identity_type"), one.get("identity_format")) if isinstance(one, dict) else (None, None)
        if isinstance(kind, str) and isinstance(form, str) and form in FORMS:
            takes[kind, FORMS[form]] = form
    return takes


def _same(encoded: object, sent: bytes) -> bool:
    try:
        return isinstance(encoded, str) and base64.b64decode(encoded) == sent
    except ValueError:
        return False


def _kept(answered: Answered, said: Mapping[str, Any]) -> bytes:
    """Return what is kept of an answer: all but the request in it, with the whole body's SHA-256 and the signature over it."""
    signature = next((value for name, value in answered.headers.items() if name.endswith("-signature")), "")
    kept = {name: value for name, value in said.items() if name != "encoded_request"}
    whole = {"answer": kept, "sha256_of_body": hashlib.sha256(answered.body).hexdigest(), "signature": signature}
    return json.dumps(whole, sort_keys=True).encode()
