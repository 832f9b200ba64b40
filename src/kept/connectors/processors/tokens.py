"""The chain of JSON Web Tokens of the IAB Tech Lab Data Deletion Request Framework: made, signed, and checked when it comes back.

Version 1.0 (May 2024): an idJWT holds the identifier, an rqJWT holds the idJWT and the identifier, an acJWT holds the rqJWT.
Version 2.0 (April 2026): an orJWT holds no identifier, the rqJWT holds it flat; the acJWT is the same. Sections "Deletion Request
Data" and "Request/Response Signatures". Neither version names an expiry; where a token has one (RFC 7519 `exp`, `nbf`), it counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.types import Options

from kept.base.errors import Refused
from kept.base.periods import SKEW
from kept.base.personal import Personal

from .choosing import Told

__all__ = ["NotTheirs", "Signer", "Version", "acknowledged", "chain", "public_keys", "signer"]

Version: TypeAlias = Literal["1.0", "2.0"]
Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})
"""Only those with a public key: under a shared secret whoever can check could also sign, and `none` is no signature."""
LEAST_RSA: Final = 2048
SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""Times are judged by the clock that is handed in, and `sub` is an object in version 1.0, which RFC 7519 does not allow."""


class NotTheirs(Exception):
    """An acknowledgement that proves nothing; the argument is a short word of ours, and nothing of the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The company's own key: who it is to others (its registrable domain), the key's id, and the algorithm."""

    issuer: str
    kid: str
    algorithm: str
    key: Key = field(repr=False)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the claims as a signed token, with `typ`, `alg` and `kid` in the header."""
        return jwt.encode(dict(claims), self.key, algorithm=self.algorithm, headers={"kid": self.kid})

    def claims(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token that this key signed, None for any other."""
        return _claims(token, self.key.public_key(), self.algorithm)

    def public_jwk(self) -> dict[str, Any]:
        """Return the public key as the company publishes it in its own dsrdelete.json (RFC 7517)."""
        made: dict[str, Any] = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.key.public_key(), as_dict=True)
        return {
            **{name: value for name, value in made.items() if name != "key_ops"},
            "kid": self.kid,
            "alg": self.algorithm,
            "use": "sig",
        }


def signer(name: str, pem: Personal[str], *, issuer: str, kid: str) -> Signer:
    """Return the signer for a private key in PEM: RSA from 2048 bits (RS256), P-256 (ES256), or Ed25519 (EdDSA).

    Raises Refused for anything else; the error says nothing of the key.
    """
    key = _key(pem)
    match key:
        case rsa.RSAPrivateKey() if key.key_size >= LEAST_RSA:
            algorithm = "RS256"
        case ec.EllipticCurvePrivateKey() if isinstance(key.curve, ec.SECP256R1):
            algorithm = "ES256"
        case ed25519.Ed25519PrivateKey():
            algorithm = "EdDSA"
        case _:
            raise Refused(
                f"processor:{name}: the secret `key` is no private key that requests can be signed with",
                todo="Put a key in PEM, without a passphrase, into the variable: RSA of 2048 bits or more, P-256, or Ed25519.",
            )
    return Signer(issuer=issuer, kid=kid, algorithm=algorithm, key=key)


def _key(pem: Personal[str]) -> Key | None:
    try:
        found = serialization.load_pem_private_key(pem.reveal().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) else None


def chain(by: Signer, told: Told, *, version: Version, ref: str, asked: datetime, at: datetime) -> str:
    """Return the rqJWT for one identifier. `ref` names this one transaction and stays the same when it is sent again.

    The inner token bears the time the person asked, the outer one `at`; the outer never precedes the inner (result code 13205).
    """
    issued = int(at.astimezone(UTC).timestamp())
    first = {
        "version": version,
        "jti": f"{ref}-origin",
        "iss": by.issuer,
        "iat": min(int(asked.astimezone(UTC).timestamp()), issued),
    }
    identifier = {
        "identifierValue": told.value.reveal(),
        "identifierType": told.kind,
        "identifierFormat": told.form,
    }
    outer = {"version": version, "jti": ref, "iss": by.issuer, "iat": issued}
    if version == "1.0":
        return by.sign({**outer, "idJWT": by.sign({**first, "sub": identifier}), "sub": identifier})
    return by.sign({**outer, "orJWT": by.sign(first), **identifier})


def public_keys(found: object) -> Mapping[str, jwt.PyJWK]:
    """Return a processor's keys by their `kid`, from a list of JWKs (RFC 7517); what cannot be used is left out.

    A key without a `kid` is used where the token names none. Shared secrets and RSA keys below 2048 bits cannot be used.
    """
    keys: dict[str, jwt.PyJWK] = {}
    for one in found if isinstance(found, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK({name: value for name, value in one.items() if name != "d"})
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        short = isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size < LEAST_RSA
        if key.algorithm_name in ALGORITHMS and not short:
            keys.setdefault(key.key_id or "", key)
    return keys


def acknowledged(
    token: str, *, by: Signer, keys: Mapping[str, jwt.PyJWK], request: str, issuer: str, at: datetime
) -> dict[str, Any]:
    """Return the claims of an acJWT that the processor signed about the rqJWT `request`, made by `by`.

    Its own key must have signed it, its `iss` must be `issuer` or above it, its times must be possible at `at`, and the rqJWT in it
    must bear our signature and be the one that was sent or an earlier sending of the same. Raises NotTheirs.
    """
    key = keys.get(_kid(token))
    claims = _claims(token, key.key, key.algorithm_name) if key else None
    if claims is None:
        raise NotTheirs("signature-wrong" if key else "key-unknown")
    named = claims.get("iss")
    if not isinstance(named, str) or not (issuer == named or ("." in named and issuer.endswith(f".{named}"))):
        raise NotTheirs("issuer-wrong")
    _timely(claims, at)
    sent, back = by.claims(request), by.claims(claims["rqJWT"]) if isinstance(claims.get("rqJWT"), str) else None
    if sent is None or back is None or _lasting(sent) != _lasting(back):
        raise NotTheirs("request-not-ours")
    return claims


def _lasting(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is the same in every sending of a request: all but the times and the signatures within."""
    return {name: value for name, value in claims.items() if name not in ("iat", "idJWT", "orJWT")}


def _timely(claims: Mapping[str, Any], at: datetime) -> None:
    now, skew = at.timestamp(), SKEW.total_seconds()
    times = {name: claims.get(name) for name in ("iat", "exp", "nbf")}
    if not all(_is_time(value) for name, value in times.items() if value is not None or name == "iat"):
        raise NotTheirs("time-missing")
    if times["exp"] is not None and times["exp"] <= now - skew:
        raise NotTheirs("expired")
    if max(times["iat"] or 0, times["nbf"] or 0) > now + skew:
        raise NotTheirs("from-the-future")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _kid(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.PyJWTError:
        raise NotTheirs("no-token") from None


def _claims(token: str, key: Any, algorithm: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return found
