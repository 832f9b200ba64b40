"""The addresses of the pages, part by part."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from kept.web.shared.failures import missing

handler404 = missing

urlpatterns = [
    path("", include("kept.web.public.urls")),
    path("me/", include("kept.web.centre.urls")),
    path("console/", include("kept.web.console.urls")),
    path("account/", include("kept.web.entry.urls")),
    path("account/", include("allauth.urls")),
    path("", include("kept.web.api.urls")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}kept.svg")),  # asked for beside what is no page
]
