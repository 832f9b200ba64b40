"""Operations for everybody: the policy, its texts, its marks, the ledger's checkpoint. No key is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from kept.base.errors import NotThere
from kept.db.access.editions import edition, edition_in_force, edition_span, editions
from kept.db.access.ledger import newest_checkpoint, verifier_key
from kept.db.access.marks import current_marks
from kept.policy.comparing import Wording, compare, wordings
from kept.web.shared.policy import current_policy

from .paging import Page, Wanted, page_after
from .shapes import Checkpoint, Comparison, Edition, EditionHead, MarkedPolicy, MarkOfClause
from .wishes import LARGEST, NumberInPath

__all__ = ["router"]

router = Router(tags=["Policy"])
EditionNumber = Annotated[int, Query(..., ge=1, le=LARGEST, description="The number of a published text.", examples=[1])]


@router.get("/policy", response=MarkedPolicy, operation_id="readPolicy", summary="The policy in force, with its marks")
def read_policy(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's shape
    """The text that is in force today, each clause with what the last check found and since when.

    Where no text was published yet, it is the one in the privacy folder, and `edition` is null.
    """
    marks = current_marks()
    inforce = edition_in_force(datetime.now(UTC).date())
    if inforce is not None:
        return _marked(inforce, inforce.clauses, marks.by_clause, edition=inforce.number, checked_at=marks.checked_at)
    policy = current_policy()
    return _marked(policy, wordings(policy.clauses), marks.by_clause, edition=None, checked_at=marks.checked_at)


def _marked(text: Any, clauses: tuple[Wording, ...], by_clause: Any, **more: Any) -> dict[str, Any]:
    marked = [
        {
            **_clause(one),
            "mark": by_clause[one.id].mark if one.id in by_clause else None,
            "since": by_clause[one.id].since if one.id in by_clause else None,
        }
        for one in clauses
    ]
    return {
        "title": text.title,
        "version": text.version,
        "effective": text.effective,
        "introduction": text.introduction,
        "clauses": marked,
        **more,
    }


def _clause(one: Wording) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "version": one.version,
        "effective": one.effective,
        "material": one.material,
        "text": one.text,
    }


@router.get("/marks", response=Page[MarkOfClause], operation_id="listMarks", summary="The mark of each clause")
def list_marks(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """What the last check found of each clause it looked at, and since when every check found the same. By clause."""
    return page_after(request, response, part, tuple(current_marks().by_clause.values()), lambda one: one.clause)


@router.get("/policy/editions", response=Page[EditionHead], operation_id="listEditions", summary="The published texts")
def list_editions(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """Every text of the policy that was published, newest first."""
    return page_after(request, response, part, editions(), lambda one: f"{one.number:020}", newest_first=True)


@router.get("/policy/editions/{number}", response=Edition, operation_id="readEdition", summary="A published text")
def read_edition(request: HttpRequest, number: NumberInPath) -> Any:  # noqa: ARG001 - ninja's shape
    """One text of the policy, as it was published. It never changes."""
    return edition(number)


@router.get("/policy/comparison", response=Comparison, operation_id="compareEditions", summary="Two texts side by side")
def compare_editions(request: HttpRequest, earlier: EditionNumber, later: EditionNumber) -> dict[str, Any]:  # noqa: ARG001
    """What changed from one published text to another, clause by clause, and whether what is promised changed."""
    if earlier > later:
        raise NotThere("No text of the policy comes before one that is earlier", todo="Give the smaller number as earlier.")
    texts = [one.clauses for one in edition_span(earlier, later)]
    changes = [one for one in compare(texts) if one.change != "unchanged"]
    return {"earlier": earlier, "later": later, "changes": changes}


@router.get("/ledger/checkpoint", response=Checkpoint, operation_id="readCheckpoint", summary="The ledger's newest checkpoint")
def read_checkpoint(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's shape
    """The newest signed size and root of the ledger. Keep it: whoever keeps one sees later whether the log was rewritten."""
    note = newest_checkpoint()
    if note is None:
        raise NotThere("Nothing was recorded yet", todo="Run a check first.")
    return {"note": note, "verifier_key": verifier_key()}
