"""The plan as a file: JSON, with a digest over its content so that an edited plan is noticed."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from functools import cache
from typing import Any

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import JsonConverter, make_converter
from cattrs.strategies import configure_tagged_union

from kept.base.changes import Change
from kept.base.conditions import Condition, Key
from kept.base.errors import PlanIsStale, Refused

from .plan import Plan

__all__ = ["digest_of", "digest_of_change", "read_plan", "write_plan"]

FORMAT = 1


@cache
def _converter() -> JsonConverter:
    """Return what turns plans into plain values and back; made when it is first needed, because that takes a third of a second."""
    made = make_converter()
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    made.register_unstructure_hook(date, date.isoformat)
    made.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    made.register_structure_hook(Key, lambda value, _: value)
    made.register_structure_hook(Key | bool, lambda value, _: value)
    configure_tagged_union(Condition, made, tag_name="condition")
    configure_tagged_union(Change, made, tag_name="change")
    return made


def write_plan(plan: Plan) -> str:
    """Return the plan file's text: indented JSON that a person can read."""
    body = _converter().unstructure(plan, Plan)
    return json.dumps({"kept_plan": FORMAT, "digest": _digest(body), "plan": body}, indent=1, ensure_ascii=False) + "\n"


def read_plan(text: str) -> Plan:
    """Return the plan in a file's text. Raises Refused when it is no plan of ours, or was edited."""
    try:
        whole = json.loads(text)
        version, digest, body = whole["kept_plan"], whole["digest"], whole["plan"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_plan() from error
    if version != FORMAT:
        raise PlanIsStale(f"the plan file has format {version}, this version reads {FORMAT}", todo="Plan again.")
    if digest != _digest(body):
        raise Refused("the plan file was changed after it was made", todo="Plan again; a plan is applied as it was shown.")
    try:
        plan: Plan = _converter().structure(body, Plan)
    except (BaseValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_plan() from error
    return plan


def _no_plan() -> Refused:
    return Refused("this is not a plan file", todo="Give a file that `kept plan` wrote.")


def digest_of(plan: Plan) -> str:
    """Return the SHA-256 (hex) over the plan's content, its name in the ledger."""
    return _digest(_converter().unstructure(plan, Plan))


def digest_of_change(change: Change) -> str:
    """Return the SHA-256 (hex) over one change, its name in the ledger."""
    return _digest(_converter().unstructure(change, Change))


def _digest(body: Any) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
