"""News for authorised agents: one message to an address that the agent named, and that nobody here has looked at.

So it goes over TLS alone, to an address of the open internet alone, is led nowhere else, and what is answered is not read. The name
is resolved once, and the connection goes to what it led to: a name that leads elsewhere a moment later changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from kept import __version__
from kept.base.errors import StoreRefused, StoreUnreachable
from kept.policy.processors import over_tls

from .processors.wire import Patience, within

__all__ = ["Caller", "is_public"]

NOT_TOLD: Final = "the agent was not told"
MAY_BE_TOLD: Final = "the agent may have been told"
TODO: Final = "It is told again later; an agent can also ask for itself."
NAMED: Final = "Ask the agent for an https address of the open internet."
HTTPS: Final = 443
MOST_TRIED: Final = 3
EMBEDS: Final = IPv6Network("64:ff9b::/96")
"""Addresses that stand for IPv4 ones behind a translator (RFC 6052)."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the open internet, and so is whatever address it stands for.

    >>> is_public("9.9.9.9"), is_public("10.0.0.1"), is_public("169.254.169.254"), is_public("64:ff9b::a00:1")
    (True, False, False, False)
    """
    found: list[IPv4Address | IPv6Address] = [ip_address(address.partition("%")[0])]
    if isinstance(found[0], IPv6Address):
        six = found[0]
        inner = [six.ipv4_mapped, six.sixtofour, *(six.teredo or ()), IPv4Address(six.packed[-4:]) if six in EMBEDS else None]
        found += [one for one in inner if one is not None]
    return all(one.is_global and not one.is_multicast for one in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Tells agents. `reaches` says which IP addresses may be spoken to, `ca` is a file of authorities instead of the usual ones."""

    patience: Patience = field(default_factory=lambda: Patience(bytes_=10.0, whole=15.0))
    reaches: Callable[[str], bool] = is_public
    ca: str = ""

    def tell(self, agent: str, url: str, body: bytes) -> None:
        """Send a JSON message to an agent's address. Raises StoreUnreachable, StoreRefused; neither names the address."""
        store = f"agent:{agent}"
        if not over_tls(url):
            raise StoreRefused(f"{store} named an address that is no https address", store=store, todo=NAMED, changed=NOT_TOLD)
        try:
            status = within(self.patience.connection + self.patience.whole, lambda: self._told(store, url, body))
        except TimeoutError:
            raise StoreUnreachable(f"{store} answers too slowly", store=store, todo=TODO, changed=MAY_BE_TOLD) from None
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise StoreRefused(f"{store} answered with status {status}", store=store, todo=TODO, changed=NOT_TOLD)

    def _told(self, store: str, url: str, body: bytes) -> int:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS
        addresses = _resolved(host, port)
        if any(not self.reaches(one) for one in addresses):
            happened = f"{store} named an address that leads into a network, not to the open internet"
            raise StoreRefused(happened, store=store, todo=NAMED, changed=NOT_TOLD)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Host": host if parts.port is None else f"{host}:{port}",
            "User-Agent": f"kept/{__version__}",
            "Content-Type": "application/json",
        }
        for address in addresses[:MOST_TRIED]:
            with suppress(HTTPError, OSError):
                return self._posted(address, port, host, path, body, headers)
        changed = MAY_BE_TOLD if addresses else NOT_TOLD
        raise StoreUnreachable(f"{store} does not answer", store=store, todo=TODO, changed=changed)

    def _posted(self, address: str, port: int, host: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        with HTTPSConnectionPool(
            f"[{address}]" if ":" in address else address,
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self.ca or DEFAULT_CA_BUNDLE_PATH,
            timeout=Timeout(connect=self.patience.connection, read=self.patience.bytes_),
            retries=False,
        ) as pool:
            answered = pool.urlopen("POST", path, body=body, headers=headers, redirect=False, preload_content=False)
            answered.close()  # what it says is not for us (section 2.03.1)
            return int(answered.status)


def _resolved(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a name; none where there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))
