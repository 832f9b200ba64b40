"""What the directory sends, read: users, patches, filters. Attribute names are the same in any case (RFC 7643, 2.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from kept.base.roles import ROLES
from kept.db.actions.directory import Changed

from .told import USER, wrong

__all__ = ["Filter", "filter_of", "object_of", "patched", "put"]

NOT_KEPT: Final = frozenset(
    {
        "name",
        "displayname",
        "nickname",
        "profileurl",
        "title",
        "usertype",
        "preferredlanguage",
        "locale",
        "timezone",
        "password",
        "emails",
        "phonenumbers",
        "ims",
        "photos",
        "addresses",
        "groups",
        "entitlements",
        "x509certificates",
    }
)
"""Attributes of a User that are taken and not kept: Kept needs none of them."""
IGNORED: Final = frozenset({"schemas", "id", "meta"})
FILTER: Final = re.compile(rf'\s*(?:{re.escape(USER)}:)?(username|externalid|id)\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)
PATH: Final = re.compile(
    rf"(?:{re.escape(USER)}:)?(?P<name>[A-Za-z][A-Za-z0-9]*)(?:\[(?P<only>[^\]]*)\])?(?:\.(?P<sub>[A-Za-z$]+))?", re.IGNORECASE
)
ONLY_ROLE: Final = re.compile(r'\s*value\s+eq\s+"([^"\\]*)"\s*', re.IGNORECASE)
LONGEST: Final = 200
EXTENSION: Final = "urn:"

Filter = tuple[str, str]
"""The attribute in lower case, and what it must equal."""


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, its names in lower case. Raises ApiError 400 invalidSyntax."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise wrong("invalidSyntax", "The body is no JSON object", todo="Send a SCIM resource.")
    return {str(name).lower(): value for name, value in read.items()}


def filter_of(text: str) -> Filter | None:
    """Return what a filter asks for, None for an empty one. Raises ApiError 400 invalidFilter for any but `userName eq "…"`."""
    if not text.strip():
        return None
    found = FILTER.fullmatch(text)
    try:
        value = json.loads(found[2]) if found else None
    except ValueError:
        value = None
    if found is None or not isinstance(value, str):
        raise wrong("invalidFilter", "Only userName, externalId and id can be asked for, with eq", todo='Write userName eq "…".')
    return found[1].lower(), _plain(value, "invalidFilter")


def put(body: Mapping[str, Any]) -> Changed:
    """Return what a whole User says. What it leaves out stays, as RFC 7644, 3.5.1 allows. Raises ApiError 400."""
    schemas = body.get("schemas", [USER])
    if not isinstance(schemas, list) or USER not in schemas:
        raise wrong("invalidSyntax", "The resource does not say that it is a User", todo=f"Put {USER} into schemas.")
    return _changed(body)


def patched(body: Mapping[str, Any], role: str) -> Changed:
    """Return what the operations of a PatchOp come to, one after the other; `role` is what they have now. Raises ApiError 400."""
    operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        raise wrong("invalidSyntax", "There are no Operations", todo="Send a PatchOp (RFC 7644, 3.5.2).")
    values: dict[str, Any] = {}
    for one in operations:
        if not isinstance(one, dict):
            raise wrong("invalidSyntax", "An operation is no JSON object", todo="Send a PatchOp (RFC 7644, 3.5.2).")
        values |= _operation({str(name).lower(): value for name, value in one.items()}, values, role)
    return _changed(values)


def _operation(one: Mapping[str, Any], so_far: Mapping[str, Any], role: str) -> dict[str, Any]:
    kind, path = str(one.get("op", "")).lower(), one.get("path", "")
    if kind not in ("add", "replace", "remove") or not isinstance(path, str):
        raise wrong("invalidSyntax", "An operation is none of add, replace and remove", todo="Send a PatchOp (RFC 7644, 3.5.2).")
    if not path:
        if kind == "remove" or not isinstance(one.get("value"), dict):
            raise wrong("noTarget", "An operation says neither where nor what", todo="Give a path, or attributes as value.")
        return {str(name).lower(): value for name, value in one["value"].items()}
    found = PATH.fullmatch(path)
    name = found["name"].lower() if found else ""
    if found is None or not (name in NOT_KEPT or name in ("username", "externalid", "active", "roles")):
        if path.lower().startswith(EXTENSION) and not path.lower().startswith(USER.lower()):
            return {}
        raise wrong("invalidPath", "There is no attribute of that name", todo="See /scim/v2/Schemas.")
    if kind == "remove":
        return _removed(name, found["only"], _role(so_far["roles"]) if "roles" in so_far else role)
    value = one.get("value")
    return {name: [{"value": value}] if found["sub"] and name == "roles" else value}


def _removed(name: str, only: str | None, role: str) -> dict[str, Any]:
    if name in NOT_KEPT:
        return {}
    if name == "roles":
        picked = ONLY_ROLE.fullmatch(only) if only else None
        if only and (picked is None or picked[1] != role):
            raise wrong("noTarget", "They do not have that role", todo="Remove roles to take whichever they have.")
        return {"roles": []}
    if name == "externalid":
        return {"externalid": ""}
    raise wrong("mutability", f"{name} cannot be removed", todo="Replace it.")


def _changed(values: Mapping[str, Any]) -> Changed:
    unknown = {name for name in values if not name.startswith(EXTENSION)} - NOT_KEPT - IGNORED
    if unknown - {"username", "externalid", "active", "roles"}:
        raise wrong("invalidSyntax", "There are attributes that a User does not have", todo="See /scim/v2/Schemas.")
    return Changed(
        email=_text(values["username"], "userName") if "username" in values else None,
        external_id=_external(values["externalid"]) if "externalid" in values else None,
        role=_role(values["roles"]) if "roles" in values else None,
        active=_truth(values["active"]) if "active" in values else None,
    )


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise wrong("invalidValue", f"{name} is no text of 1 to {LONGEST} characters", todo="Send one.")
    return _plain(value.strip(), "invalidValue")


def _external(value: Any) -> str:
    return "" if value in (None, "") else _text(value, "externalId")


def _plain(value: str, kind: str) -> str:
    if "\0" in value or any(0xD800 <= ord(one) <= 0xDFFF for one in value):
        raise wrong(kind, "A text holds what no database takes", todo="Send it without NUL and broken characters.")
    return value


def _truth(value: Any) -> bool:
    """Return a truth value; some directories send it as a text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise wrong("invalidValue", "active is neither true nor false", todo="Send one of them.")


def _role(value: Any) -> str:
    """Return the one role that is named, empty for none: as a list of values, or a value alone."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    names = [one.get("value") if isinstance(one, dict) else one for one in listed]
    texts = [one for one in names if isinstance(one, str)]
    if len(texts) < len(names) or len(set(texts)) > 1:
        raise wrong("invalidValue", "Somebody has one role at most, and a role is a text", todo="Send one value.")
    role = next(iter(texts), "")
    if role and role not in ROLES:
        raise wrong("invalidValue", "There is no such role", todo=f"Choose one of {', '.join(ROLES)}.")
    return role
