"""The addresses of the directory's door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from kept.base.errors import NotThere
from kept.web.api.door import guarded

from . import discovery, users
from .told import error_of

__all__ = ["patterns"]


def _nothing(request: HttpRequest) -> HttpResponse:
    raise NotThere(f"There is nothing at {request.path}", todo="See /scim/v2/ResourceTypes.")


def patterns() -> list[URLPattern]:
    """Return the addresses."""
    return [
        path("ServiceProviderConfig", discovery.configuration),
        path("ResourceTypes", discovery.resource_types),
        path("ResourceTypes/<str:name>", discovery.resource_type),
        path("Schemas", discovery.schemas),
        path("Schemas/<str:name>", discovery.one_schema),
        path(".search", users.search),
        path("Users", users.users),
        path("Users/.search", users.search),
        path("Users/<str:ref>", users.one_user),
        re_path("", guarded(_nothing, told=error_of)),
    ]
