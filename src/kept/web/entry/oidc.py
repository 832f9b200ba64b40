"""The company's sign-on by OpenID Connect, stricter than allauth's: the token is signed, bound to the browser, and there."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

import jwt
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse

__all__ = ["callback", "login"]

ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})


def _nonce(state: str) -> str:
    """Return the number that binds a token to the request it answers; `state` is known to this browser's session alone."""
    return hashlib.sha256(f"kept nonce {state}".encode()).hexdigest()


class _Client(OAuth2Client):  # type: ignore[misc]  # allauth has no types
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, Any]) -> str:
        return str(super().get_redirect_url(authorization_url, scope, {**extra_params, "nonce": _nonce(self.state)}))


class _Strict(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    client_class = _Client

    def get_provider(self) -> Any:
        """Return the sign-on, which asks by this adapter as well."""
        provider = super().get_provider()
        provider.oauth2_adapter_class = _Strict
        return provider

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the sign-on says of itself. Raises OAuth2Error where it says it is another one than kept.toml names."""
        told: dict[str, Any] = super().openid_config
        named = self.get_provider().app.settings["server_url"].split("/.well-known/")[0]
        if str(told.get("issuer", "")).rstrip("/") != named.rstrip("/"):
            raise OAuth2Error("issuer")
        return told

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Return whom the sign-on names. Raises OAuth2Error for an answer without a token, or of another shape."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("no id_token")
        try:
            return super().complete_login(request, app, token, **kwargs)
        except (AttributeError, KeyError, TypeError, ValueError, jwt.PyJWTError) as error:
            raise OAuth2Error(type(error).__name__) from error

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
            raise OAuth2Error("alg")
        told: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if not hmac.compare_digest(str(told.get("nonce", "")), _nonce(self.request.GET.get("state", ""))) or "exp" not in told:
            raise OAuth2Error("nonce or exp")
        return told


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the company's sign-on. Raises Http404 where kept.toml names none so."""
    return _answer(OAuth2LoginView.adapter_view, request, provider_id)


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take what the company's sign-on answered. Raises Http404 where kept.toml names none so."""
    return _answer(OAuth2CallbackView.adapter_view, request, provider_id)


def _answer(view: Callable[[Any], Any], request: HttpRequest, provider_id: str) -> HttpResponse:
    adapter = _Strict(request, provider_id)
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    try:
        response: HttpResponse = view(adapter)(request)
    except (KeyError, OAuth2Error, OSError) as error:  # it cannot be reached, or describes itself in another shape
        response = render_authentication_error(request, provider, exception=error)
    return response
