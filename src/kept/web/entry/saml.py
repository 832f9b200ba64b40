"""The company's sign-on by SAML. Imported only where kept.toml names one: its libraries are an extra."""

from __future__ import annotations

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.saml import views
from allauth.socialaccount.providers.saml.utils import get_app_or_404
from django.http import Http404, HttpRequest, HttpResponse
from lxml.etree import LxmlError  # type: ignore[import-untyped]  # lxml has no types

__all__ = ["finish", "no_logout"]


def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Take what the company's sign-on answered; what is no SAML at all is refused like any other wrong answer."""
    try:
        response: HttpResponse = views.finish_acs(request, organization_slug=organization_slug)
    except (AttributeError, KeyError, LxmlError, TypeError, ValueError) as error:
        provider = get_app_or_404(request, organization_slug).get_provider(request)
        response = render_authentication_error(request, provider, exception=error)
    return response


def no_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:  # noqa: ARG001 - the shape of a view
    """Let no sign-on sign anybody out: such a request need not be signed. Raises Http404."""
    raise Http404
