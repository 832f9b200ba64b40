"""Key-encryption keys in a hardware security module, over PKCS#11.

Each key-encryption key is an AES-256 key that the token makes itself, sensitive and not extractable; its label is its reference.
People's keys are wrapped on the token with AES-GCM (CKM_AES_GCM), under 12 random bytes of nonce that stand in front, with what the
key is about as additional data. A token that insists on its own nonce cannot be used, and `make` finds out in time.

One process takes turns, because python-pkcs11 tells the module that no second thread will call it. Closing the provider logs the
whole process out of the token. After a fork, and once the token was lost, the module is started anew, which ends the sessions of
any other code that uses the same module in this process. A PIN that was refused is not tried again, lest the token locks.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error

from kept.base.errors import KeptError, ProviderUnreachable, Refused, StrangeKey, WrongPassphrase
from kept.vault.format import NONCE, TAG
from kept.vault.secret import READS_KEY_MATERIAL, Secret

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

__all__ = ["Pkcs11Provider", "connect"]

NAME = "pkcs11"
TITLE = "A hardware security module, over PKCS#11. It has been run against SoftHSM2, not against a device."
OPTIONS = {
    "module": "The path of the vendor's PKCS#11 module, for instance /usr/lib/softhsm/libsofthsm2.so.",
    "token": "The label of the token.",
    "pin": "The environment variable with the PIN of the token's user: env:KEPT_VAULT_PIN.",
    "slot": "The number of the token's slot, where several tokens have that label.",
}
SECRETS = ["pin"]

NEEDED = ("module", "token", "pin")
STORE = "vault"
BITS = 256
REFUSED_PIN = {"PinIncorrect", "PinInvalid", "PinLenRange", "PinLocked", "PinExpired", "UserPinNotInitialized"}
LOST_SESSION = {"SessionHandleInvalid", "SessionClosed", "UserNotLoggedIn", "KeyHandleInvalid", "ObjectHandleInvalid", "NoSuchKey"}
"""Errors for which a new session is enough; one that was logged out sees no keys, so a missing key is looked for twice."""
TODO = {
    "NoSuchToken": "Put the token in its slot, and see that [vault.options] token and slot name it.",
    "MultipleTokensReturned": "Set [vault.options] slot: several tokens have that label.",
    "NoSuchKey": "See that [vault.options] names the token the key was made on; a key that was destroyed does not come back.",
    "MechanismInvalid": "Use a token with AES keys and AES-GCM (CKM_AES_GCM).",
}
OTHERWISE = "See that the module's path is right and that the token is there and answers, for instance with pkcs11-tool -L."

T = TypeVar("T")

_turn = RLock()
_started: dict[str, int] = {}
"""In which process each module was started."""


def _go_on() -> None:
    with contextlib.suppress(RuntimeError):  # a server that forks by itself (uWSGI) skips the first half
        _turn.release()


# A fork waits for the call under way, so that no child inherits a module in the middle of one.
os.register_at_fork(before=_turn.acquire, after_in_parent=_go_on, after_in_child=_go_on)


class _Kek(Protocol):
    """What python-pkcs11's secret keys can do, which its own types leave out."""

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def destroy(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why the token did not do it: the error's name. Its traceback holds the keys that were passed, so it goes no further."""

    name: str


def connect(options: Mapping[str, str], folder: Path) -> Pkcs11Provider:  # noqa: ARG001 - the port's shape
    """Return the provider; it opens no session yet. Raises Refused for an option that is missing or cannot be."""
    lacking = [name for name in NEEDED if not options.get(name)]
    module, token, slot = (options.get(name, "") for name in ("module", "token", "slot"))
    pin = Secret(options.get("pin", "").encode("utf-8", "replace"))
    del options  # a frame that raises must not show the PIN
    if lacking:
        raise Refused(f"the provider {NAME} needs [vault.options] {', '.join(lacking)}", todo="Write them in kept.toml.")
    if slot and not slot.isdecimal():
        raise Refused(f"[vault.options] slot is {slot!r}, and slots are numbers", todo="Take the number from pkcs11-tool -L.")
    return Pkcs11Provider(module=module, token=token, pin=pin, slot=int(slot) if slot else None)


class Pkcs11Provider:
    """Key-encryption keys on a PKCS#11 token; see the module."""

    def __init__(self, *, module: str, token: str, pin: Secret, slot: int | None = None) -> None:
        """Take the module's path, the token's label, and the PIN of its user."""
        self._module, self._token, self._pin, self._slot = module, token, pin, slot
        self._session: tuple[int, pkcs11.Session] | None = None
        self._keys: dict[str, _Kek] = {}
        self._had_token = False
        self._refused: str | None = None

    def make(self, installation: str) -> str:
        """Let the token make a key, try it, and return its label."""

        def made(session: pkcs11.Session) -> str | None:
            reference = f"kept-{installation[:8]}-{secrets.token_hex(8)}"
            key = _generated(session, reference)
            if _binds(key):
                return reference
            key.destroy()
            return None

        reference = self._done(made)
        if reference is None:
            raise ProviderUnreachable(
                "the key-encryption key: the token does not do AES-GCM with the nonce and the additional data it is given",
                store=STORE,
                todo="Use a token that does, or switch off the mode in which it takes its own nonce.",
            )
        return reference

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Seal each key on the token: nonce (12 bytes), ciphertext, tag."""
        pairs = list(zip(keys, about, strict=True))
        return self._done(lambda session: [_sealed(self._key(session, reference), key, bound) for key, bound in pairs])

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Open each key on the token."""
        pairs = list(zip(wrapped, about, strict=True))
        opened = self._done(lambda session: _all_opened(self._key(session, reference), pairs))
        if opened is None:
            raise StrangeKey(
                f"a wrapped key does not open under this installation's key-encryption key on the token {self._token}",
                todo="See that the keys database and the token belong together; another installation's keys do not open here.",
            )
        return opened

    def destroy(self, reference: str) -> datetime | None:
        """Destroy the key on the token. The session is a new one: a session that was logged out would find nothing to destroy."""

        def destroyed(session: pkcs11.Session) -> None:
            for key in list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: reference})):
                key.destroy()

        with _turn:
            self._drop()
            self._done(destroyed)
            self._keys.clear()
        return None

    def close(self) -> None:
        """Close the session, which logs this process out of the token."""
        with _turn:
            self._drop()

    def _done(self, work: Callable[[pkcs11.Session], T]) -> T:
        """Return what the work comes to, in an open session; a session that was lost is opened anew, once."""
        with _turn:
            answer = self._tried(work)
            if isinstance(answer, _Failed) and answer.name not in REFUSED_PIN and self._had_token:
                self._drop()
                answer = self._tried(work, anew=answer.name not in LOST_SESSION)
        if isinstance(answer, _Failed):
            raise self._error(answer.name)
        return answer

    def _tried(self, work: Callable[[pkcs11.Session], T], *, anew: bool = False) -> T | _Failed:
        if self._refused is not None:
            return _Failed(self._refused)
        try:
            return work(self._opened(anew=anew))
        except PKCS11Error as error:
            name = type(error).__name__
        if name in REFUSED_PIN:
            self._refused = name
        return _Failed(name)

    def _opened(self, *, anew: bool) -> pkcs11.Session:
        """Return this process's session. PKCS#11 sessions do not survive a fork, nor a module that was started anew."""
        if self._session is not None and self._session[0] == os.getpid() and not anew:
            return self._session[1]
        self._keys.clear()
        token = self._found(_library(self._module, anew=anew))
        try:
            session = token.open(rw=True, user_pin=self._pin.material(READS_KEY_MATERIAL).decode())
        except pkcs11.UserAlreadyLoggedIn:
            session = token.open(rw=True)
        self._session, self._had_token = (os.getpid(), session), True
        return session

    def _found(self, library: _pkcs11.lib) -> pkcs11.Token:
        if self._slot is None:
            return library.get_token(token_label=self._token)
        for slot in library.get_slots(token_present=True):
            if slot.slot_id == self._slot and (token := slot.get_token()).label == self._token:
                return token
        raise pkcs11.NoSuchToken

    def _key(self, session: pkcs11.Session, reference: str) -> _Kek:
        if reference not in self._keys:
            found = session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=reference)
            self._keys[reference] = cast("_Kek", found)
        return self._keys[reference]

    def _drop(self) -> None:
        """Close the session, if it is one of this process and still there."""
        session, self._session = self._session, None
        self._keys.clear()
        if session is not None and session[0] == os.getpid():
            with contextlib.suppress(PKCS11Error):
                session[1].close()

    def _error(self, name: str) -> KeptError:
        if name in REFUSED_PIN:
            return WrongPassphrase(
                f"the token {self._token} does not take the PIN ({name})",
                todo="Set the environment variable that [vault.options] pin names to the PIN of the token's user, and start again.",
            )
        return ProviderUnreachable(
            f"the key-encryption key: the token {self._token} does not answer or says no ({name})",
            store=STORE,
            todo=TODO.get(name, OTHERWISE),
        )


def _library(path: str, *, anew: bool) -> _pkcs11.lib:
    """Return the module, started in this process; a child of a fork must start it again."""
    library = pkcs11.lib(path)
    if anew or _started.get(path, os.getpid()) != os.getpid():
        with contextlib.suppress(PKCS11Error):
            library.finalize()
        library.initialize()
    _started[path] = os.getpid()
    return library


def _generated(session: pkcs11.Session, label: str) -> _Kek:
    key = session.generate_key(
        KeyType.AES,
        BITS,
        id=label.encode(),
        label=label,
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )
    return cast("_Kek", key)


def _gcm(nonce: bytes, about: bytes) -> GCMParams:
    return GCMParams(nonce, about, TAG * 8)


def _sealed(kek: _Kek, key: Secret, about: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    sealed = kek.encrypt(key.material(READS_KEY_MATERIAL), mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, about))
    return nonce + bytes(sealed)


def _opened(kek: _Kek, sealed: bytes, about: bytes) -> Secret:
    nonce, rest = sealed[:NONCE], sealed[NONCE:]
    return Secret(kek.decrypt(rest, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, about)))


def _all_opened(kek: _Kek, pairs: Sequence[tuple[bytes, bytes]]) -> list[Secret] | None:
    """Return each key, None when one does not open.

    Tokens do not agree on how they refuse a tag (SoftHSM2 answers CKR_GENERAL_ERROR), so after any error the token is asked to open
    something of its own: if it does, the fault was the wrapped key's.
    """
    keys = []
    for sealed, about in pairs:
        if len(sealed) < NONCE + TAG:
            return None
        try:
            keys.append(_opened(kek, sealed, about))
        except PKCS11Error:
            if _works(kek):
                return None
            raise
    return keys


def _works(kek: _Kek) -> bool:
    probe = Secret.random()
    return _opened(kek, _sealed(kek, probe, b"kept"), b"kept") == probe


def _binds(kek: _Kek) -> bool:
    """Return whether a key opens under what it is about, and under nothing else."""
    sealed = _sealed(kek, Secret.random(), b"kept")
    try:
        _opened(kek, sealed, b"something else")
    except PKCS11Error:
        return _works(kek)
    return False
