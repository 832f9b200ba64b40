"""Every operation against its own description, with whatever schemathesis thinks of: right and wrong values, methods, keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from secrets import token_hex
from typing import Any

import pytest
import schemathesis
import schemathesis.config
import schemathesis.engine
import schemathesis.engine.events
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tests.web.api.programs import program
from tests.web.site import Site

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
NAME = re.compile(r"[!-~]{1,255}")
TAG = re.compile(r'"[0-9a-f]{32}"')


class Asked:
    """The pages as a WSGI application of a caller whose names are never used twice, and who has seen what they change.

    The description cannot say that an Idempotency-Key must be a new one, nor which ETag is right at the moment.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        name = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if NAME.fullmatch(name):
            environ["HTTP_IDEMPOTENCY_KEY"] = name[:200] + token_hex(8)
        if TAG.fullmatch(environ.get("HTTP_IF_MATCH", "")):
            environ["HTTP_IF_MATCH"] = "*"
        try:
            return self.app(environ, start)
        finally:
            connections.close_all()


def failures(secret: str, *, phases: tuple[str, ...], tags: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """Return how many cases were tried, and what failed; of the operations with these tags, or of all."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", Asked(get_wsgi_application()), config=_config(secret, phases))
    tried, found = 0, []
    chosen = schema.include(tag=list(tags)) if tags else schema
    for event in schemathesis.engine.from_schema(chosen).execute():
        match event:
            case schemathesis.engine.events.NonFatalError():
                found.append(f"{event.label} {event.phase}: {event.value!r}")
            case schemathesis.engine.events.FatalError():
                found.append(repr(event.exception))
            case schemathesis.engine.events.ScenarioFinished():
                tried += len(event.recorder.cases)
                found += [f"{event.label} {one}" for one in _failed(event.recorder)]
            case _:
                pass
    return tried, found


def _config(secret: str, phases: tuple[str, ...]) -> Any:
    checks: dict[str, Any] = {
        # RFC 6585: a missing If-Match is told by 428, which the tool does not count as a refusal by itself.
        "missing_required_header": {"expected-statuses": [400, 401, 403, 404, 406, 415, 422, 428]},
        # With a key, the tool asks again without one, and does so only over the network: see test_keys.
        "ignored_auth": {"enabled": not secret},
    }
    return schemathesis.config.SchemathesisConfig.from_dict(
        {
            "seed": 7,
            **({"headers": {"Authorization": f"Bearer {secret}"}} if secret else {}),
            "checks": checks,
            "generation": {"max-examples": 1, "database": "none", "deterministic": True},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
        }
    )


def _failed(recorder: Any) -> Iterator[str]:
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                answer = recorder.interactions[case].response
                asked = recorder.cases[case].value.as_curl_command()
                yield f"{check.name}: {check.failure_info.failure} {asked} {answer.content[:300] if answer else b''!r}"


@pytest.mark.usefixtures("unhurried")
def test_all_that_an_owner_may_is_as_described(site: Site) -> None:
    tried, found = failures(program(site, role="owner").secret, phases=("examples", "coverage", "fuzzing"))
    assert found == []
    assert tried > 1000


@pytest.mark.usefixtures("unhurried")
def test_all_that_a_person_may_is_as_described(site: Site) -> None:
    secret = program(site, subject="account:1").secret
    tried, found = failures(secret, phases=("examples", "coverage"), tags=("Your rights", "Keys"))
    assert found == []
    assert tried > 100


@pytest.mark.usefixtures("unhurried")
def test_all_that_nobody_may_is_as_described(site: Site) -> None:
    tried, found = failures("", phases=("examples",))
    assert found == []
    assert tried > 40
    tried, found = failures("", phases=("coverage",), tags=("Policy",))
    assert found == []
    assert tried > 40
