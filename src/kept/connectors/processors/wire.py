"""One request over HTTP to a processor: bounded in time and size, never led elsewhere, and saying whether it may have arrived.

The addresses come from the company's own policy, or from a processor's own discovery and then only on the host the policy names
(`near`). There is no looking for private networks: the policy's author may well mean one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from ssl import SSLCertVerificationError
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidHeader, InvalidURL
from requests.utils import get_environ_proxies
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from kept import __version__
from kept.base.errors import NOTHING_CHANGED, SourceError, StoreRefused, StoreUnreachable
from kept.policy.processors import HERE, confidential

__all__ = ["MAY_HAVE_GONE", "NOT_GONE", "NOT_TAKEN", "Answered", "Patience", "Wire", "near", "within"]

NOT_GONE: Final = "the order did not go out"
NOT_TAKEN: Final = "the order arrived and was not taken"
MAY_HAVE_GONE: Final = "the order went out and may have arrived"
AGAIN: Final = "Ask again: with the same reference nothing is done twice."
LARGEST: Final = 256 * 1024
"""Bytes of an answer, unpacked; acknowledgements are a few hundred, a set of keys a few thousand."""
BEFORE_IT_WENT: Final = (
    NewConnectionError,
    NameResolutionError,
    ConnectTimeoutError,
    SSLCertVerificationError,
    InvalidHeader,
    InvalidURL,
)
T = TypeVar("T")
FAILURES: Final = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds to wait: for a connection, for the next bytes of an answer, and for the whole of one."""

    connection: float = 5.0
    bytes_: float = 30.0
    whole: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back: the status, the headers by their names in small letters, and the body, which is never printed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def object(self) -> dict[str, Any] | None:
        """Return the body as a JSON object, None where it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why nothing came back; the error itself is dropped, because it holds the request."""

    why: str
    gone: bool = True


SLOW: Final = _Failed("answers too slowly")


class Wire:
    """Speaks HTTP to one processor."""

    def __init__(self, store: str, *, patience: Patience, ca: str = "") -> None:
        """Take what errors call it, `processor:posts`, and a file of authorities to trust instead of the usual ones."""
        self.store = store
        self._patience = patience
        self._verify: str | bool = ca or True

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Return the answer, whatever its status but a redirect. Raises SourceError; nothing was changed."""
        return self._said("GET", url, None, headers or {})

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Return the answer, whatever its status but a redirect. Raises SourceError that says whether it may have arrived."""
        return self._said("POST", url, body, headers)

    def refused(self, happened: str, *, changed: str, todo: str = AGAIN) -> StoreRefused:
        """Return the error for an answer that cannot be used; `happened` follows the processor's name."""
        return StoreRefused(f"{self.store} {happened}", store=self.store, todo=todo, changed=changed)

    def expect(self, answered: Answered, statuses: Collection[int], *, posted: bool) -> None:
        """Raise StoreRefused where the status is none of these."""
        if answered.status in statuses:
            return
        faulty = answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        changed = (MAY_HAVE_GONE if faulty else NOT_TAKEN) if posted else NOTHING_CHANGED
        todo = AGAIN if faulty or answered.status == HTTPStatus.TOO_MANY_REQUESTS else TODO.get(answered.status, OTHERWISE)
        raise self.refused(f"answered with status {answered.status}", changed=changed, todo=todo)

    def _said(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answered:
        posted = body is not None
        if not confidential(url):
            raise self.refused("names an address that is no https address", changed=NOT_GONE if posted else NOTHING_CHANGED)
        all_headers = {"User-Agent": f"kept/{__version__}", "Accept": "application/json", **headers}
        longest = self._patience.connection + self._patience.whole
        try:
            said = within(longest, lambda: self._tried(method, url, body, all_headers))
        except TimeoutError:
            said = SLOW
        if isinstance(said, _Failed):
            raise self._unreachable(said, posted=posted)
        if HTTPStatus.MULTIPLE_CHOICES <= said.status < HTTPStatus.BAD_REQUEST:
            todo = "Write the address it leads to in processors.yaml, if that is the processor's."
            changed = MAY_HAVE_GONE if posted else NOTHING_CHANGED
            raise self.refused("leads elsewhere, and no person's identifiers follow", changed=changed, todo=todo)
        return said

    def _tried(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answered | _Failed:
        here = urlsplit(url).hostname in HERE
        try:
            with requests.Session() as session:
                session.trust_env = False  # no .netrc: it would lend the processor a password
                with session.request(
                    method,
                    url,
                    data=body,
                    headers=dict(headers),
                    timeout=(self._patience.connection, self._patience.bytes_),
                    allow_redirects=False,
                    stream=True,
                    verify=self._verify,
                    proxies={} if here else get_environ_proxies(url),
                ) as response:
                    found = self._body(response)
                    if isinstance(found, _Failed):
                        return found
                    names = {name.lower(): value for name, value in response.headers.items()}
                    return Answered(status=response.status_code, headers=names, body=found)
        except FAILURES as error:
            causes = list(_causes(error))
            certificate = any(isinstance(one, SSLCertVerificationError) for one in causes)
            why = "has a certificate that is not to be trusted" if certificate else "does not answer"
            return _Failed(why, gone=not any(isinstance(one, BEFORE_IT_WENT) for one in causes))

    def _body(self, response: requests.Response) -> bytes | _Failed:
        ends = time.monotonic() + self._patience.whole
        found = bytearray()
        for chunk in response.iter_content(16 * 1024):
            found += chunk
            if len(found) > LARGEST:
                return _Failed("answers with more than an acknowledgement can be")
            if time.monotonic() > ends:
                return SLOW
        return bytes(found)

    def _unreachable(self, failed: _Failed, *, posted: bool) -> SourceError:
        changed = (MAY_HAVE_GONE if failed.gone else NOT_GONE) if posted else NOTHING_CHANGED
        return StoreUnreachable(f"{self.store} {failed.why}", store=self.store, todo=AGAIN, changed=changed)


TODO: Final[Mapping[int, str]] = {
    401: "See that the secrets named in processors.yaml are the ones the processor gave out.",
    403: "See that the secrets named in processors.yaml are the ones the processor gave out.",
    404: "See that the address in processors.yaml is right.",
}
OTHERWISE: Final = "See what the processor wants in such a request, and correct its entry in processors.yaml."


def within(seconds: float, act: Callable[[], T]) -> T:
    """Return what `act` returns. Raises TimeoutError where that takes too long; it is then left to end by itself.

    Time limits on sockets count from the last byte: a server that drips its headers would hold a worker for days.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="processor").start()
    return future.result(seconds)


def near(url: object, base: str) -> str:
    """Return an address that a processor's own discovery names, if it lies on the host of `base` or below it; else nothing.

    `www.` in front of the base's host does not count. Whatever lies elsewhere has to be named in the policy.
    """
    if not isinstance(url, str) or not confidential(url):
        return ""
    host, home = urlsplit(url).hostname or "", (urlsplit(base).hostname or "").removeprefix("www.")
    if host in HERE or home in HERE:
        return url if host == home else ""
    return url if host == home or host.endswith(f".{home}") else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything it was made from; requests and urllib3 wrap each other in arguments and reasons."""
    seen: list[BaseException] = [error]
    for one in seen:
        yield one
        inner = [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
        seen.extend(found for found in inner if isinstance(found, BaseException) and not any(found is old for old in seen))
