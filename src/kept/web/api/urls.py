"""The addresses of this part."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from . import drp, pages, v1
from .scim import urls as scim

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", pages.operations, name="operations"),
    path("api/v1/", include(v1.patterns())),
    path("api/drp/", include(drp.patterns())),
    path("scim/v2/", include(scim.patterns())),
]
