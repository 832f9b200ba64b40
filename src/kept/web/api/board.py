"""Operations for staff who look: checks and what they found, what is owed, the map, holds, the ledger, jobs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from kept.base.errors import NotThere, Refused
from kept.db.access.jobs import KnownJob, job_by_ref
from kept.db.access.ledger import proof_of
from kept.db.access.ledger_pages import ledger_page
from kept.db.access.obligations import open_obligations
from kept.db.access.runs import findings_of, history
from kept.db.actions.jobs import ask_for_job
from kept.policy.datamap import MappedTable, RetentionRule
from kept.web.shared.policy import current_policy

from .keys import Needs, caller_of
from .paging import Page, Wanted, page, page_after, part_of, place_of
from .shapes import Entry, Finding, InclusionProof, Job, MapOfStores, Obligation, Run
from .wishes import NumberInPath, RefInPath

__all__ = ["asked", "router"]

router = Router()


@router.get(
    "/runs", response=Page[Run], auth=Needs("board.read"), operation_id="listRuns", summary="Checks that were run", tags=["Checks"]
)
def list_runs(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """Every check, newest first, with how many findings had each mark."""
    last = place_of(request, part)
    runs = history(limit=part.limit + 1, before=int(last) if last else None)
    return page(request, response, part, runs, lambda one: one.number)


@router.post(
    "/runs", response={202: Job}, auth=Needs("check.run"), operation_id="askForCheck", summary="Ask for a check", tags=["Checks"]
)
def ask_for_check(request: HttpRequest, response: HttpResponse) -> KnownJob:
    """Ask a worker to check every promise. Returns the job; while one is under way, that one."""
    return asked(request, response, kind="check", key="policy", wanted={})


def asked(request: HttpRequest, response: HttpResponse, *, kind: str, key: str, wanted: dict[str, Any]) -> KnownJob:
    """Return the job that was asked for, whose address goes into the Location header."""
    who = caller_of(request).who
    ref = ask_for_job(kind=kind, key=key, wanted=wanted, by=who, at=datetime.now(UTC))
    response["Location"] = f"/api/v1/jobs/{ref}"
    return job_by_ref(ref, by=who)


@router.get("/runs/{number}", response=Run, auth=Needs("board.read"), operation_id="readRun", summary="One check", tags=["Checks"])
def read_run(request: HttpRequest, number: NumberInPath) -> Any:  # noqa: ARG001 - ninja's shape
    """One check by its number."""
    found = history(limit=1, before=number + 1)
    if not found or found[0].number != number:
        raise NotThere("There is no check of that number", todo="Look through the list of checks.")
    return found[0]


@router.get(
    "/runs/{number}/findings",
    response=Page[Finding],
    auth=Needs("board.read"),
    operation_id="listFindings",
    summary="What a check found",
    tags=["Checks"],
)
def list_findings(request: HttpRequest, response: HttpResponse, number: NumberInPath, part: Wanted) -> dict[str, Any]:
    """What a check found about each thing, in its own order, with the evidence or the reason."""
    read_run(request, number)
    rows = tuple(enumerate(findings_of(number)))
    found = page_after(request, response, part, rows, lambda one: f"{one[0]:012}")
    return {**found, "items": [row for _, row in found["items"]]}


@router.get(
    "/obligations",
    response=Page[Obligation],
    auth=Needs("board.read"),
    operation_id="listObligations",
    summary="What people owe",
    tags=["Checks"],
)
def list_obligations(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """What only a person can do and nobody has done yet, the soonest due first."""
    rows = open_obligations()
    return page_after(request, response, part, rows, lambda one: f"{one.due:%Y-%m-%d} {one.finding} {one.title}")


@router.get("/map", response=MapOfStores, auth=Needs("map.read"), operation_id="readMap", summary="Where data lives", tags=["Map"])
def read_map(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's shape
    """Every store, table and column with personal data: what it is, what it is for, how long it is kept, what erasure does."""
    policy = current_policy()
    stores = [
        {"store": name, "region": mapped.region, "tables": [_table(one) for one in policy.tables(name)]}
        for name, mapped in policy.stores.items()
    ]
    return {"digest": policy.digest, "stores": stores}


def _table(one: MappedTable) -> dict[str, Any]:
    fields = [
        {
            "name": name,
            "category": str(entry.category),
            "purposes": list(one.purposes_of(name)),
            "erasure": one.erasure_of(name),
            "sealed": entry.sealed is not None,
        }
        for name, entry in one.map.fields.items()
    ]
    return {"table": str(one.table), "what": one.map.what, "retention": _kept_for(one.map.retention), "fields": fields}


def _kept_for(rule: RetentionRule | None) -> str:
    return f"{rule.keep} after {rule.after}" if rule else ""


Kind = Annotated[
    str,
    Query(pattern=r"^[a-z][a-z-]{0,30}(\.[a-z-]{1,30})?$|^$", description="Only entries whose kind is this, or begins with it."),
]


@router.get(
    "/ledger/entries",
    response=Page[Entry],
    auth=Needs("ledger.read"),
    operation_id="listEntries",
    summary="The ledger's entries",
    tags=["Ledger"],
)
def list_entries(request: HttpRequest, response: HttpResponse, part: Wanted, kind: Kind = "") -> dict[str, Any]:
    """The entries of the ledger, newest first. A page of one kind may hold fewer than the limit and still have a next."""
    last = place_of(request, part)
    found = ledger_page(by=caller_of(request).who, before=int(last) if last else None, kind=kind, limit=part.limit)
    return part_of(request, response, part, found.lines, None if found.before is None else str(found.before))


@router.get(
    "/ledger/entries/{number}/proof",
    response=InclusionProof,
    auth=Needs("ledger.read"),
    operation_id="proveEntry",
    summary="The proof that an entry is in the ledger",
    tags=["Ledger"],
)
def prove_entry(request: HttpRequest, number: NumberInPath) -> dict[str, Any]:  # noqa: ARG001 - ninja's shape
    """Body, audit path and signed checkpoint: enough to see, without trusting this Kept, that the entry is in the log."""
    try:
        proof = proof_of(number)
    except Refused as error:
        raise NotThere(error.happened, todo=error.todo) from error
    return {
        "index": proof.index,
        "size": proof.size,
        "body": base64.b64encode(proof.body).decode(),
        "path": [base64.b64encode(one).decode() for one in proof.path],
        "checkpoint": proof.checkpoint,
    }


@router.get("/jobs/{ref}", response=Job, auth=Needs(), operation_id="readJob", summary="How far a job is", tags=["Jobs"])
def read_job(request: HttpRequest, ref: RefInPath) -> KnownJob:
    """A piece of work that was asked for: by the owner of this key; or by anybody, for staff who may read the board.

    What is about people only whoever asked can see.
    """
    return job_by_ref(ref, by=caller_of(request).who)
