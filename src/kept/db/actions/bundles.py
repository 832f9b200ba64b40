"""A person's export: made, fetched, and ended, after which nobody can open it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import F, QuerySet

from kept.base.errors import NotThere, Refused
from kept.bundles import Written
from kept.db.access.bundles import SEALED_FOR, bundle_folder
from kept.db.models import Bundle, Request
from kept.db.request_key import opened_key, subject_digest

from .action import action, record, record_each

__all__ = ["clear_left_over", "bundle_fetched", "end_bundles_of", "expire_bundles", "keep_bundle"]

LEFT_OVER = timedelta(days=1)
MOST = 500


@action
def keep_bundle(
    *, request: str, file: str, key: bytes, written: Written, until: datetime, at: datetime, actor: str, fence: int | None = None
) -> None:
    """Keep where a request's export lies and its key, sealed under the request's; one that was there before is forgotten.

    With a `fence`, only the worker that has the request writes: Refused for another. Raises NotThere; KeyDestroyed where the
    request's key is gone.
    """
    owner = Request.objects.select_for_update().filter(ref=request).first()
    if owner is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if fence is not None and owner.fence != fence:
        raise Refused(f"The request {request} is another worker's by now, or has ended", todo="Leave it to that one.")
    sealed = opened_key(owner.key).seal(key.hex(), SEALED_FOR)
    before = Bundle.objects.filter(request=owner).values_list("file", flat=True).first()
    Bundle.objects.update_or_create(
        request=owner,
        defaults={
            "file": file,
            "key": sealed,
            "size": written.size,
            "digest": written.sha256,
            "rows": written.rows,
            "made_at": at,
            "until": until,
            "fetched": 0,
            "fetched_at": None,
        },
    )
    record("bundle.made", at=at, actor=actor, request=request, bytes=written.size, rows=written.rows, files=written.files)
    if before and before != file:
        transaction.on_commit(partial(_delete, bundle_folder(), [before]))


@action
def bundle_fetched(*, request: str, at: datetime, actor: str) -> None:
    """Write down that the last byte of an export went out. Nothing happens where there is none any more."""
    found = Bundle.objects.filter(request__ref=request)
    if found.update(fetched=F("fetched") + 1, fetched_at=at):
        record("bundle.fetched", at=at, actor=actor, request=request)


@action
def expire_bundles(*, folder: Path, at: datetime, actor: str) -> int:
    """Destroy the keys of exports that can be fetched no more, delete their files, and return how many there were, 500 at most.

    `folder` is the privacy folder. The file of one whose key went before, and whose deletion failed then, is deleted now.
    """
    there = folder.resolve() / ".kept" / "bundles"
    rest = list(Bundle.objects.filter(key="").exclude(file="").values_list("pk", "file")[:MOST])
    if rest:
        _delete(there, [file for _, file in rest])
        Bundle.objects.filter(pk__in=[pk for pk, _ in rest]).update(file="")
    return _end(Bundle.objects.filter(until__lte=at), there, why="over", at=at, actor=actor)


@action
def end_bundles_of(*, subject: str, at: datetime, actor: str) -> int:
    """End every export of a person who was erased (`account:42`), whichever request it was made for; return how many."""
    digest = subject_digest(subject)
    return (
        _end(Bundle.objects.filter(request__subject_digest=digest), bundle_folder(), why="erased", at=at, actor=actor)
        if digest
        else 0
    )


def clear_left_over(*, at: datetime) -> int:
    """Delete the files that attempts left behind which never came to their end; return how many. Nobody could open them.

    One younger than a day may be one that is being written.
    """
    folder, gone = bundle_folder(), 0
    known = set(Bundle.objects.exclude(file="").values_list("file", flat=True))
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.name not in known and at.timestamp() - path.stat().st_mtime > LEFT_OVER.total_seconds():
                path.unlink()
                gone += 1
        except OSError:
            continue  # another worker was quicker
    return gone


def _end(bundles: QuerySet[Bundle], folder: Path, *, why: str, at: datetime, actor: str) -> int:
    chosen = list(bundles.exclude(key="").select_for_update(of=("self",)).select_related("request").order_by("id")[:MOST])
    Bundle.objects.filter(pk__in=[one.pk for one in chosen]).update(key="")
    record_each("bundle.ended", [{"request": one.request.ref, "why": why} for one in chosen], at=at, actor=actor)
    transaction.on_commit(partial(_delete, folder, [one.file for one in chosen]))
    return len(chosen)


def _delete(folder: Path, files: Iterable[str]) -> None:
    """Delete files of exports; one that cannot be deleted stays, and nobody can open it."""
    for file in files:
        if name := Path(file).name:
            try:
                (folder / name).unlink(missing_ok=True)
            except OSError:
                continue
