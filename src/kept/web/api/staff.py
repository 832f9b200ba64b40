"""Operations for who runs this Kept: who is on the staff."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router

from kept.base.errors import ChangedSince
from kept.db.access.directory import Member, member, members
from kept.db.actions.directory import Changed, change_member, let_join

from .door import matches
from .keys import Needs, caller_of
from .paging import Page, Wanted, page_after
from .problems import ApiError
from .shapes_of_people import StaffMember
from .wishes import Joining, RefInPath, StaffChange

__all__ = ["expected_version", "router"]

router = Router()
EVERY = 10_000
IfMatch: TypeAlias = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of what you saw, so that nobody's change is lost; `*` for whatever is there.",
        examples=["*"],
    ),
]


@router.get(
    "/staff", response=Page[StaffMember], auth=Needs("staff.read"), operation_id="listStaff", summary="The staff", tags=["Staff"]
)
def list_staff(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """Everybody with a role, or whom the company's directory brought, in the order of their addresses."""
    _, rows = members(by=caller_of(request).who, limit=EVERY)
    return page_after(request, response, part, rows, lambda one: f"{one.email} {one.ref}")


@router.post(
    "/staff",
    response={201: StaffMember},
    auth=Needs("staff.change"),
    operation_id="addStaff",
    summary="Add to the staff",
    tags=["Staff"],
)
def add_staff(request: HttpRequest, response: HttpResponse, wish: Joining) -> Member:
    """Bring somebody onto the staff. They sign in with a code sent to their address, and set up a second factor."""
    who = caller_of(request).who
    made = let_join(email=wish.email, external_id="", role=wish.role, active=True, at=datetime.now(UTC), by=who)
    response["Location"] = f"/api/v1/staff/{made.ref}"
    response["ETag"] = f'"{made.version}"'
    return made


@router.get(
    "/staff/{ref}",
    response=StaffMember,
    auth=Needs("staff.read"),
    operation_id="readStaff",
    summary="One of the staff",
    tags=["Staff"],
)
def read_staff(request: HttpRequest, response: HttpResponse, ref: RefInPath) -> Member:
    """One member of the staff. The ETag of this answer is what a change wants in If-Match."""
    found = member(ref, by=caller_of(request).who)
    response["ETag"] = f'"{found.version}"'
    return found


@router.patch(
    "/staff/{ref}",
    response=StaffMember,
    auth=Needs("staff.change"),
    operation_id="changeStaff",
    summary="Change one of the staff",
    tags=["Staff"],
)
def change_staff(
    request: HttpRequest, response: HttpResponse, ref: RefInPath, wish: StaffChange, if_match: IfMatch = None
) -> Member:
    """Give a member of the staff another role, suspend them or let them sign in again. The last owner stays one."""
    who = caller_of(request).who
    expected = expected_version(member(ref, by=who), if_match)
    changed = Changed(role=wish.role, active=wish.active)
    made = change_member(ref=ref, changed=changed, expected=expected, at=datetime.now(UTC), by=who)
    response["ETag"] = f'"{made.version}"'
    return made


def expected_version(seen: Member, if_match: str | None) -> str:
    """Return the version a change may be made to: the one that is there, if If-Match has it. Raises ApiError 428, ChangedSince."""
    if if_match is None:
        raise ApiError(428, "precondition-needed", "A change must say what it changes", todo="Send the ETag you saw as If-Match.")
    if not matches(if_match, f'"{seen.version}"'):
        raise ChangedSince("This was changed since you looked", todo="Look again, and decide anew.")
    return seen.version
