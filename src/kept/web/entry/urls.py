"""The addresses of coming in, besides allauth's own."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from . import coarse, oidc, receivers, views
from .handover import handover

if "saml" in settings.SOCIALACCOUNT_PROVIDERS:
    from . import saml

__all__ = ["coarse", "receivers", "urlpatterns"]

app_name = "entry"
urlpatterns = [
    path("oidc/<str:provider_id>/login/", oidc.login),
    path("oidc/<str:provider_id>/login/callback/", oidc.callback),
    path("arrived/", views.arrived, name="arrived"),
    path("second-factor/", views.second_factor, name="second-factor"),
    path("looks/", views.looks, name="looks"),
    path("handover/", handover, name="handover"),
]
if "saml" in settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns += [
        path("saml/<str:organization_slug>/acs/finish/", saml.finish),
        path("saml/<str:organization_slug>/sls/", saml.no_logout),
    ]
