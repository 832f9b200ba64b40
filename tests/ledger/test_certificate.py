from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kept.base.errors import Refused, TamperedLedger
from kept.ledger import Checkpoint, Entry, Signer
from kept.ledger.certificate import canonical, digest_of, verify_certificate, write_certificate
from kept.ledger.hashing import leaf_hash
from kept.ledger.proofs import Tree, inclusion_proof

AT = datetime(2026, 11, 27, tzinfo=UTC)
SIGNER = Signer("aurigen.example/privacy", bytes(range(32)))
STATEMENT = {
    "what": "erasure",
    "request": "AbCdEfGhIjKl",
    "stores": {"app": {"state": "proved", "tables": {"app.orders": 3}}},
    "kept": [],
    "company": "Æther & Söhne",
}
PLACE, SIZE = 5, 9


def certificate(statement: dict[str, Any] = STATEMENT, signer: Signer = SIGNER, kind: str = "erasure.certified") -> str:
    facts = {"request": str(statement["request"]), "statement": digest_of(canonical(statement))}
    bodies = [f"entry {number}".encode() for number in range(SIZE)]
    bodies[PLACE] = Entry(kind=kind, at=AT, actor="worker", facts=facts).body()
    tree = Tree([leaf_hash(body) for body in bodies])
    checkpoint = Checkpoint(origin=signer.verifier.name, size=SIZE, root=tree.root()).signed(signer)
    path = inclusion_proof(PLACE, SIZE, tree.node)
    return write_certificate(
        statement, entry=bodies[PLACE], index=PLACE, path=path, checkpoint=checkpoint, key=str(signer.verifier)
    )


def test_a_certificate_holds_with_the_companys_key_and_with_the_one_in_it() -> None:
    text = certificate()
    trusted = verify_certificate(text, str(SIGNER.verifier))
    assert trusted.statement == STATEMENT
    assert (trusted.origin, trusted.size, trusted.index, trusted.key_was_given) == (SIGNER.verifier.name, SIZE, PLACE, True)
    assert not verify_certificate(text, None).key_was_given


def test_the_canonical_text_is_the_same_whatever_the_order() -> None:
    turned = dict(reversed(STATEMENT.items()))
    assert canonical(turned) == canonical(STATEMENT)
    assert canonical(STATEMENT).endswith("}\n")


def changed(change: Callable[[dict[str, Any]], None]) -> str:
    whole = json.loads(certificate())
    change(whole)
    return json.dumps(whole)


def another_log(whole: dict[str, Any]) -> None:
    other = json.loads(certificate({**STATEMENT, "request": "ZZZZZZZZZZZZ"}))
    whole["entry"], whole["path"], whole["checkpoint"] = other["entry"], other["path"], other["checkpoint"]


def another_signer(whole: dict[str, Any]) -> None:
    whole.update(json.loads(certificate(signer=Signer("aurigen.example/privacy", bytes(32)))))
    whole["key"] = str(SIGNER.verifier)


FORGERIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "rows were added": lambda whole: whole["statement"]["stores"]["app"]["tables"].update({"app.orders": 4}),
    "a row that stays was left out": lambda whole: whole["statement"].update({"kept": [{"table": "app.bills"}]}),
    "another place": lambda whole: whole.update({"index": PLACE + 1}),
    "a place below zero": lambda whole: whole.update({"index": -1}),
    "a shorter path": lambda whole: whole.update({"path": whole["path"][:-1]}),
    "the path turned": lambda whole: whole.update({"path": whole["path"][::-1]}),
    "an entry about another statement": another_log,
    "another key's signatures": another_signer,
    "a checkpoint of a longer log": lambda whole: whole.update({"checkpoint": whole["checkpoint"].replace("\n9\n", "\n10\n")}),
    "no signature": lambda whole: whole.update({"checkpoint": whole["checkpoint"].partition("\u2014")[0]}),
    "a signature of another text": lambda whole: whole.update({"checkpoint": SIGNER.sign("aurigen.example/privacy\n9\n")}),
    "an entry of another kind": lambda whole: whole.update(json.loads(certificate(kind="letter.sent"))),
    "a statement that cannot be written": lambda whole: whole["statement"].update({"rows": 2**70}),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_certificate_does_not_hold(what: str) -> None:
    with pytest.raises(TamperedLedger, match="does not hold"):
        verify_certificate(changed(FORGERIES[what]), str(SIGNER.verifier))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "not json", '{"statement": 1}', "[" * 100_000, certificate().replace("version 1", "version 2")]
)
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no certificate"):
        verify_certificate(text, None)
