"""Key-encryption keys in files: the embedded default.

Each key-encryption key is a file that only its owner may read (mode 0600), which also names the installation it belongs to. With
a passphrase, the key in it is sealed under scrypt (N = 2^17, r = 8, p = 1: 128 MiB and about half a second). People's keys are
wrapped with AES-256-GCM, here in the process. Destroying a key overwrites its file before removing it; a file system or a disk
that writes elsewhere, and a backup of the folder, keep the old bytes: keep no backup of this folder longer than a rotation.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kept.base.errors import ProviderUnreachable, Refused, StrangeKey, WrongPassphrase
from kept.vault.forks import after_fork
from kept.vault.format import NONCE
from kept.vault.secret import READS_KEY_MATERIAL, Secret

__all__ = ["FileProvider", "connect"]

NAME = "file"
TITLE = "A file that only its owner may read, with or without a passphrase. The embedded default."
OPTIONS = {
    "folder": "Where the key files lie; `.kept/vault/keys` where it is not set.",
    "passphrase": "The environment variable with the passphrase: env:KEPT_VAULT_PASSPHRASE. None where it is not set.",
    "old_passphrase": "The environment variable with the passphrase before, until the next rotation.",
}
SECRETS = ["passphrase", "old_passphrase"]

FORMAT = 1
COST, BLOCK, LANES = 2**17, 8, 1
OTHERS = stat.S_IRWXG | stat.S_IRWXO
STORE = "vault"
MAY_WRITE = "Give this account the right to write there."
PUT_BACK = "Put the file back, or give this account the right to read it."


def connect(options: Mapping[str, str], folder: Path) -> FileProvider:
    """Return the provider; it reads no file yet."""
    place = Path(options["folder"]) if "folder" in options else folder / "keys"
    passphrases = [options[name] for name in ("passphrase", "old_passphrase") if name in options]
    return FileProvider(place, [Secret(text.encode()) for text in passphrases])


class FileProvider:
    """Key-encryption keys in the files of one folder; see the module."""

    def __init__(self, folder: Path, passphrases: Sequence[Secret] = ()) -> None:
        """Take the folder, and passphrases in the order in which they are tried; new files are sealed under the first."""
        self._folder = folder
        self._passphrases = tuple(passphrases)
        self._open: dict[str, AESGCM] = {}
        self._lock = Lock()
        after_fork(self._forked)

    @property
    def folder(self) -> Path:
        """Where the key files lie."""
        return self._folder

    def _forked(self) -> None:
        self._lock = Lock()

    def make(self, installation: str) -> str:
        """Write a new key file and return its name."""
        reference = f"{installation[:8]}-{secrets.token_hex(8)}"
        reason = self._made(reference, installation)
        if reason:
            raise _unreachable(f"cannot be written in {self._folder} ({reason})", f"Make room. {MAY_WRITE}")
        return reference

    def _made(self, reference: str, installation: str) -> str:
        """Write the file; return what the system had against it. No frame that raises holds the key in clear."""
        kek = Secret.random()
        body: dict[str, object] = {"kept_key": FORMAT, "installation": installation, "reference": reference}
        if self._passphrases:
            body |= self._sealed(kek, reference, installation)
        else:
            body["key"] = kek.material(READS_KEY_MATERIAL).hex()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(reference), orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Seal each key: nonce (12 bytes), ciphertext, tag."""
        kek = self._kek(reference)
        nonces = [secrets.token_bytes(NONCE) for _ in keys]
        return [
            nonce + kek.encrypt(nonce, key.material(READS_KEY_MATERIAL), bound)
            for nonce, key, bound in zip(nonces, keys, about, strict=True)
        ]

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Open each key."""
        kek = self._kek(reference)
        try:
            return [Secret(kek.decrypt(one[:NONCE], one[NONCE:], bound)) for one, bound in zip(wrapped, about, strict=True)]
        except (InvalidTag, ValueError):
            pass
        raise StrangeKey(
            "a wrapped key does not open under this installation's key-encryption key",
            todo="See that the keys database and the key files belong together; another installation's keys do not open here.",
        )

    def destroy(self, reference: str) -> datetime | None:
        """Overwrite the file and remove it."""
        with self._lock:
            self._open.pop(reference, None)
        path = self._path(reference)
        try:
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            _sync_folder(path.parent)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreachable(f"{path} cannot be destroyed ({error.strerror})", MAY_WRITE) from None
        return None

    def close(self) -> None:
        """Forget the keys in memory."""
        with self._lock:
            self._open.clear()

    def _kek(self, reference: str) -> AESGCM:
        with self._lock:
            known = self._open.get(reference)
            if known is None:
                known = self._open[reference] = self._read(reference)
            return known

    def _read(self, reference: str) -> AESGCM:
        path = self._path(reference)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise _unreachable(f"{path} cannot be read ({error.strerror})", PUT_BACK) from None
        if mode & OTHERS:
            raise Refused(
                f"the key file {path} may be read by others than its owner (mode {stat.S_IMODE(mode):o})",
                todo=f"Run chmod 600 {path}, ask who read it, and rotate with `kept vault rotate`.",
            )
        kek = self._parsed(path, reference)
        if kek is None:
            raise StrangeKey(f"{path} is not the key file it is named for", todo="Put the file back from your copy of it.")
        return kek

    def _parsed(self, path: Path, reference: str) -> AESGCM | None:
        """Return the key in a file, None where it is not the right kind of file.

        No frame that raises holds the file's bytes in clear.
        """
        try:
            body = orjson.loads(path.read_bytes())
            if body["kept_key"] != FORMAT or body["reference"] != reference:
                return None
            kek = Secret(bytes.fromhex(body["key"])) if "key" in body else self._unsealed(body, reference)
            return AESGCM(kek.material(READS_KEY_MATERIAL))
        except (ValueError, KeyError, TypeError):
            return None
        except OSError as error:
            reason = error.strerror
        raise _unreachable(f"{path} cannot be read ({reason})", PUT_BACK)

    def _sealed(self, kek: Secret, reference: str, installation: str) -> dict[str, object]:
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(NONCE)
        under = _stretched(self._passphrases[0], salt)
        sealed = under.encrypt(nonce, kek.material(READS_KEY_MATERIAL), f"{installation} {reference}".encode())
        return {"scrypt": {"n": COST, "r": BLOCK, "p": LANES, "salt": salt.hex()}, "nonce": nonce.hex(), "sealed": sealed.hex()}

    def _unsealed(self, body: Mapping[str, object], reference: str) -> Secret:
        settings = body["scrypt"]
        if not isinstance(settings, dict) or (settings["n"], settings["r"], settings["p"]) != (COST, BLOCK, LANES):
            raise ValueError
        salt, nonce, sealed = (bytes.fromhex(str(text)) for text in (settings["salt"], body["nonce"], body["sealed"]))
        about = f"{body['installation']} {reference}".encode()
        for passphrase in self._passphrases:
            with contextlib.suppress(InvalidTag):
                return Secret(_stretched(passphrase, salt).decrypt(nonce, sealed, about))
        what = "the passphrase is wrong" if self._passphrases else "a passphrase is needed and none is set"
        raise WrongPassphrase(
            f"{what} for the key file {reference}",
            todo='Set [vault.providers.file] passphrase = "env:NAME" in kept.toml, and that variable to its passphrase.',
        )

    def _path(self, reference: str) -> Path:
        if not reference or not all(letter.isalnum() or letter == "-" for letter in reference):
            raise StrangeKey("the keys database names a key file that cannot be one", todo="Restore it from a backup.")
        return self._folder / f"{reference}.key"


def _stretched(passphrase: Secret, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=LANES).derive(passphrase.material(READS_KEY_MATERIAL)))


def _write(path: Path, raw: bytes) -> None:
    """Write a new file whole and durable, readable by its owner alone."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(descriptor)
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreachable(what: str, todo: str) -> ProviderUnreachable:
    return ProviderUnreachable(f"the key-encryption key: {what}", store=STORE, todo=todo)
