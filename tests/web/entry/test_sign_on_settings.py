"""What kept.toml may say about the company's sign-on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kept.base.errors import Refused
from kept.policy.settings import WebSettings
from kept.web.project.sign_on import form_targets, providers

OIDC = {"kind": "oidc", "server": "https://id.aurigen.example/realm", "client": "kept", "secret": "env:S"}
SAML = {"kind": "saml", "entity": "https://id.aurigen.example", "sso": "https://id.aurigen.example/sso", "certificate": "MIIB"}


def _web(options: Mapping[str, str]) -> WebSettings:
    return WebSettings(sign_on={"company": options})


def test_what_is_said_is_what_allauth_is_told() -> None:
    oidc = providers(_web(OIDC), {"S": "secret"})[0]
    assert (oidc["kind"], oidc["app"]["secret"]) == ("openid_connect", "secret")
    assert oidc["app"]["settings"]["oauth_pkce_enabled"]
    saml = providers(_web(SAML), {})[0]
    assert saml["app"]["settings"]["idp"]["x509cert"] == "MIIB"
    assert form_targets(_web(OIDC | {"page": "https://login.aurigen.example/x"})) == [
        "https://id.aurigen.example",
        "https://login.aurigen.example",
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": "ldap"}, "no kind"),
        ({"kind": "oidc"}, "lacks server, client, secret"),
        ({"kind": "saml", "entity": "x"}, "lacks sso, certificate"),
        (OIDC | {"secret": "written down"}, "stands in kept.toml"),
        (OIDC | {"secret": "env:UNSET"}, "UNSET"),
        (OIDC | {"server": "http://id.aurigen.example"}, "in the clear"),
        (SAML | {"sso": "http://id.aurigen.example"}, "in the clear"),
    ],
)
def test_what_cannot_work_or_is_not_safe_is_refused(options: Mapping[str, str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        providers(_web(options), {"S": "secret"})
