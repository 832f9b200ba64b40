"""Certificates of erasure: a signed statement that names nobody, and the proof that the ledger has it. Checked offline.

A certificate is JSON: `statement` (what was erased, when, for which request), `signature` (the statement as a signed note, under
the ledger's key), `entry` (the ledger's entry, with the SHA-256 of the statement), `index`, `path` (the audit path, RFC 6962) and
`checkpoint` (the signed note the path leads to). docs/spec/certificate.md has the format.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, Final

from kept.base.errors import Refused, TamperedLedger

from .checkpoints import Checkpoint
from .hashing import leaf_hash
from .notes import NoteError, Signer, Verifier, open_note
from .proofs import verify_inclusion

__all__ = ["FORMAT", "Certified", "canonical", "digest_of_statement", "verify_certificate", "write_certificate"]

FORMAT: Final = "kept certificate of erasure, version 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A certificate that holds: what it states, and the size of the log that proves it."""

    statement: Mapping[str, Any]
    origin: str
    size: int
    root: str
    index: int
    key_was_given: bool


def canonical(statement: Mapping[str, Any]) -> str:
    """Return the text of a statement that is signed and hashed: JSON, sorted, indented by one, with a last newline."""
    return _indented(statement, "\n", in_order=True) + "\n"


def digest_of_statement(statement: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) over a statement, as the ledger's entry has it."""
    return sha256(canonical(statement).encode()).hexdigest()


def _indented(value: Any, end: str, *, in_order: bool = False) -> str:
    """Return JSON with an indent of one, byte for byte what json.dumps writes, which takes much longer when it indents."""
    kind, inner = type(value), end + " "
    if kind is str:
        return encode_basestring(value)
    if kind is dict and value:
        return f"{{{inner}{f',{inner}'.join(_members(value, inner, in_order=in_order))}{end}}}"
    if kind in (list, tuple) and value:
        return f"[{inner}{f',{inner}'.join([_indented(one, inner, in_order=in_order) for one in value])}{end}]"
    return str(value) if kind is int else json.dumps(value, ensure_ascii=False)


def _members(value: Mapping[str, Any], end: str, *, in_order: bool) -> Iterator[str]:
    for name in sorted(value) if in_order else value:
        one = value[name]
        written = encode_basestring(one) if type(one) is str else _indented(one, end, in_order=in_order)
        yield f"{encode_basestring(name)}: {written}"


def write_certificate(
    statement: Mapping[str, Any], signer: Signer, *, entry: bytes, index: int, path: Sequence[bytes], checkpoint: str
) -> str:
    """Return the certificate's text."""
    whole = {
        "format": FORMAT,
        "statement": statement,
        "signature": signer.sign(canonical(statement)),
        "entry": base64.b64encode(entry).decode(),
        "index": index,
        "path": [base64.b64encode(node).decode() for node in path],
        "checkpoint": checkpoint,
        "key": str(signer.verifier),
    }
    return _indented(whole, "\n") + "\n"


def verify_certificate(text: str, key: str | None) -> Certified:
    """Return what a certificate states, once everything in it holds.

    `key` is the company's verifier key from a place that is trusted; None takes the one in the certificate. Raises Refused where
    the text is no certificate, TamperedLedger where a signature, a hash or the proof does not hold, and says which.
    """
    try:
        whole = json.loads(text)
        statement, signature = whole["statement"], str(whole["signature"])
        entry = base64.b64decode(str(whole["entry"]), validate=True)
        path = [base64.b64decode(str(node), validate=True) for node in whole["path"]]
        index, checkpoint = int(whole["index"]), str(whole["checkpoint"])
        verifier = Verifier.parse(key or str(whole["key"]))
        if whole["format"] != FORMAT or not isinstance(statement, dict):
            raise KeyError("format")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("this is no certificate of erasure", todo="Give the file as the company sent it.") from error
    try:
        if open_note(signature, verifier) != canonical(statement):
            raise _false("the signature is over another statement")
        signed = Checkpoint.open(checkpoint, verifier)
    except NoteError as error:
        raise _false(str(error)) from error
    except ValueError as error:
        raise _false(f"the checkpoint is none: {error}") from error
    _check_entry(entry, statement)
    if not verify_inclusion(index=index, size=signed.size, leaf=leaf_hash(entry), path=path, root=signed.root):
        raise _false("the ledger's entry is not in the log that was signed")
    return Certified(
        statement=statement,
        origin=signed.origin,
        size=signed.size,
        root=signed.root.hex(),
        index=index,
        key_was_given=key is not None,
    )


def _check_entry(entry: bytes, statement: Mapping[str, Any]) -> None:
    """See that the entry is about this statement."""
    try:
        facts = json.loads(entry)
    except ValueError as error:
        raise _false("the ledger's entry cannot be read") from error
    if digest_of_statement(statement) not in json.dumps(facts):
        raise _false("the ledger's entry is about another statement")


def _false(why: str) -> TamperedLedger:
    return TamperedLedger(f"the certificate does not hold: {why}", todo="Ask the company for it again, and keep both.")
