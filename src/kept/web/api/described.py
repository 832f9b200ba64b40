"""The OpenAPI document, made complete: every status an operation may come to, who may call it, headers, examples."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema

from .again import HEADER
from .keys import Needs
from .problems import MEDIA_TYPE
from .shapes import Problem

__all__ = ["NEEDS", "OPERATIONS", "STATUSES", "described"]

KEY: Final = "key"
NEEDS: Final = " Needs a key with the scope"
OPERATIONS: Final = ("get", "post", "put", "patch", "delete")
STATUSES: Final[Mapping[int, str]] = {
    304: "Unchanged since the ETag in If-None-Match.",
    400: "The body is not JSON, or the Idempotency-Key is none.",
    401: "A key is needed, or the one that was sent is not in force.",
    403: "The key, or its owner, may not do this.",
    404: "There is nothing of that name for whoever asks.",
    405: "The address does not take that method.",
    406: "Only JSON is given.",
    409: "Kept protects something and will not go on; or the first request with this Idempotency-Key is still at work.",
    412: "It was changed since you looked.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some values are not what they must be; or the Idempotency-Key was used for something else.",
    428: "If-Match is missing.",
    429: "Too many requests came in this minute.",
    500: "A defect in Kept itself.",
    503: "A store or the policy's files cannot be read now.",
}
RATES: Final = {
    "RateLimit-Limit": "How many requests a minute are allowed.",
    "RateLimit-Remaining": "How many are left in this minute.",
    "RateLimit-Reset": "In how many seconds the minute ends.",
}
TAGS: Final[Mapping[str, str]] = {
    "Policy": "For everybody, without a key.",
    "Your rights": "What a person can do about themselves.",
    "Keys": "What programs sign in with.",
    "Checks": "What checks found, and what is owed.",
    "Plans": "What would keep the promises, and a second pair of eyes.",
    "Map": "Where personal data lives, and what is on hold.",
    "Ledger": "The record that cannot be rewritten unseen.",
    "Jobs": "Work that a worker does.",
    "Queue": "People's requests, as staff see them.",
    "Gate": "May this use of a person's data happen?",
    "Staff": "Who is on the staff.",
}


def described(made: OpenAPISchema, *, server: str) -> dict[str, Any]:
    """Return ninja's document with what it leaves out."""
    needs = _needs(made)
    document: dict[str, Any] = json.loads(re.sub(r"\bPage_(\w+?)_\b", r"PageOf\1", json.dumps(made, default=str)))
    document["servers"] = [{"url": server.rstrip("/"), "description": "This Kept."}]
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    components = document["components"]
    components["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "A key made in the privacy centre: kept_…, shown once."}
    }
    components["schemas"].update(_problem())
    for name, schema in components["schemas"].items():
        if name.startswith("PageOf"):
            schema |= {"title": name, "description": "A part of a list."}
    components["responses"] = {str(status): _told(status) for status in STATUSES}
    components["headers"] = {name: _header(text) for name, text in RATES.items()}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, address, needs.get(operation["operationId"]))
    return document


def _needs(made: OpenAPISchema) -> Mapping[str, Needs]:
    """Return what each operation asks of a key, by its id; nothing for what everybody may do."""
    found = {}
    for router in made.api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                for need in operation.auth_callbacks:
                    if isinstance(need, Needs) and operation.operation_id:
                        found[operation.operation_id] = need
    return found


def _problem() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer", "minimum": 0}}


def _complete(operation: dict[str, Any], method: str, address: str, needs: Needs | None) -> None:
    operation["description"] = " ".join(operation.get("description", "").split())
    operation["security"] = [{KEY: list(needs.scopes)}] if needs else [{}, {KEY: []}]
    if needs and needs.scopes:
        operation["description"] += f"{NEEDS} {' or '.join(f'`{one}`' for one in needs.scopes)}."
    for parameter in operation.get("parameters", ()):
        _tidy(parameter)
    if method == "post" and needs:
        operation["parameters"] = [*operation.get("parameters", []), _idempotency()]
    if method == "get":
        operation["parameters"] = [*operation.get("parameters", []), _unchanged()]
    responses = operation["responses"]
    for status, answer in responses.items():
        _head(answer, method, int(status), operation)
    for status in _statuses(operation, method, address, needs):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    operation["responses"] = dict(sorted(responses.items()))


def _tidy(parameter: dict[str, Any]) -> None:
    """Examples of a parameter are named in OpenAPI; ninja hands on the list of JSON Schema."""
    examples = parameter.pop("examples", None)
    if isinstance(examples, list) and examples:
        parameter["example"] = examples[0]
    if parameter["name"] == "If-Match":
        parameter["required"] = True
        parameter["schema"] = {"type": "string", "minLength": 1, "pattern": r'^(\*|"[0-9a-f]{32}")$'}


def _idempotency() -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": "A random name of this request: asked again with the same, it is done once. Kept for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "0b1e4d6a-7c52-4f0e-9d0f-2f1f6f7d3c11",
    }


def _unchanged() -> dict[str, Any]:
    return {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of what you have: 304 comes where it is unchanged.",
        "schema": {"type": "string"},
    }


def _head(answer: dict[str, Any], method: str, status: int, operation: dict[str, Any]) -> None:
    headers: dict[str, Any] = {name: {"$ref": f"#/components/headers/{name}"} for name in RATES}
    if method == "get" and status == 200:
        headers["ETag"] = {"description": "Changes whenever the answer does.", "schema": {"type": "string"}}
        if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
            headers["Link"] = {"description": "The next page, rel=next; absent on the last.", "schema": {"type": "string"}}
    if status in (201, 202):
        headers["Location"] = {"description": "Where it can be read, where it can.", "schema": {"type": "string"}}
    answer["headers"] = headers
    answer["description"] = {
        200: "As asked.",
        201: "It was made.",
        202: "A worker will do it.",
        204: "It was done.",
        206: "The part that Range asks for.",
    }[status]


def _statuses(operation: dict[str, Any], method: str, address: str, needs: Needs | None) -> tuple[int, ...]:
    always = {400, 401, 404, 405, 406, 409, 413, 415, 422, 429, 500, 503}
    if needs:
        always.add(403)
    if method == "get":
        always.add(304)
    if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
        always |= {412, 428}
    if "{" not in address and method == "get" and not operation.get("parameters"):
        always.discard(422)
    return tuple(sorted(always))


def _told(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": STATUSES[status]}
    if status != 304:
        answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if status == 429:
        answer["headers"] = {"Retry-After": {"description": "In how many seconds to ask again.", "schema": {"type": "integer"}}}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    return answer
