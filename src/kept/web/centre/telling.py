"""A request in plain words: how far it is, what it waits for, by when the answer comes, what stays and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kept.db.access.request_facts import RemainderSeen
from kept.db.access.requests import KnownRequest
from kept.policy.policy import Policy

from .words import ORDERS, STAGES, STATES, STEPS, VERIFIED, WAITS, title_of

__all__ = ["line_of", "shown", "told"]


def shown(one: KnownRequest) -> Mapping[str, Any]:
    """Return what lists say of a request."""
    return {"asked": one, "title": title_of(one.right), "state": _(STATES[one.state])}


def told(one: KnownRequest, policy: Policy, now: datetime) -> Mapping[str, Any]:
    """Return what a request's own page says."""
    facts = one.facts
    what = {str(mapped.table): mapped.map.what for mapped in policy.tables()}
    return {
        **shown(one),
        "line": line_of(one),
        "days": one.days(now),
        "waits": _(WAITS.get(one.waits_on, WAITS[""])) if one.is_open else "",
        "late": one.is_open and now > one.work_by,
        "law_by": one.dates["strict"] if "strict" in one.dates and one.dates["strict"].stated else None,
        "verified": _(VERIFIED.get(one.verified, VERIFIED[""])),
        "steps": [
            {"word": _(STAGES.get(step.name, step.name)), "state": step.state, "said": _(STEPS[step.state]), "step": step}
            for step in facts.steps
        ],
        "found": [{"what": what.get(way.table, way.table), "rows": way.rows, "does": way.does} for way in facts.paths],
        "orders": [
            {"name": _processor(policy, order.processor), "said": _(ORDERS.get(order.state, order.state))} for order in facts.orders
        ],
        "stays": [{"what": what.get(left.table, left.table), "why": _why(left), "left": left} for left in facts.remainders],
        "fetchable": facts.bundle is not None and facts.bundle.open(now),
    }


def line_of(one: KnownRequest) -> list[Mapping[str, Any]]:
    """Return the three stations of a request: each with its word, whether it is behind, and when it was where that is known."""
    end = one.state if one.closed_at else "answered"
    return [
        {"word": _(STATES["received"]), "done": True, "here": one.state == "received", "at": one.received_at},
        {
            "word": _(STATES["working"]),
            "done": one.state in ("working", "answered", "refused"),
            "here": one.state == "working",
            "at": one.changed_at if one.state == "working" else None,
        },
        {"word": _(STATES[end]), "done": one.closed_at is not None, "here": one.closed_at is not None, "at": one.closed_at},
    ]


def _processor(policy: Policy, name: str) -> str:
    found = policy.processors.get(name)
    return str(getattr(found, "name", "") or name)


def _why(left: RemainderSeen) -> str:
    """Return why something stays, in a sentence."""
    match left.why:
        case "law":
            return _("A law makes us keep it: %(rule)s.") % {"rule": left.rule}
        case "hold":
            return _("A court or a lawsuit makes us keep it for now (%(rule)s).") % {"rule": left.rule}
        case "needed":
            return _("Somebody else's entries need it; nothing in it says that it was you.")
        case _:
            return _("Our rules keep it: %(rule)s.") % {"rule": left.rule}
