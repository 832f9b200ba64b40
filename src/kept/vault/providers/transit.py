"""Key-encryption keys in the transit engine of HashiCorp Vault or OpenBao. Never run against a real server.

This was written from the published API and from the sources of both, and its tests run against a small server of our own that does
what we read there. Try it on a server of yours before you trust it with anything.

Each key-encryption key is a named key of type aes256-gcm96, not exportable, which never leaves the server; its name is its
reference. People's keys are wrapped in batches, with what each is about as associated data. A server from before Vault 1.13 ignores
associated data without a word, so `make` tries whether the new key refuses what it should. A wrapped key is kept in binary: the key
version (4 bytes, big-endian) and what stood in base64, because the server reads `vault:v0:` as `vault:v1:`.

The token's policy wants create, read, update and delete on <mount>/keys/kept-*, and update on <mount>/encrypt/kept-* and on
<mount>/decrypt/kept-*; not create on the last two, with which the server would make a missing key instead of saying so.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import hvac
from hvac.exceptions import InvalidPath, VaultError
from requests.exceptions import ReadTimeout, RequestException

from kept.base.errors import NOTHING_CHANGED, KeptError, ProviderUnreachable, Refused, SourceError, StrangeKey
from kept.vault.format import NONCE, TAG
from kept.vault.secret import READS_KEY_MATERIAL, Secret

__all__ = ["TransitProvider", "connect"]

NAME = "transit"
TITLE = "The transit engine of HashiCorp Vault or OpenBao. It has never been run against a real server."
OPTIONS = {
    "url": "The server's URL, for instance https://vault.example:8200. Must be https, or on this machine.",
    "token": "The environment variable with the token: env:KEPT_VAULT_TOKEN.",
    "mount": "Where the transit engine is mounted; `transit` where it is not set.",
    "namespace": "The namespace of the engine; none where it is not set.",
}
SECRETS = ["token"]

NEEDED = ("url", "token")
STORE = "vault"
KEY_TYPE = "aes256-gcm96"
PATIENCE = (2.0, 6.0)
"""Seconds to wait for a connection, and for an answer."""
BATCH = 1000
"""Keys in a request; servers limit how much one may hold."""
VERSION = 4
"""Bytes of the key version in front of a wrapped key."""
CIPHERTEXT = re.compile(r"vault:v(?P<version>[1-9][0-9]{0,8}):(?P<body>[A-Za-z0-9+/]+={0,2})")
REFERENCE = re.compile(r"kept-[0-9a-z]{1,8}-[0-9a-f]{16}")
HERE = {"localhost", "127.0.0.1", "::1"}
TODO = {
    "Forbidden": "See that the token is valid and that its policy has the rights that the reference of this provider lists.",
    "InvalidPath": "See that [vault.options] url, namespace and mount are right; a key that was destroyed does not come back.",
    "InvalidRequest": "See that [vault.options] url, namespace and mount are right; a key that was destroyed does not come back.",
    "VaultDown": "Unseal the server.",
}
ABORTED = "Connection aborted"
"""What requests says of a connection that ended before the answer."""
OTHERWISE = "See that the server runs and can be reached at [vault.options] url, and run the command again."


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why the server did not do it: the error's name, and nothing of its text or traceback, which may hold keys and the token."""

    name: str
    lost: bool = False
    """Whether the request may have been carried out all the same."""
    gone: bool = False
    """Whether the server said that it has no such key."""
    strange: bool = False
    """Whether the server has the key and could not do what was asked with one of a batch."""


NO_ANSWER = _Failed("no answer of a transit engine")

One = TypeVar("One")
T = TypeVar("T")
_Batch: TypeAlias = Sequence[tuple[One, bytes]]


def connect(options: Mapping[str, str], folder: Path) -> TransitProvider:  # noqa: ARG001 - the port's shape
    """Return the provider; it asks nothing yet. Raises Refused for an option that is missing or cannot be."""
    lacking = [name for name in NEEDED if not options.get(name)]
    url, mount, namespace = options.get("url", ""), options.get("mount", "transit"), options.get("namespace")
    token = Secret(options.get("token", "").strip().encode("ascii", "replace"))
    del options  # a frame that raises must not show the token
    if lacking:
        raise Refused(f"the provider {NAME} needs [vault.options] {', '.join(lacking)}", todo="Write them in kept.toml.")
    if not _private(url):
        raise Refused("[vault.options] url is no https URL, and people's keys would travel in clear", todo="Use an https URL.")
    return TransitProvider(url=url, token=token, mount=mount, namespace=namespace)


class TransitProvider:
    """Key-encryption keys in a transit engine; see the module."""

    def __init__(self, *, url: str, token: Secret, mount: str = "transit", namespace: str | None = None) -> None:
        """Take where the engine is and the token to ask it with."""
        self._url, self._token, self._mount, self._namespace = url, token, mount, namespace
        self._made: tuple[int, Any] | None = None

    def make(self, installation: str) -> str:
        """Create a named key, try it, and return its name."""
        reference = f"kept-{installation[:8]}-{secrets.token_hex(8)}"
        failed = self._asked(lambda engine: engine.create_key(reference, key_type=KEY_TYPE, mount_point=self._mount))
        if isinstance(failed, _Failed):
            raise _unreachable(failed, changed=_changed(failed, "a key was made that nothing uses"))
        try:
            binds = self._binds(reference)
        except SourceError:
            with contextlib.suppress(KeptError):
                self.destroy(reference)
            raise
        if not binds:
            self.destroy(reference)
            raise Refused(
                "the server does not tie a wrapped key to what it is about (it ignores associated_data)",
                todo="Use Vault 1.13 or newer, or OpenBao.",
            )
        return reference

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Encrypt each key on the server. The key is looked for first: given too many rights, encrypting would make it."""
        pairs = list(zip(keys, about, strict=True))
        if not pairs:
            return []
        known = self._read(reference)
        if isinstance(known, _Failed):
            raise _unreachable(known)
        wrapped = _batches(pairs, lambda batch: self._encrypted(reference, batch))
        if isinstance(wrapped, _Failed):
            raise _unreachable(wrapped)
        return wrapped

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Decrypt each key on the server."""
        _checked(reference)
        pairs = list(zip(wrapped, about, strict=True))
        opened = _batches(pairs, lambda batch: self._decrypted(reference, batch))
        if not isinstance(opened, _Failed):
            return opened
        if not opened.strange:
            raise _unreachable(opened)
        raise StrangeKey(
            "a wrapped key does not open under this installation's key-encryption key in the transit engine",
            todo="See that the keys database and the engine belong together, and that nobody raised min_decryption_version.",
        )

    def destroy(self, reference: str) -> datetime | None:
        """Allow the key's deletion, delete it, and see that it is gone."""
        known = self._read(reference)
        if isinstance(known, _Failed):
            if known.gone:
                return None
            raise _unreachable(known)
        for step in (
            lambda engine: engine.update_key_configuration(reference, deletion_allowed=True, mount_point=self._mount),
            lambda engine: engine.delete_key(reference, mount_point=self._mount),
        ):
            answer = self._asked(step)
            if isinstance(answer, _Failed):
                raise _unreachable(answer, changed=_changed(answer, "the key was destroyed"))
        left = self._read(reference)
        if not isinstance(left, _Failed) or not left.gone:
            raise _unreachable(NO_ANSWER, changed="it is not known whether the key was destroyed")
        return None

    def close(self) -> None:
        """Close the connections."""
        made, self._made = self._made, None
        if made is not None and made[0] == os.getpid():
            made[1].adapter.close()

    def _read(self, reference: str) -> Any:
        """Return what the server says of a key; a failure that is `gone` where it has none of that name."""
        _checked(reference)
        known = self._asked(lambda engine: engine.read_key(reference, mount_point=self._mount))
        return known if isinstance(known, dict | _Failed) else NO_ANSWER

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        """Return what the server answers to a call of the engine. A failure comes back as a value; see _Failed."""
        try:
            answer = ask(self._client().secrets.transit)
        except VaultError as error:
            gone = isinstance(error, InvalidPath) and error.errors == []
            return _Failed(type(error).__name__, gone=gone, strange=_in_batch(error.json))
        except RequestException as error:
            return _Failed(type(error).__name__, lost=isinstance(error, ReadTimeout) or ABORTED in str(error))
        if getattr(answer, "status_code", 200) // 100 != 2:  # a redirect, which is not followed: the keys would go along
            return _Failed("redirected")
        return answer

    def _client(self) -> Any:
        """Return this process's client. A fork's child makes its own: on shared connections one would read the other's answers."""
        made = self._made
        if made is None or made[0] != os.getpid():
            made = self._made = os.getpid(), self._new_client()
        return made[1]

    def _new_client(self) -> Any:
        return hvac.Client(
            url=self._url,
            token=self._token.material(READS_KEY_MATERIAL).decode("ascii"),
            namespace=self._namespace,
            timeout=PATIENCE,
            allow_redirects=False,
        )

    def _encrypted(self, reference: str, batch: _Batch[Secret]) -> list[bytes] | _Failed:
        answer = self._asked(
            lambda engine: engine.encrypt_data(
                reference,
                batch_input=[
                    {"plaintext": _text(key.material(READS_KEY_MATERIAL)), "associated_data": _text(about)} for key, about in batch
                ],
                mount_point=self._mount,
            )
        )
        texts = _results(answer, "ciphertext", len(batch))
        if isinstance(texts, _Failed):
            return texts
        wrapped = [packed for packed in map(_packed, texts) if packed is not None]
        return wrapped if len(wrapped) == len(batch) else NO_ANSWER

    def _decrypted(self, reference: str, batch: _Batch[bytes]) -> list[Secret] | _Failed:
        items = [{"ciphertext": _unpacked(blob), "associated_data": _text(about)} for blob, about in batch]
        if not all(item["ciphertext"] for item in items):
            return _Failed("InvalidRequest", strange=True)
        answer = self._asked(lambda engine: engine.decrypt_data(reference, batch_input=items, mount_point=self._mount))
        texts = _results(answer, "plaintext", len(batch))
        if isinstance(texts, _Failed):
            return texts
        try:
            return [Secret(base64.b64decode(text, validate=True)) for text in texts]
        except ValueError:
            return NO_ANSWER

    def _binds(self, reference: str) -> bool:
        """Return whether a key opens under what it is about, and under nothing else."""
        sealed = self.wrap(reference, [Secret.random()], [b"kept"])
        return self._opens(reference, sealed, b"kept") and not self._opens(reference, sealed, b"something else")

    def _opens(self, reference: str, sealed: list[bytes], about: bytes) -> bool:
        try:
            self.unwrap(reference, sealed, [about])
        except StrangeKey:
            return False
        return True


def _batches(batch: _Batch[One], work: Callable[[_Batch[One]], list[T] | _Failed]) -> list[T] | _Failed:
    """Return what the work makes of all, a request's worth at a time; the first failure ends it."""
    done: list[T] = []
    for start in range(0, len(batch), BATCH):
        answer = work(batch[start : start + BATCH])
        if isinstance(answer, _Failed):
            return answer
        done += answer
    return done


def _results(answer: Any, field: str, count: int) -> list[str] | _Failed:
    """Return that field of each result of a batch, a failure where one has none."""
    if isinstance(answer, _Failed):
        return answer
    if not _in_batch(answer):
        return NO_ANSWER
    texts = [item.get(field) for item in answer["data"]["batch_results"] if not item.get("error")]
    if len(texts) != count:
        return _Failed("InvalidRequest", strange=True)
    return texts if all(isinstance(text, str) for text in texts) else NO_ANSWER


def _in_batch(said: Any) -> bool:
    """Return whether an answer has a result for each of a batch, good or bad."""
    data = said.get("data") if isinstance(said, dict) else None
    results = data.get("batch_results") if isinstance(data, dict) else None
    return isinstance(results, list) and all(isinstance(item, dict) for item in results)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _packed(text: str) -> bytes | None:
    """Return the binary form of a transit ciphertext, None when it is not one."""
    parts = CIPHERTEXT.fullmatch(text)
    if parts is None:
        return None
    try:
        return int(parts["version"]).to_bytes(VERSION, "big") + base64.b64decode(parts["body"], validate=True)
    except ValueError:
        return None


def _unpacked(blob: bytes) -> str:
    """Return the transit ciphertext of a binary form, nothing when it cannot be one."""
    version, body = int.from_bytes(blob[:VERSION], "big"), blob[VERSION:]
    return f"vault:v{version}:{_text(body)}" if version and len(body) >= NONCE + TAG else ""


def _private(url: str) -> bool:
    """Return whether nobody on the way reads along."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE))


def _checked(reference: str) -> str:
    """Return a key's name, which becomes part of a URL."""
    if REFERENCE.fullmatch(reference) is None:
        raise StrangeKey(
            "the keys database names a transit key that cannot be one", todo="Restore the keys database from a backup."
        )
    return reference


def _changed(failed: _Failed, what: str) -> str:
    return f"it is not known whether {what}" if failed.lost else NOTHING_CHANGED


def _unreachable(failed: _Failed, *, changed: str = NOTHING_CHANGED) -> ProviderUnreachable:
    return ProviderUnreachable(
        f"the key-encryption key: the transit engine does not answer or says no ({failed.name})",
        store=STORE,
        todo=TODO.get(failed.name, OTHERWISE),
        changed=changed,
    )
