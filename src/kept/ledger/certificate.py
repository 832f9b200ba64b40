"""Certificates of erasure: a statement that names nobody, and the proof that a signed log has it. Checked offline.

A certificate is JSON: `statement` (what was erased, when, for which request), `entry` (the ledger's entry, with the SHA-256 of the
statement), `index`, `path` (the audit path, RFC 6962) and `checkpoint` (the signed note the path leads to). One signature, that of
the checkpoint, covers every statement in the log. docs/spec/certificate.md has the format.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson

from kept.base.errors import Refused, TamperedLedger

from .checkpoints import Checkpoint
from .hashing import leaf_hash
from .notes import NoteError, Verifier
from .proofs import verify_inclusion

__all__ = ["FORMAT", "Certified", "canonical", "digest_of", "verify_certificate", "write_certificate"]

FORMAT: Final = "kept certificate of erasure, version 1"
KIND: Final = "erasure.certified"
"""The kind of the ledger's entry about a certificate."""


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
    """Return the text of a statement that is hashed into the ledger: JSON with sorted keys and no spaces, and a newline."""
    return orjson.dumps(statement, option=orjson.OPT_SORT_KEYS).decode() + "\n"


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) over a statement's text, as the ledger's entry has it."""
    return sha256(text.encode()).hexdigest()


def write_certificate(
    statement: Mapping[str, Any], *, entry: bytes, index: int, path: Sequence[bytes], checkpoint: str, key: str
) -> str:
    """Return the certificate: `entry` has the statement's digest, `path` leads to the root of `checkpoint`, `key` checks that."""
    whole = {
        "format": FORMAT,
        "statement": statement,
        "entry": b64encode(entry).decode(),
        "index": index,
        "path": list(map(_written, path)),
        "checkpoint": checkpoint,
        "key": key,
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


@lru_cache(maxsize=4096)
def _written(node: bytes) -> str:
    """Return a node of a path as it is written; those near the root stand in every certificate of a batch."""
    return b64encode(node).decode()


def verify_certificate(text: str, key: str | None) -> Certified:
    """Return what a certificate states, once everything in it holds.

    `key` is the company's verifier key from a place that is trusted; None takes the one in the certificate. Raises Refused where
    the text is no certificate, TamperedLedger where a signature, a hash or the proof does not hold, and says which.
    """
    try:
        whole = json.loads(text)
        statement = whole["statement"]
        entry = b64decode(str(whole["entry"]), validate=True)
        path = [b64decode(str(node), validate=True) for node in whole["path"]]
        index, checkpoint = int(whole["index"]), str(whole["checkpoint"])
        verifier = Verifier.parse(key or str(whole["key"]))
        if whole["format"] != FORMAT or not isinstance(statement, dict):
            raise KeyError("format")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("this is no certificate of erasure", todo="Give the file as the company sent it.") from error
    try:
        signed = Checkpoint.open(checkpoint, verifier)
    except NoteError as error:
        raise _false(str(error)) from error
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
    """See that the entry certifies this statement, and is of no other kind."""
    try:
        body, digest = json.loads(entry), digest_of(canonical(statement))
        kind, said = body["kind"], body["facts"]["statement"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _false("the ledger's entry, or the statement, cannot be read") from error
    if (kind, said) != (KIND, digest):
        raise _false("the ledger's entry is about another statement")


def _false(why: str) -> TamperedLedger:
    return TamperedLedger(f"the certificate does not hold: {why}", todo="Ask the company for it again, and keep both.")
