"""Publishing the policy: a text that was published stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256

import orjson

from kept.base.errors import Refused
from kept.db.models import Edition
from kept.policy.comparing import ClauseChange, Wording, compare

from .action import action, named, record

__all__ = ["digest_of_edition", "publish_edition", "stored_wordings"]


@action
def publish_edition(
    *,
    title: str,
    version: str,
    effective: date,
    introduction: str,
    clauses: Sequence[Wording],
    at: datetime,
    actor: str,
) -> int:
    """Publish a text of the policy and return its number.

    It takes effect on the day the policy names, or later where one of its changed clauses does. Raises Refused where it says
    nothing new, where a clause was reworded under its old version, where a version went down, and where a change would have
    taken effect before today; the first text may name an earlier day.
    """
    today = at.astimezone(UTC).date()
    earlier = list(Edition.objects.select_for_update().order_by("number"))
    changes: tuple[ClauseChange, ...] = ()
    if earlier:
        changes = compare([stored_wordings(earlier[-1].clauses), clauses])
        if _says_the_same(earlier[-1], title, version, introduction, clauses) and effective <= earlier[-1].effective:
            raise Refused("Nothing in the policy changed since it was last published", todo="Change policy.md first.")
        _refuse(earlier, changes, clauses, today)
        effective = max([effective, today, *(one.after.effective for one in changes if one.after and one.change != "unchanged")])
    digest = digest_of_edition(title, version, effective, introduction, clauses)
    number = earlier[-1].number + 1 if earlier else 1
    Edition.objects.create(
        number=number,
        title=title,
        version=version,
        effective=effective,
        introduction=introduction,
        clauses=[_stored(one) for one in clauses],
        digest=digest,
        published_at=at,
    )
    material = [named(one.id) for one in changes if one.material]
    record(
        "policy.published", at=at, actor=actor, edition=number, digest=digest, effective=f"{effective:%Y-%m-%d}", material=material
    )
    return number


def digest_of_edition(title: str, version: str, effective: date, introduction: str, clauses: Sequence[Wording]) -> str:
    """Return SHA-256 over the JSON list of title, version, effective day, introduction and clauses, in order, keys sorted."""
    text = [title, version, f"{effective:%Y-%m-%d}", introduction, [_stored(one) for one in clauses]]
    return sha256(orjson.dumps(text, option=orjson.OPT_SORT_KEYS)).hexdigest()


def stored_wordings(stored: Sequence[Mapping[str, object]]) -> tuple[Wording, ...]:
    """Return the clauses of an edition as values."""
    return tuple(
        Wording(
            id=str(one["id"]),
            title=str(one["title"]),
            version=int(str(one["version"])),
            effective=date.fromisoformat(str(one["effective"])),
            material=bool(one["material"]),
            text=str(one["text"]),
        )
        for one in stored
    )


def _stored(one: Wording) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "version": one.version,
        "effective": f"{one.effective:%Y-%m-%d}",
        "material": one.material,
        "text": one.text,
    }


def _says_the_same(last: Edition, title: str, version: str, introduction: str, clauses: Sequence[Wording]) -> bool:
    then = (last.title, last.version, last.introduction, stored_wordings(last.clauses))
    return then == (title, version, introduction, tuple(clauses))


def _refuse(earlier: Sequence[Edition], changes: Sequence[ClauseChange], clauses: Sequence[Wording], today: date) -> None:
    highest: dict[str, int] = {}
    for edition in earlier:
        for one in stored_wordings(edition.clauses):
            highest[one.id] = max(one.version, highest.get(one.id, 0))
    wrong = [*_downgraded(clauses, highest), *_same_version(changes, highest), *_retroactive(changes, today)]
    if wrong:
        happened, todo = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise Refused(f"{happened}{more}", todo=todo)


def _downgraded(clauses: Sequence[Wording], highest: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for one in clauses:
        if one.version < highest.get(one.id, 0):
            happened = f"Clause {one.id} goes down from version {highest[one.id]} to {one.version}"
            yield happened, f"Give it version {highest[one.id] + 1} in policy.md; old wordings stay under their own numbers."


def _same_version(changes: Sequence[ClauseChange], highest: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for one in changes:
        if one.change in ("reworded", "added") and one.after and one.after.version == highest.get(one.id):
            happened = f"Clause {one.id} was reworded and still has version {one.after.version}"
            yield happened, f"Give it version {one.after.version + 1} in policy.md, and the day the new wording takes effect."


def _retroactive(changes: Sequence[ClauseChange], today: date) -> Iterator[tuple[str, str]]:
    for one in changes:
        if one.change in ("reworded", "added") and one.after and one.after.effective < today:
            happened = f"Clause {one.id} would have changed on {one.after.effective:%Y-%m-%d}, a day that is past"
            yield happened, "Name today or a later day as its `effective` in policy.md: nobody can have known it before."
