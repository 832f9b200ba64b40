"""The company's sign-on, from kept.toml's `[web.sign_on.NAME]` to what allauth wants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kept.base.errors import Refused
from kept.policy.settings import WebSettings

__all__ = ["form_targets", "providers"]

KINDS = {"oidc": "openid_connect", "saml": "saml"}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EMAILS = ("urn:oid:0.9.2342.19200300.100.1.3", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress")
NEEDED = {"oidc": ("server", "client", "secret"), "saml": ("entity", "sso", "certificate")}


def providers(web: WebSettings, environment: Mapping[str, str] = os.environ) -> list[dict[str, Any]]:
    """Return each sign-on as `{"kind": allauth's provider, "name": …, "app": allauth's app}`.

    Raises Refused for a kind that is not known, an option that is missing, or a variable that is unset.
    """
    return [_provider(name, dict(options), environment) for name, options in web.sign_on.items()]


def form_targets(web: WebSettings) -> list[str]:
    """Return the origins that a sign-in form may lead to, for the Content-Security-Policy."""
    addresses = [options.get(word, "") for options in web.sign_on.values() for word in ("server", "sso", "page")]
    return sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses) if url.netloc})


def _provider(name: str, options: dict[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    kind = options.get("kind", "")
    if kind not in KINDS:
        raise Refused(f"The sign-on {name} has no kind that Kept knows", todo=f"Write kind = one of {', '.join(KINDS)}.")
    if missing := [option for option in NEEDED[kind] if not options.get(option)]:
        raise Refused(f"The sign-on {name} lacks {', '.join(missing)}", todo=f"Add it to [web.sign_on.{name}] in kept.toml.")
    _refuse_clear_text(name, options)
    made = _oidc if kind == "oidc" else _saml
    return {"kind": KINDS[kind], "name": name, "app": made(name, options, environment)}


def _refuse_clear_text(name: str, options: dict[str, str]) -> None:
    """Refuse a sign-on whose words would cross a network in the clear. Raises Refused."""
    for word in ("server", "sso", "page"):
        url = urlsplit(options.get(word, ""))
        if url.netloc and url.scheme != "https" and url.hostname not in LOOPBACK:
            raise Refused(f"The sign-on {name} would be asked in the clear", todo=f"Write {word} with https://.")


def _oidc(name: str, options: dict[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "provider_id": name,
        "name": options.get("title", name),
        "client_id": options["client"],
        "secret": _secret(name, options["secret"], environment, public=False),
        "settings": {"server_url": options["server"], "oauth_pkce_enabled": True},
    }


def _saml(name: str, options: dict[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "provider_id": options["entity"],
        "name": options.get("title", name),
        "client_id": name,
        "settings": {
            "attribute_mapping": {
                "uid": [options.get("uid", "uid"), "urn:oasis:names:tc:SAML:attribute:subject-id"],
                "email": [options.get("email", "email"), *EMAILS],
            },
            "idp": {
                "entity_id": options["entity"],
                "sso_url": options["sso"],
                "x509cert": _secret(name, options["certificate"], environment, public=True),
            },
            "verified_email": True,  # whose addresses are whose is what a company's directory is for
            "advanced": {"want_assertion_signed": True, "reject_idp_initiated_sso": True},
        },
    }


def _secret(name: str, text: str, environment: Mapping[str, str], *, public: bool) -> str:
    """Return what an `env:NAME` holds; a certificate, which is public, may stand in the file. Raises Refused."""
    variable = text.removeprefix("env:")
    if variable == text:
        if public:
            return text
        raise Refused(f"The secret of the sign-on {name} stands in kept.toml", todo="Write env:NAME, and set that variable.")
    value = environment.get(variable, "")
    if not value:
        raise Refused(f"The variable {variable} of the sign-on {name} is unset", todo="Set it and start again.")
    return value
