"""Messages of authorised agents by the Data Rights Protocol: opened, checked and read. Pure.

A message is a JSON object behind an Ed25519 signature of 64 bytes, the two in base64 (protocol sections 2.01 and 3.07). It is
checked in the protocol's order: base64, signature, agent, business, time of issue, time of expiry. What is wrong with one is a
value, because an agent is told of it, and never more than the protocol says.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .addresses import bare_address

__all__ = [
    "LONGEST_TO_PAIR",
    "LONGEST_WINDOW",
    "MOST_BYTES",
    "RIGHT_OF",
    "SKEW",
    "Envelope",
    "Exercise",
    "Fault",
    "Opened",
    "business_id",
    "checked",
    "exercise_in",
    "opened",
    "reason_in",
]

MOST_BYTES: Final = 64 * 1024
"""How long a message may be, in base64."""
SIGNATURE: Final = 64
SKEW: Final = timedelta(seconds=60)
"""By how much an agent's clock may be ahead of ours; a message that has expired has expired."""
LONGEST_WINDOW: Final = timedelta(days=60)
"""Between issue and expiry of what is asked for a person. The protocol recommends ten minutes; its reference agent, OSIRAA, gives a
request the 45 days in which California wants it answered. No message is taken twice in that time."""
LONGEST_TO_PAIR: Final = timedelta(hours=1)
"""The same for what asks for a token, which OSIRAA gives fifteen minutes."""
VERSION: Final = re.compile(r"(0\.9(\.[0-9]{1,3})?|1\.0(\.[0-9]{1,3})?)")
REGIME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")
CALLBACK: Final = re.compile(r"https?://[!-~]{1,1000}")

RIGHT_OF: Final[Mapping[str, str]] = {
    "access": "access",
    "access:categories": "access",
    "access:specific": "access",
    "deletion": "erasure",
    "sale:opt_out": "opt-out",
    "sale:opt-out": "opt-out",
}
"""Which right each action is (section 3.01). The protocol's own example writes opt-out with a dash. `sale:opt_in` is not taken: who
opts in again says so twice and in person (11 CCR 7028(a))."""

CLAIMS: Final[Mapping[str, int]] = {"name": 300, "email": 254, "phone_number": 50, "power_of_attorney": 1_000}
"""What may be said of the person in words, and how long that may be (section 3.04, schema.org/Person)."""
VERIFIED: Final = ("email_verified", "phone_number_verified", "address_verified")
LONGEST_ADDRESS: Final = 2_000
MOST_HINTS: Final = 50
LONGEST_HINT: Final = 100
LONGEST_REFERENCE: Final = 200
LONGEST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a message: `status` of the answer, `message` for whoever runs the agent, with no value of anybody.

    `fatal` says that the same message will never be taken; otherwise it may be sent again.
    """

    status: int
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message whose signature is its agent's. `digest` is the SHA-256 of the whole of it, by which a second one is known."""

    content: Mapping[str, Any] = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """For whom a message has to be, the agent that signed it and the id of the company, and for how long it may be good."""

    agent: str
    business: str
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """What an agent asks for a person. `email` is empty where none was given; `vouched` says that the agent verified it.

    `person` are the claims about them, `wanted` has no value of a person. `reference` is the agent's own name for the request,
    `callback` the address where it wants news.
    """

    right: str
    version: str
    wanted: Mapping[str, Any]
    email: str = field(default="", repr=False)
    vouched: bool = False
    person: Mapping[str, Any] = field(default_factory=dict, repr=False)
    relationships: tuple[str, ...] = field(default=(), repr=False)
    reference: str = field(default="", repr=False)
    callback: str = field(default="", repr=False)


def business_id(company: str) -> str:
    """Return the id of a company, as the protocol's directory writes ids: capital letters and underscores.

    >>> business_id("Aurigen AI, Inc.")
    'AURIGEN_AI_INC'
    """
    return re.sub(r"[^A-Z]+", "_", company.upper()).strip("_")


def opened(body: bytes, key: bytes) -> Opened | Fault:
    """Return a message's content, where it was signed with this agent's key."""
    if len(body) > MOST_BYTES:
        return Fault(status=413, message="The message is too large", fatal=True)
    try:
        signed = base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return Fault(status=400, message="The message is not base64", fatal=True)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed[:SIGNATURE], signed[SIGNATURE:])
    except (InvalidSignature, ValueError):
        return Fault(status=403, message="The signature is not that of this agent", fatal=True)
    content = _object(signed[SIGNATURE:])
    if content is None:
        return Fault(status=400, message="What was signed is no JSON object", fatal=True)
    return Opened(content=content, digest=sha256(signed).hexdigest())


def checked(content: Mapping[str, Any], envelope: Envelope, *, at: datetime) -> Fault | None:
    """Return what is wrong with whom a message is from, whom it is for, and when; None where that is in order."""
    if content.get("agent-id") != envelope.agent:
        return Fault(status=403, message="agent-id is not the agent that asks", fatal=True)
    if content.get("business-id") != envelope.business:
        return Fault(status=403, message="business-id is not this business", fatal=True)
    issued, expires = _moment(content.get("issued-at")), _moment(content.get("expires-at"))
    if issued is None or expires is None:
        return Fault(status=400, message="issued-at and expires-at must be ISO 8601 timestamps", fatal=True)
    if issued > at + SKEW:
        return Fault(status=400, message="issued-at has not come yet; look at the clock")
    if expires <= at:
        return Fault(status=400, message="The message has expired", fatal=True)
    if expires - issued > envelope.longest:
        most = f"{envelope.longest.days} days" if envelope.longest.days else "an hour"
        return Fault(status=400, message=f"expires-at is more than {most} after issued-at", fatal=True)
    if not isinstance(version := content.get("drp.version"), str | None) or (version and not VERSION.fullmatch(version)):
        return Fault(status=400, message="This drp.version is not known here; send 0.9 to 1.0", fatal=True)
    return None


def exercise_in(content: Mapping[str, Any]) -> Exercise | Fault:
    """Return what is asked, of a message that was checked."""
    version, action, regime = content.get("drp.version"), content.get("exercise"), content.get("regime")
    if not version:
        return Fault(status=400, message="drp.version is missing", fatal=True)
    if not isinstance(action, str) or action not in RIGHT_OF:
        return Fault(status=400, message="Unsupported rights action", fatal=True)
    if regime is not None and not (isinstance(regime, str) and REGIME.fullmatch(regime)):
        return Fault(status=400, message="regime must be a short name", fatal=True)
    if wrong := _claims_wrong(content) or _extras_wrong(content):
        return Fault(status=400, message=wrong, fatal=True)
    email = str(content.get("email") or "").strip()
    return Exercise(
        right=RIGHT_OF[action],
        version=str(version),
        wanted={"drp": action, **({"regime": regime} if regime else {})},
        email=email,
        vouched=bool(email) and content.get("email_verified") is True,
        person={name: content[name] for name in (*CLAIMS, *VERIFIED, "address") if content.get(name) is not None},
        relationships=tuple(content.get("relationships") or ()),
        reference=str(content.get("agent-request-id") or ""),
        callback=str(content.get("status_callback") or ""),
    )


def reason_in(content: Mapping[str, Any]) -> str | Fault:
    """Return why a person takes a request back (section 2.04), empty where no reason is given."""
    reason = content.get("reason")
    if reason is None:
        return ""
    if not _is_text(reason, LONGEST_REASON):
        return Fault(status=400, message=f"reason must be a text of at most {LONGEST_REASON} characters", fatal=True)
    return str(reason)


def _claims_wrong(content: Mapping[str, Any]) -> str:
    """Return what is wrong with what is said of the person; their values are not said again."""
    for name, most in CLAIMS.items():
        if content.get(name) is not None and not _is_text(content[name], most):
            return f"{name} must be a text of at most {most} characters"
    for name in VERIFIED:
        if content.get(name) is not None and not isinstance(content[name], bool):
            return f"{name} must be true or false"
    email = content.get("email")
    if email and bare_address(str(email).strip()) is None:
        return "email must be one address, as name@example.org"
    address = content.get("address")
    if address is not None and not _is_address(address):
        return f"address must be a text, or an object of texts, of at most {LONGEST_ADDRESS} characters"
    if not any(content.get(name) for name in ("name", "email", "phone_number", "address")):
        return "Nothing says whose request it is: name, email, phone_number or address"
    return ""


def _extras_wrong(content: Mapping[str, Any]) -> str:
    hints = content.get("relationships")
    listed = hints is None or (isinstance(hints, list) and len(hints) <= MOST_HINTS)
    if not listed or not all(_is_text(one, LONGEST_HINT) for one in hints or ()):
        return "relationships must be a list of short texts"
    if content.get("agent-request-id") is not None and not _is_text(content["agent-request-id"], LONGEST_REFERENCE):
        return f"agent-request-id must be a text of at most {LONGEST_REFERENCE} characters"
    callback = content.get("status_callback")
    if callback is not None and not (isinstance(callback, str) and CALLBACK.fullmatch(callback)):
        return "status_callback must be a web address; one of https is told news"
    return ""


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and "\0" not in value


def _is_address(value: object) -> bool:
    """Return whether this is a postal address: a text, or the parts that OpenID Connect names (Core 1.0, 5.1.1)."""
    if isinstance(value, dict):
        parts = [part for part in value.values() if part is not None]
        return all(_is_text(part, LONGEST_ADDRESS) for part in parts) and sum(map(len, parts)) <= LONGEST_ADDRESS
    return _is_text(value, LONGEST_ADDRESS)


def _object(text: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _moment(text: object) -> datetime | None:
    """Return a moment; one without a zone is taken as UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.utcoffset() is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
