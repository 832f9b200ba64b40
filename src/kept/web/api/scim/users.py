"""The operations on users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse

from kept.base.errors import ChangedSince, Refused, Taken
from kept.base.roles import Who
from kept.db.access.api_keys import DIRECTORY_SCOPE
from kept.db.access.directory import Member, member, members
from kept.db.actions.directory import Changed, change_member, leave, let_join
from kept.web.api.door import guarded, matches
from kept.web.api.keys import Needs

from .asking import Asked, by_address, by_body
from .reading import object_of, patched, put
from .told import MEDIA_TYPE, answered, error_of, listed, user, wrong

__all__ = ["directory", "one_user", "search", "users"]

MAY = frozenset({"staff.read", "staff.change"})
View = Callable[..., HttpResponse]


def directory(**methods: View) -> View:
    """Return a view of these methods behind the door, for a key of the directory's.

    It may read and change the staff, as far as its owner may.
    """

    @wraps(next(iter(methods.values())))
    def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
        caller = Needs(DIRECTORY_SCOPE)(request)
        return methods[str(request.method)](request, by=replace(caller.who, scopes=MAY), **kwargs)

    return guarded(view, methods=tuple(methods), media=(MEDIA_TYPE, "application/json"), told=error_of)


def _list(request: HttpRequest, *, by: Who) -> HttpResponse:
    return _listed(request, by_address(request), by)


def _search(request: HttpRequest, *, by: Who) -> HttpResponse:
    return _listed(request, by_body(request), by)


def _listed(request: HttpRequest, asked: Asked, by: Who) -> HttpResponse:
    """Users in pages, or the one that a filter names."""
    first, count = asked.first - 1, asked.count
    match asked.filter:
        case None:
            total, found = members(by=by, first=first, limit=count)
        case ("username", email):
            total, found = members(by=by, email=email, first=first, limit=count)
        case ("externalid", name):
            total, found = members(by=by, external_id=name, first=first, limit=count) if name else (0, ())
        case (_, ref):
            found = _known(ref, by)
            total = len(found)
    return answered(listed([asked.shown(user(request, one)) for one in found], total=total, first=asked.first))


def _known(ref: str, by: Who) -> tuple[Member, ...]:
    try:
        return (member(ref, by=by),)
    except Refused:
        return ()


def _create(request: HttpRequest, *, by: Who) -> HttpResponse:
    wished = put(object_of(request.body))
    if wished.email is None:
        raise wrong("invalidValue", "userName is missing", todo="Send the address codes go to.")
    active = wished.active is not False
    made = _valued(
        lambda: let_join(
            email=wished.email or "",
            external_id=wished.external_id or "",
            role=wished.role or "",
            active=active,
            at=datetime.now(UTC),
            by=by,
        )
    )
    return _one(request, made, status=201)


def _read(request: HttpRequest, *, by: Who, ref: str) -> HttpResponse:
    return _one(request, member(ref, by=by))


def _put(request: HttpRequest, *, by: Who, ref: str) -> HttpResponse:
    seen = member(ref, by=by)
    return _change(request, seen, put(object_of(request.body)), by)


def _patch(request: HttpRequest, *, by: Who, ref: str) -> HttpResponse:
    seen = member(ref, by=by)
    return _change(request, seen, patched(object_of(request.body), seen.role), by)


def _change(request: HttpRequest, seen: Member, changed: Changed, by: Who) -> HttpResponse:
    expected = _expected(request, seen)
    made = _valued(lambda: change_member(ref=seen.ref, changed=changed, expected=expected, at=datetime.now(UTC), by=by))
    return _one(request, made)


def _delete(request: HttpRequest, *, by: Who, ref: str) -> HttpResponse:
    seen = member(ref, by=by)
    leave(ref=ref, expected=_expected(request, seen), at=datetime.now(UTC), by=by)
    return HttpResponse(status=204)


def _expected(request: HttpRequest, seen: Member) -> str | None:
    """Return the version that must still be there, None where the directory does not care. Raises ChangedSince (412)."""
    given = request.headers.get("If-Match")
    if given is None:
        return None
    if not matches(given, f'"{seen.version}"'):
        raise ChangedSince("This user was changed since you looked", todo="Look again, and decide anew.")
    return seen.version


def _valued(write: Callable[[], Member]) -> Member:
    """Return what a change comes to; an address that is none is an invalid value."""
    try:
        return write()
    except (Taken, ChangedSince):
        raise
    except Refused as error:
        if error.code == "refused" and "address" in error.happened:
            raise wrong("invalidValue", error.happened, todo=error.todo) from error
        raise


def _one(request: HttpRequest, one: Member, *, status: int = 200) -> HttpResponse:
    headers = {"ETag": f'W/"{one.version}"', "Location": request.build_absolute_uri(f"/scim/v2/Users/{one.ref}")}
    return answered(by_address(request).shown(user(request, one)), status=status, headers=headers)


users = directory(GET=_list, POST=_create)
search = directory(POST=_search)
one_user = directory(GET=_read, PUT=_put, PATCH=_patch, DELETE=_delete)
