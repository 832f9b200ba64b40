"""Certificates of erasure: a signed statement that names nobody, and the proof that the ledger has it. Checked offline.

A certificate is JSON: `statement` (what was erased, when, for which request), `signature` (the statement as a signed note, under
the ledger's key), `entry` (the ledger's entry, with the SHA-256 of the statement), `index`, `path` (the audit path, RFC 6962) and
`checkpoint` (the signed note the path leads to). docs/spec/certificate.md has the format.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from kept.base.errors import Refused, TamperedLedger

from .checkpoints import Checkpoint
from .hashing import leaf_hash
from .notes import NoteError, Signer, Verifier, open_note
from .proofs import verify_inclusion

__all__ = ["FORMAT", "Certified", "canonical", "digest_of", "verify_certificate", "write_certificate"]

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
    """Return the text of a statement that is signed and hashed: JSON with sorted keys and no spaces, and a newline."""
    return orjson.dumps(statement, option=orjson.OPT_SORT_KEYS).decode() + "\n"


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) over a statement's text, as the ledger's entry has it."""
    return sha256(text.encode()).hexdigest()


def write_certificate(
    statement: Mapping[str, Any], signer: Signer, *, text: str, entry: bytes, index: int, path: Sequence[bytes], checkpoint: str
) -> str:
    """Return the certificate; `text` is the statement's, which was hashed into the ledger's entry."""
    whole = {
        "format": FORMAT,
        "statement": statement,
        "signature": signer.sign(text),
        "entry": b64encode(entry).decode(),
        "index": index,
        "path": [b64encode(node).decode() for node in path],
        "checkpoint": checkpoint,
        "key": str(signer.verifier),
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def verify_certificate(text: str, key: str | None) -> Certified:
    """Return what a certificate states, once everything in it holds.

    `key` is the company's verifier key from a place that is trusted; None takes the one in the certificate. Raises Refused where
    the text is no certificate, TamperedLedger where a signature, a hash or the proof does not hold, and says which.
    """
    try:
        whole = json.loads(text)
        statement, signature = whole["statement"], str(whole["signature"])
        entry = b64decode(str(whole["entry"]), validate=True)
        path = [b64decode(str(node), validate=True) for node in whole["path"]]
        index, checkpoint = int(whole["index"]), str(whole["checkpoint"])
        verifier = Verifier.parse(key or str(whole["key"]))
        if whole["format"] != FORMAT or not isinstance(statement, dict):
            raise KeyError("format")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("this is no certificate of erasure", todo="Give the file as the company sent it.") from error
    try:
        signed_text = open_note(signature, verifier)
        if canonical(json.loads(signed_text)) != canonical(statement):
            raise _false("the signature is over another statement")
        signed = Checkpoint.open(checkpoint, verifier)
    except NoteError as error:
        raise _false(str(error)) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise _false(f"the statement or the checkpoint cannot be read: {error}") from error
    _check_entry(entry, signed_text)
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


def _check_entry(entry: bytes, signed_text: str) -> None:
    """See that the entry is about the statement that was signed."""
    try:
        facts = json.loads(entry)
    except ValueError as error:
        raise _false("the ledger's entry cannot be read") from error
    if digest_of(signed_text) not in json.dumps(facts):
        raise _false("the ledger's entry is about another statement")


def _false(why: str) -> TamperedLedger:
    return TamperedLedger(f"the certificate does not hold: {why}", todo="Ask the company for it again, and keep both.")
