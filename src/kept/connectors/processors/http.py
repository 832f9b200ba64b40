"""A plain order over HTTPS, for a processor that has no protocol of its own: `POST address`, and `GET address/ref` later.

The order is a JSON object; docs/how-to/processors.md describes it field by field. Requests are signed by HMAC-SHA-256 as HTTP
Message Signatures (RFC 9421, alg `hmac-sha256`) over method, address, Content-Digest (RFC 9530) and Idempotency-Key; answers
may be, and with `answers: signed` must be. Idempotency-Key, the header of the IETF's draft of that name, is the order's reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from kept.base.errors import NOTHING_CHANGED, Refused

from .choosing import may_be_asked, next_look, told
from .orders import FINAL, Acknowledgement, Order, Processor, State, their_reference
from .registry import Known
from .signing import content_digest, is_signed, signed, verifies
from .wire import MAY_HAVE_GONE, Answered, Wire

__all__ = ["HttpProcessor", "connect"]

NAME = "http"
TITLE = "A JSON order over HTTPS, signed with a shared secret, that any processor can take in an afternoon."
OPTIONS = {
    "key-id": "The name of the shared secret, which the processor may have several of; `kept` where it is not set.",
    "answers": "`signed` where an answer without a signature is not to be believed.",
    "ca": "A file with the authorities to trust, for a processor that has its own.",
}
SECRETS = {"key": "The shared secret that requests are signed with, at least 32 characters.", "token": "A bearer token."}
NEEDS = ("key",)

LEAST_SECRET: Final = 32
STATES: Final[Mapping[str, State]] = {
    "accepted": "accepted",
    "done": "done",
    "refused": "refused",
    "unknown-person": "unknown-person",
}
TAKEN: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT})
"""A conflict is how some say that they have the order already; its body says where it stands like any other."""


def connect(known: Known) -> Processor:
    """Return the processor. Raises Refused for a secret too short to sign with, and for an option that cannot be."""
    key, key_id = known.secret("key"), known.option("key-id", "kept")
    if key is None or len(key.reveal()) < LEAST_SECRET:
        raise Refused(
            f"processor:{known.name}: the secret `key` is too short to sign with", todo="Agree on one of 32 characters or more."
        )
    if known.option("answers") not in ("", "signed") or not key_id.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise Refused(f"processor:{known.name}: an option of http cannot be that", todo="See docs/how-to/processors.md.")
    return HttpProcessor(known)


class HttpProcessor:
    """A processor that takes plain orders; see the module."""

    def __init__(self, known: Known) -> None:
        """Take what is known of it."""
        self._known, self._around = known, known.around
        self._wire = Wire(f"processor:{known.name}", patience=known.around.patience, ca=known.option("ca"))
        self._address = known.asking.address.rstrip("/")

    def ask(self, order: Order) -> Acknowledgement:
        """Send the order, and return what the answer says. Raises SourceError, Refused."""
        may_be_asked(self._known.name, self._known.asking, order)
        body = json.dumps(self._order(order), ensure_ascii=True, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", **self._headers("POST", self._known.asking.address, order, body)}
        answered = self._wire.post(self._known.asking.address, body, headers)
        self._wire.expect(answered, TAKEN, posted=True)
        return self._read(answered, order, changed=MAY_HAVE_GONE)

    def look(self, order: Order, before: Acknowledgement) -> Acknowledgement:
        """Return where the order stands now; `sent` where the processor does not know it, so that it is asked again."""
        if before.state in FINAL:
            return before
        url = f"{self._address}/{order.ref}"
        answered = self._wire.get(url, self._headers("GET", url, order, None))
        if answered.status == HTTPStatus.NOT_FOUND:
            at = self._around.clock()
            return Acknowledgement.of("sent", at=at, raw=answered.body, words=("http-404", "order-unknown"), until=next_look(at))
        self._wire.expect(answered, (HTTPStatus.OK, HTTPStatus.ACCEPTED), posted=False)
        return self._read(answered, order, changed=NOTHING_CHANGED)

    def _order(self, order: Order) -> dict[str, Any]:
        identifiers = told(self._known.name, self._known.asking, order)
        return {
            "version": "1",
            "ref": order.ref,
            "request": order.request,
            "controller": self._around.company,
            "right": order.right,
            "asked": order.asked.isoformat(),
            "by": order.by.isoformat(),
            "identifiers": [{"kind": one.kind, "form": one.form, "value": one.value.reveal()} for one in identifiers],
            "corrections": [{"what": one.what, "value": one.value.reveal()} for one in order.corrections],
        }

    def _headers(self, method: str, url: str, order: Order, body: bytes | None) -> dict[str, str]:
        parts = [("@method", method), ("@target-uri", url)]
        headers = {"Idempotency-Key": order.ref}
        if body is not None:
            headers["Content-Digest"] = content_digest(body)
            parts.append(("content-digest", headers["Content-Digest"]))
        parts.append(("idempotency-key", order.ref))
        token, key = self._known.secret("token"), self._known.secrets["key"]
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        return headers | signed(key, parts, at=self._around.clock(), key_id=self._known.option("key-id", "kept"))

    def _read(self, answered: Answered, order: Order, *, changed: str) -> Acknowledgement:
        """Return what an answer says, once it is certain that it is about this order and, where it is signed, by whom."""
        at = self._around.clock()
        said = self._proved(answered, order, at, changed)
        found = answered.object() or {}
        state = STATES.get(str(found.get("state")))
        if found.get("ref") != order.ref:
            raise self._wire.refused("answered about another order, or about none", changed=changed)
        if state is None:
            raise self._wire.refused("answered with a state that there is not", changed=changed)
        reference, withheld = their_reference(found.get("their_ref"), order)
        return Acknowledgement.of(
            state,
            at=at,
            raw=answered.body,
            words=(f"http-{answered.status}", said, *withheld),
            until=next_look(at, found.get("look_again")),
            their_ref=reference,
        )

    def _proved(self, answered: Answered, order: Order, at: datetime, changed: str) -> str:
        if not is_signed(answered.headers):
            if self._known.option("answers") == "signed":
                raise self._wire.refused("answered without the signature that was agreed", changed=changed)
            return "unsigned"
        key = self._known.secrets["key"]
        if not verifies(key, answered.headers, status=answered.status, body=answered.body, ref=order.ref, at=at):
            raise self._wire.refused("answered with a signature that is not its own", changed=changed, todo=SEE_KEY)
        return "signature-verified"


SEE_KEY: Final = "See that both sides hold the same secret and that their clocks are right, then ask again."
