"""IP addresses, versions 4 and 6, that may belong to a person: not masks, loopback, multicast or version numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue

FOUR = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)")
SIX = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:]|\.\d)")
OTHER = Cue(r"version|ver|v|release[sd]?|netmask|mask|firmware|build|section|chapter|clause|§", before=14, after=0)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses."""
    for pattern in (FOUR, SIX):
        for found in pattern.finditer(text):
            address = _address(found[0])
            if address is not None and _of_someone(address) and not OTHER.ahead(text, found.start()):
                yield found.span()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _of_someone(address: IPv4Address | IPv6Address) -> bool:
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        first = address.packed[0]
        return 0 < first < 240
    return bool(int(address) >> 64) or address.ipv4_mapped is not None


def coarsen(value: str) -> str:
    """Return the /24 (version 4) or /48 (version 6) network; a value that is one already, or no address, as it is."""
    address = _address(value.strip())
    if address is None:
        return value
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    network = ip_network((address, 24 if address.version == 4 else 48), strict=False)
    return value if network.network_address == address else str(network.network_address)


DETECTOR = Detector(
    kind="ip",
    title="IP address",
    category="user.device.ip_address",
    sieve=(r"\d\.\d{1,3}\.\d{1,3}\.\d", r"[0-9A-Fa-f:]:[0-9A-Fa-f]{0,4}:"),
    find=find,
    names=(r"(?:^|_)ip(?:v4|v6|_?addr(?:ess)?(?:es)?)?(?:_|$)", r"(?:^|_)(?:remote|client|peer)_addr(?:ess)?(?:_|$)"),
    coarsen=coarsen,
    source="RFC 791, RFC 4291 and RFC 5952; CJEU C-582/14 (Breyer) for why they are personal data",
)
