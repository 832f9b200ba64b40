"""Which item of which law's answer is filled by what: one table. An item that is not in it counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import acting, holding
from .asked import Filler

__all__ = ["filler", "fillers"]

OWN_WORDS: Final = "question_profiling.reason"

FILLERS: Final[Mapping[str, Filler]] = MappingProxyType(
    {
        "action": acting.action,
        "as_eu": holding.as_in_the_union,
        "automated": holding.decisions,
        "backups": acting.backups,
        "balancing": acting.balancing,
        "categories": holding.categories,
        "categories_collected": holding.categories,
        "complaint": holding.complain,
        "complaint_route": holding.complain,
        "complied": acting.complied,
        "confirmation": holding.confirmation,
        "contact": holding.contact,
        "copy": holding.copy,
        "criteria": holding.search,
        "denial": acting.denial,
        "direct": acting.direct,
        "effect": acting.effect,
        "entities": holding.shared_with,
        "format": holding.copy,
        "human": holding.decisions,
        "lift_notice": acting.lift_notice,
        "list": holding.recipients,
        "logic": holding.decisions,
        "origin": holding.source,
        "outcome": acting.outcome,
        "prescribed": lambda _facts, asked: asked.say("prescribed"),
        "progress": acting.progress,
        "purpose": holding.purposes,
        "purposes": holding.purposes,
        "recipients": holding.recipients,
        "recipients_on_request": acting.recipients_told,
        "record": acting.record,
        "retention": holding.retention,
        "rights": holding.rights,
        "safeguards": holding.safeguards,
        "search": holding.search,
        "shared_with": holding.shared_with,
        "sold_shared": holding.sold,
        "source": holding.source,
        "sources": holding.source,
        "specific_pieces": holding.copy,
        "summary": holding.summary,
        "third_parties": holding.shared_with,
        # where an id means something else in one right
        "automated_decision.criteria": holding.decisions,
        "automated_decision.safeguards": holding.decisions,
        "limit_sensitive.confirmation": acting.opted_out,
        "opt_out_sale.confirmation": acting.opted_out,
        OWN_WORDS: acting.outcome,
    }
)


def fillers() -> Mapping[str, Filler]:
    """Return what fills an item, by the item's id, or by the law's right and the item's id: `opt_out_sale.confirmation`."""
    return FILLERS


def filler(right: str, item: str) -> Filler | None:
    """Return what fills an item of a right as the law names it; None where nothing does."""
    return FILLERS.get(f"{right}.{item}") or FILLERS.get(item)
