"""What happens before a page is shown: a text is published, a check is made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from kept.base.verdicts import Mark
from kept.db.actions.runs import Found, record_run
from kept.policy.load import load
from kept.promises.registry import terms
from kept.workflows.publishing import publish

__all__ = ["check", "published"]


def published(*, at: datetime | None = None) -> int:
    """Publish the policy in the site's folder as it is now."""
    return publish(load(Path(settings.FOLDER), terms()), at=at or datetime.now(UTC), actor="test")


def check(*found: tuple[str, str, Mark], at: datetime | None = None) -> int:
    """Record a check that found this, each as clause, kind of promise and mark."""
    return record_run(
        policy="0" * 64,
        findings=[
            Found(clause=clause, code=code, about=f"app.t{number}", mark=mark, reason=f"4711 rows of app.t{number}")
            for number, (clause, code, mark) in enumerate(found)
        ],
        at=at or datetime.now(UTC),
        actor="test",
    )
