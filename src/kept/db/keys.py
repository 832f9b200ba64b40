"""The two secrets of a ledger, in files only their owner may read, and the check that they are the ones it was made with.

`ledger.ed25519` signs checkpoints; whoever has it can sign another past. `tombstone.key` makes the hashes of erased people's keys;
whoever has it and the database can test whether a given person was erased. The database keeps a fingerprint of each, so that a
copied database does not silently go on under other keys.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.apps import apps

from kept.base.errors import Refused
from kept.ledger.notes import NoteError, Signer

from .failures import database_errors

__all__ = ["ORIGIN", "Keys", "create", "current", "use"]

ORIGIN = "KEPT_LEDGER_ORIGIN"
"""The environment variable that names a new ledger; without it, it is called `kept.local/` and 16 hex digits."""

LEDGER = "ledger.ed25519"
TOMBSTONE = "tombstone.key"
TOMBSTONE_BYTES = 32
WITNESS = "witness"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets in use; printing shows nothing of them."""

    folder: Path
    signer: Signer
    tombstone: bytes

    @property
    def witness(self) -> Path:
        """The file that remembers, outside the database, the last checkpoint that was seen to hold."""
        return self.folder.parent / WITNESS


class _InUse:
    keys: Keys | None = None


def current() -> Keys:
    """Return the keys of the folder in use. Raises Refused before `kept.db.configure` was called."""
    if _InUse.keys is None:
        raise Refused("No privacy folder is in use", todo="Call kept.db.configure(folder) first.")
    return _InUse.keys


def use(folder: Path) -> None:
    """Read the keys in this folder, making them for a new database. Raises Refused where they do not fit the database."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ledger = _read(folder / LEDGER, "ledger", lambda: Signer.generate(_new_origin()).reveal().encode() + b"\n")
    tombstone = _read(folder / TOMBSTONE, "tombstone", lambda: secrets.token_hex(TOMBSTONE_BYTES).encode() + b"\n")
    try:
        _InUse.keys = Keys(folder, Signer.parse(ledger.decode().strip()), bytes.fromhex(tombstone.decode().strip()))
    except (NoteError, ValueError) as error:
        raise Refused("A key file in .kept/keys cannot be read", todo="Put the file back from your copy of it.") from error


def _new_origin() -> str:
    return os.environ.get(ORIGIN) or f"kept.local/{secrets.token_hex(8)}"


def _read(path: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """Return the file's bytes, having compared them with the fingerprint in the database.

    Where there is neither a file nor a fingerprint, the database is new, and so will the key be.
    """
    with database_errors():
        fingerprints = apps.get_model("kept", "KeyFingerprint").objects  # the models cannot be imported before Django is set up
        known = fingerprints.filter(name=name).values_list("fingerprint", flat=True).first()
        if not path.exists():
            if known is not None:
                raise _wrong(path, "is missing")
            create(path, make())
        raw = path.read_bytes()
        fingerprint = sha256(raw.strip()).hexdigest()
        if known is None:
            known = fingerprints.get_or_create(name=name, defaults={"fingerprint": fingerprint})[0].fingerprint
    if known != fingerprint:
        raise _wrong(path, "is not the one this database was made with")
    return raw


def create(path: Path, raw: bytes) -> None:
    """Make the file whole and readable by its owner only, unless another process or thread has just made it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(raw)
        out.flush()
        os.fsync(descriptor)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()


def _wrong(path: Path, why: str) -> Refused:
    return Refused(
        f"The key file {path} {why}",
        todo="Copy .kept/keys from the machine or the backup where this database was last used.",
    )
