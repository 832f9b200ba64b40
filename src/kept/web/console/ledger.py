"""The ledger: newest first, and one page for each entry with the proof that it is in there."""

from __future__ import annotations

import base64
import json
import re

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse

from kept.base.errors import NotThere, Refused
from kept.db.access.ledger import LedgerProof, pending, proof_of, verifier_key
from kept.db.access.ledger_pages import ledger_line, ledger_page
from kept.ledger.checkpoints import Checkpoint
from kept.ledger.hashing import leaf_hash
from kept.ledger.notes import NoteError, Verifier
from kept.ledger.proofs import verify_inclusion
from kept.web.shared.asking import staff, who

from .page import page
from .proving import drawn_proof, way_up

__all__ = ["entry", "ledger", "proof_file"]

KIND = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)?")
LONGEST = 18


@staff("ledger.read")
def ledger(request: HttpRequest) -> HttpResponse:
    """Entries, newest first; of one kind where that is wanted."""
    kind = request.GET.get("kind", "")
    kind = kind if KIND.fullmatch(kind) else ""
    below = request.GET.get("before", "")
    before = int(below) if below.isascii() and below.isdigit() and len(below) <= LONGEST else None
    found = ledger_page(by=who(request), before=before, kind=kind)
    return page(request, "ledger", "ledger", found=found, kind=kind, waiting=pending(), first=before is None)


@staff("ledger.read")
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry: what it says, and the way from it to the root that was signed, computed again here."""
    proof = _proof(index)
    checkpoint, signed = _checkpoint(proof)
    leaf = leaf_hash(proof.body)
    proven = verify_inclusion(index=index, size=proof.size, leaf=leaf, path=proof.path, root=checkpoint.root)
    way = way_up(index=index, size=proof.size, leaf=leaf, path=proof.path)
    return page(
        request,
        "entry",
        "ledger",
        line=ledger_line(index, proof.body),
        body=json.dumps(orjson.loads(proof.body), indent=2, ensure_ascii=False),
        proof=proof,
        holds=proven and signed,
        drawing=drawn_proof(way, root=checkpoint.root),
        way=way,
        root=checkpoint.root.hex(),
        verifier=verifier_key(),
    )


@staff("ledger.read")
def proof_file(request: HttpRequest, index: int) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """The proof to take along: everything that somebody needs to compute it anew."""
    proof = _proof(index)
    told = {
        "index": proof.index,
        "size": proof.size,
        "entry": base64.b64encode(proof.body).decode(),
        "path": [base64.b64encode(part).decode() for part in proof.path],
        "checkpoint": proof.checkpoint,
        "verifier_key": verifier_key(),
    }
    response = JsonResponse(told, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="entry-{index}-proof.json"'
    return response


def _proof(index: int) -> LedgerProof:
    try:
        return proof_of(index)
    except Refused as error:
        raise NotThere(error.happened, todo=error.todo) from error
    except OverflowError as error:  # more than a database counts to
        raise NotThere("There is no such entry in the ledger", todo="Begin from its newest entries.") from error


def _checkpoint(proof: LedgerProof) -> tuple[Checkpoint, bool]:
    """Return the checkpoint, and whether the ledger's key signed it."""
    try:
        return Checkpoint.open(proof.checkpoint, Verifier.parse(verifier_key())), True
    except NoteError:
        return Checkpoint.parse(proof.checkpoint.split("\n\n")[0] + "\n"), False
