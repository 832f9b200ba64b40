"""What this SCIM door can do, for directories that ask first (RFC 7643, 5 to 7)."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from kept.base.errors import NotThere
from kept.base.roles import ROLES, Who

from .asking import MOST
from .told import USER, answered, listed
from .users import directory

__all__ = ["configuration", "one_schema", "resource_type", "resource_types", "schemas"]

CONFIGURATION: Final[dict[str, Any]] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": MOST},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": True},
    "authenticationSchemes": [
        {
            "type": "oauthbearertoken",
            "name": "Key",
            "description": "A key of an owner of this Kept with the scope scim, as a bearer token.",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": True,
        }
    ],
    "meta": {"resourceType": "ServiceProviderConfig", "location": "/scim/v2/ServiceProviderConfig"},
}
TYPE: Final[dict[str, Any]] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    "id": "User",
    "name": "User",
    "endpoint": "/Users",
    "description": "A member of the staff.",
    "schema": USER,
    "meta": {"resourceType": "ResourceType", "location": "/scim/v2/ResourceTypes/User"},
}


def _attribute(name: str, kind: str, description: str, **more: Any) -> dict[str, Any]:
    usual = {
        "multiValued": False,
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        **({"caseExact": False} if kind == "string" else {}),
    }
    return {"name": name, "type": kind, "description": description, **usual, **more}


SCHEMA: Final[dict[str, Any]] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": USER,
    "name": "User",
    "description": "A member of the staff: what Kept keeps of one.",
    "attributes": [
        _attribute("userName", "string", "The address codes go to.", required=True, uniqueness="server"),
        _attribute("active", "boolean", "Whether they may sign in; true where a new user does not say.", required=True),
        _attribute(
            "emails",
            "complex",
            "The same address.",
            multiValued=True,
            mutability="readOnly",
            subAttributes=[
                _attribute("value", "string", "The address.", mutability="readOnly"),
                _attribute("type", "string", "work.", mutability="readOnly"),
                _attribute("primary", "boolean", "True.", mutability="readOnly"),
            ],
        ),
        _attribute(
            "roles",
            "complex",
            "Their role; one at most, none to begin with.",
            multiValued=True,
            subAttributes=[
                _attribute("value", "string", "The role.", canonicalValues=list(ROLES)),
            ],
        ),
    ],
    "meta": {"resourceType": "Schema", "location": f"/scim/v2/Schemas/{USER}"},
}


def _configuration(request: HttpRequest, *, by: Who) -> HttpResponse:  # noqa: ARG001 - the shape of each method
    return answered(CONFIGURATION)


def _types(request: HttpRequest, *, by: Who) -> HttpResponse:  # noqa: ARG001 - the shape of each method
    return answered(listed([TYPE], total=1))


def _type(request: HttpRequest, *, by: Who, name: str) -> HttpResponse:  # noqa: ARG001 - the shape of each method
    if name != TYPE["id"]:
        raise NotThere("There is no such type of resource", todo="See /scim/v2/ResourceTypes.")
    return answered(TYPE)


def _schemas(request: HttpRequest, *, by: Who) -> HttpResponse:  # noqa: ARG001 - the shape of each method
    return answered(listed([SCHEMA], total=1))


def _schema(request: HttpRequest, *, by: Who, name: str) -> HttpResponse:  # noqa: ARG001 - the shape of each method
    if name != USER:
        raise NotThere("There is no such schema", todo="See /scim/v2/Schemas.")
    return answered(SCHEMA)


configuration = directory(GET=_configuration)
resource_types = directory(GET=_types)
resource_type = directory(GET=_type)
schemas = directory(GET=_schemas)
one_schema = directory(GET=_schema)
