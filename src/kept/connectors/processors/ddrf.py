"""The Data Deletion Request Framework of the IAB Tech Lab, for advertising and analytics companies; as a first party.

Followed as published in the Tech Lab's repository Data-Subject-Rights: version 1.0 (May 2024), sections "Deletion Request Sequence"
(steps 1 to 7), "Deletion Request Data", "Result Codes", "Request/Response Signatures" and "Discovery"; and version 2.0 (April
2026), same sections. Which is spoken is the processor's choice: a dsrdelete.json with `jwksUri` is 2.0, with `publicKey` 1.0.

The framework acknowledges receipt and nothing more, so `accepted` is as far as it goes: that it is done, a person has to record.
Not verified, because the text leaves it open and no processor or test suite was at hand: how the tokens are packed in the body.
Sent is `{"rqJWT": "…"}`, or the bare token with `body: jwt`; read are `{"acJWT": "…"}`, a JSON text, and the bare token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from jwt import PyJWK

from kept.base.errors import Refused

from .choosing import Told, may_be_asked, morning_after, told
from .orders import Acknowledgement, Order, Processor, their_reference
from .registry import Known
from .tokens import NotTheirs, Signer, Version, acknowledged, chain, public_keys, signer
from .wire import MAY_HAVE_GONE, NOT_GONE, NOT_TAKEN, Answered, Wire, near

__all__ = ["DdrfProcessor", "Resource", "connect"]

NAME = "ddrf"
TITLE = "The IAB Tech Lab's Data Deletion Request Framework, 1.0 and 2.0, for advertising and analytics companies."
OPTIONS = {
    "issuer": "The company's own registrable domain, at which its dsrdelete.json and its public keys are published.",
    "kid": "The id of the key that signs, as it stands in the company's own dsrdelete.json.",
    "recipient": "The domain the processor signs as, where it is not the one of its address.",
    "endpoint": "Where orders go, where the processor's dsrdelete.json names a host other than its own.",
    "keys": "Where the processor's keys are, where its dsrdelete.json names a host other than its own.",
    "body": "`jwt` for the bare token as the body; JSON where it is not set.",
    "ca": "A file with the authorities to trust, for a processor that has its own.",
}
SECRETS = {"key": "The private key that signs, in PEM: RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA)."}
NEEDS = ("issuer", "kid", "key")

PLACES: Final = ("/dsrdelete.json", "/.well-known/iabtl/dsrdelete.json")
"""Where it is looked for: the root, as both versions say, and then where the example of version 2.0 has it."""
FRESH: Final = timedelta(hours=1)
FORMS: Final[Mapping[str, str]] = {
    "sha256": "sha-256",
    "sha-256": "sha-256",
    "plaintext": "plain",
    "plain": "plain",
    "raw": "plain",
}
SUCCESS: Final[Mapping[Version, int]] = {"1.0": 0, "2.0": 10000}
NOT_BY_THAT: Final[Mapping[Version, frozenset[int]]] = {"1.0": frozenset({4, 5}), "2.0": frozenset({14201, 14202, 14203, 14204})}
"""Result codes by which a processor refuses one identifier; all others say that the request itself failed."""
ASK_FOR_KEYS: Final = "Ask again; if it stays so, ask the processor for its keys."
BODIES: Final = frozenset({"", "json", "jwt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a processor's dsrdelete.json says: where orders go, what it takes, and its keys by their id."""

    version: Version
    endpoint: str
    takes: Mapping[tuple[str, str], str]
    keys: Mapping[str, PyJWK] = field(repr=False)
    wants_script: bool


def connect(known: Known) -> Processor:
    """Return the processor. Raises Refused for a key that cannot sign, and for an option that cannot be."""
    pem = known.secrets["key"]
    if known.option("body") not in BODIES:
        raise Refused(f"processor:{known.name}: an option of ddrf cannot be that", todo="See docs/how-to/processors.md.")
    return DdrfProcessor(known, signer(known.name, pem, issuer=known.option("issuer"), kid=known.option("kid")))


class DdrfProcessor:
    """A processor that is asked by the framework; see the module."""

    def __init__(self, known: Known, by: Signer) -> None:
        """Take what is known of it, and the company's own key."""
        self._known, self._around, self._by = known, known.around, by
        self._wire = Wire(f"processor:{known.name}", patience=known.around.patience, ca=known.option("ca"))
        self._found: tuple[datetime, Resource] | None = None

    def ask(self, order: Order) -> Acknowledgement:
        """Send one request for each identifier, and return the worst that is not outweighed: accepted where any was taken.

        Where one of several fails, none of the others' answers is lost for good: asked again, the processor sees the same `jti`.
        Raises SourceError, Refused.
        """
        may_be_asked(self._known.name, self._known.asking, order, able=("erasure",))
        resource = self.resource()
        ones = told(self._known.name, self._known.asking, order, takes=resource.takes)
        answers = [self._one(resource, order, one, number) for number, one in enumerate(ones, 1)]
        codes = [code for _, code, _ in answers]
        taken = SUCCESS[resource.version] in codes
        words = [f"ddrf-{resource.version}", "signature-verified", *(f"code-{code}" for code in sorted(set(codes)))]
        words += ["asks-for-a-script-too"] if resource.wants_script else []
        reference, withheld = their_reference(answers[0][2], order)
        at = self._around.clock()
        return Acknowledgement.of(
            "accepted" if taken else "refused",
            at=at,
            raw="\n".join(token for token, _, _ in answers).encode(),
            words=[*words, *withheld, "receipt-only"],
            until=morning_after(order),
            their_ref=reference,
        )

    def look(self, order: Order, before: Acknowledgement) -> Acknowledgement:  # noqa: ARG002 - there is nothing to look at
        """Return `before`: the framework has no message that says it is done."""
        return before

    def resource(self) -> Resource:
        """Return what the processor's dsrdelete.json says, read again after an hour. Raises SourceError; nothing was sent."""
        now = self._around.clock()
        if self._found is None or not timedelta() <= now - self._found[0] < FRESH:
            self._found = (now, self._resource())
        return self._found[1]

    def _one(self, resource: Resource, order: Order, one: Told, number: int) -> tuple[str, int, object]:
        """Return the acJWT for one identifier, its result code and its id."""
        at = self._around.clock()
        request = chain(self._by, one, version=resource.version, ref=f"{order.ref}-{number}", asked=order.asked, at=at)
        bare = self._known.option("body") == "jwt"
        body = request.encode() if bare else json.dumps({"rqJWT": request}).encode()
        answered = self._wire.post(resource.endpoint, body, {"Content-Type": "application/jwt" if bare else "application/json"})
        failed = answered.status == HTTPStatus.BAD_REQUEST
        token = _token(answered)
        if not failed or not token:
            self._wire.expect(answered, (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED), posted=True)
        claims = self._proved(resource, token, request)
        code = claims.get("raResultCode")
        if type(code) is not int or failed is (code == SUCCESS[resource.version]):
            raise self._wire.refused("answered with a result that contradicts its status", changed=MAY_HAVE_GONE)
        if code != SUCCESS[resource.version] and code not in NOT_BY_THAT[resource.version]:
            todo = "See the result codes of the framework: most say that the company's own dsrdelete.json or key was not found."
            raise self._wire.refused(f"did not take the request, with result code {code}", changed=NOT_TAKEN, todo=todo)
        return token, code, claims.get("jti")

    def _proved(self, resource: Resource, token: str, request: str) -> dict[str, Any]:
        host = self._known.option("recipient") or urlsplit(self._known.asking.address).hostname or ""
        wrong, claims = "", {}
        try:
            claims = acknowledged(token, by=self._by, keys=resource.keys, request=request, issuer=host, at=self._around.clock())
        except NotTheirs as error:
            wrong = str(error)
        if wrong:
            self._found = None  # its keys may have changed: they are read again before the next order
            happened = f"gave an acknowledgement that proves nothing ({wrong})"
            raise self._wire.refused(happened, changed=MAY_HAVE_GONE, todo=ASK_FOR_KEYS)
        return claims

    def _resource(self) -> Resource:
        said, url = self._published()
        endpoint = self._place(said.get("endpoint"), url, "endpoint")
        newer = "jwksUri" in said
        keys = public_keys(self._keys(said, url) if newer else said.get("publicKey"))
        if not keys:
            raise self._wire.refused("publishes no key that its acknowledgements could be checked with", changed=NOT_GONE)
        return Resource(
            version="2.0" if newer else "1.0",
            endpoint=endpoint,
            takes=_takes(said.get("identifiers")),
            keys=keys,
            wants_script=said.get("vendorScriptRequirement") is True,
        )

    def _published(self) -> tuple[dict[str, Any], str]:
        """Return the dsrdelete.json and its address, followed once to where a company with several domains keeps it."""
        base = self._known.asking.address.rstrip("/")
        for place in PLACES:
            url = base + place
            answered = self._wire.get(url)
            if answered.status != HTTPStatus.NOT_FOUND:
                break
        said = self._object(answered)
        elsewhere = said.get("dsrdeleteJsonUri")
        if elsewhere and elsewhere != url:
            url = near(elsewhere, base)
            if not url:
                todo = "Write the domain that it names as the address in processors.yaml, if that is the processor's."
                raise self._wire.refused("keeps its dsrdelete.json on another host", changed=NOT_GONE, todo=todo)
            said = self._object(self._wire.get(url))
        return said, url

    def _keys(self, said: Mapping[str, Any], url: str) -> object:
        return self._object(self._wire.get(self._place(said.get("jwksUri"), url, "keys"))).get("keys")

    def _object(self, answered: Answered) -> dict[str, Any]:
        self._wire.expect(answered, (HTTPStatus.OK,), posted=False)
        found = answered.object()
        if found is None:
            raise self._wire.refused("publishes no JSON object where one belongs", changed=NOT_GONE)
        return found

    def _place(self, named: object, url: str, option: str) -> str:
        """Return an address that the processor names, if it is on its own host or the policy names it too."""
        agreed = self._known.option(option)
        found = near(named, url) or (agreed if agreed and agreed == named else "")
        if not found:
            todo = f"Write it as the option `{option}` in processors.yaml, if it is the processor's."
            raise self._wire.refused(f"names no {option} on its own host", changed=NOT_GONE, todo=todo)
        return found


def _takes(found: object) -> Mapping[tuple[str, str], str]:
    """Return the kinds (their word) and forms (ours) with their word for the form."""
    takes: dict[tuple[str, str], str] = {}
    for one in found if isinstance(found, list) else []:
        kind, form = (one.get("type"), one.get("format")) if isinstance(one, dict) else (None, None)
        if isinstance(kind, str) and isinstance(form, str) and form.lower() in FORMS:
            takes.setdefault((kind, FORMS[form.lower()]), form)
    return takes


def _token(answered: Answered) -> str:
    """Return the token of an answer, empty where it holds none."""
    try:
        text = answered.body.decode("ascii").strip()
        found = json.loads(text) if text.startswith(("{", '"')) else text
    except (ValueError, RecursionError):
        return ""
    token = found.get("acJWT") if isinstance(found, dict) else found
    return token if isinstance(token, str) and token.count(".") == 2 else ""
