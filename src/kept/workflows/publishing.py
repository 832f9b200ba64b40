"""Publishing the policy: what of it would be new, and a published text that stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kept.base.errors import PolicyErrors
from kept.db.access.editions import KnownEdition, newest_edition
from kept.db.actions.editions import publish_edition
from kept.policy.comparing import ClauseChange, compare, wordings
from kept.policy.policy import Policy

from .check import load_policy

__all__ = ["Proposed", "proposed", "publish", "publish_first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The policy in the folder beside the text that was published last, clause by clause."""

    policy: Policy
    last: KnownEdition | None
    changes: tuple[ClauseChange, ...]

    @property
    def says_nothing_new(self) -> bool:
        """Whether the folder says what was published last, no later than that."""
        if self.last is None:
            return False
        then = (self.last.title, self.last.version, self.last.introduction, self.last.clauses)
        now = (self.policy.title, self.policy.version, self.policy.introduction, wordings(self.policy.clauses))
        return now == then and self.policy.effective <= self.last.effective


def proposed(folder: Path) -> Proposed:
    """Return what publishing would change. Raises PolicyErrors."""
    policy = load_policy(folder)
    last = newest_edition()
    return Proposed(policy=policy, last=last, changes=compare([last.clauses if last else (), wordings(policy.clauses)]))


def publish(policy: Policy, *, at: datetime, actor: str) -> int:
    """Publish a policy as it was read, and return the number of its text. Raises Refused as `publish_edition` does."""
    return publish_edition(
        title=policy.title,
        version=policy.version,
        effective=policy.effective,
        introduction=policy.introduction,
        clauses=wordings(policy.clauses),
        at=at,
        actor=actor,
    )


def publish_first(folder: Path, *, at: datetime, actor: str) -> str:
    """Publish the policy where none was published yet; return what happened in one line, empty where nothing did."""
    if newest_edition() is not None:
        return ""
    try:
        policy = load_policy(folder)
    except PolicyErrors as error:
        return f"The policy is not published yet: {error.happened}. See `kept check`, then run `kept publish`."
    publish(policy, at=at, actor=actor)
    return f"The policy was published for the first time, as version {policy.version}. `kept publish` publishes what changes."
