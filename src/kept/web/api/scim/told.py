"""What the directory is told: users, lists, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from kept.base.errors import Taken
from kept.db.access.directory import Member
from kept.web.api.problems import ApiError, Error, outward, status_in

__all__ = ["MEDIA_TYPE", "USER", "answered", "error_of", "listed", "user", "wrong"]

MEDIA_TYPE: Final = "application/scim+json"
USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def answered(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a response in SCIM's media type."""
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def user(request: HttpRequest, one: Member) -> dict[str, Any]:
    """Return a member of the staff as a SCIM User: the attributes that Kept keeps, and no other."""
    return {
        "schemas": [USER],
        "id": one.ref,
        **({"externalId": one.external_id} if one.external_id else {}),
        "userName": one.email,
        "active": one.active,
        "emails": [{"value": one.email, "type": "work", "primary": True}],
        "roles": [{"value": one.role}] if one.role else [],
        "meta": {
            "resourceType": "User",
            "created": one.created_at.isoformat(),
            "location": request.build_absolute_uri(f"/scim/v2/Users/{one.ref}"),
            "version": f'W/"{one.version}"',
        },
    }


def listed(resources: Sequence[Mapping[str, Any]], *, total: int, first: int = 1) -> dict[str, Any]:
    """Return a list response; `first` counts from 1."""
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def wrong(kind: str, happened: str, *, todo: str) -> ApiError:
    """Return the error 400 of one of SCIM's kinds, such as invalidFilter or invalidValue."""
    return ApiError(400, kind, happened, todo=todo)


def error_of(request: HttpRequest, error: Error) -> HttpResponse:
    """Return the error in SCIM's form (RFC 7644, 3.12)."""
    status, headers = status_in(error), error.headers if isinstance(error, ApiError) else {}
    kind = "uniqueness" if isinstance(error, Taken) else error.code if status == 400 else ""
    told = outward(request, error)
    body = {"schemas": [ERROR], "status": str(status), "detail": f"{told.happened}. {told.todo}"}
    return answered({**body, **({"scimType": kind} if kind else {})}, status=status, headers=headers)
