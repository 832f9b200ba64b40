"""The provider's misbehaviour: whom it names `wrong-…` gets a token that is wrong in that way."""

from __future__ import annotations

import time
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["Provider", "new_key"]

HOUR = 3_600


def new_key() -> str:
    """Return a private key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*shape).decode()


class Provider(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth has no types
    """Allauth's provider, that lies about some."""

    wrong = ""

    def populate_id_token(self, id_token: dict[str, Any], client: Any, scopes: Any, **kwargs: Any) -> None:
        """Make the token wrong in the way the person's name says."""
        self.wrong = id_token["email"].split("@")[0].removeprefix("wrong-")
        lies: dict[str, dict[str, Any]] = {
            "audience": {"aud": "another-client"},
            "issuer": {"iss": "https://another.example"},
            "nonce": {"nonce": "0" * 64},
            "age": {"iat": int(time.time()) - 2 * HOUR, "exp": int(time.time()) - HOUR},
            "subject": {"sub": "somebody else"},
        }
        id_token.update(lies.get(self.wrong, {}))
        if self.wrong == "silence":
            id_token.pop("nonce")

    def get_signing_key(self) -> Any:
        """Return the key, or for one person a key that is not among those it shows."""
        key = super().get_signing_key()
        return type(key)(pem=new_key()) if self.wrong == "key" else key
