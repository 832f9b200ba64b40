"""MAC addresses (EUI-48 and EUI-64) of devices."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule

SHAPE = re.compile(
    r""
    r"(?<![\w:.\-])(?:(?:[0-9A-Fa-f]{2}([:\-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){0,2}|"
    r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![\w:\-]|\.\w)"
)


def of_a_device(value: str) -> bool:
    """Return whether the address is neither broadcast nor empty nor a multicast group."""
    digits = re.sub(r"[^0-9a-f]", "", value.lower())
    return len(set(digits)) > 1 and not digits.startswith(("01005e", "3333"))


RULE = Rule(shape=re.compile(f"({SHAPE.pattern.replace(chr(92) + '1', chr(92) + '2')})"), holds=of_a_device)

DETECTOR = Detector(
    kind="mac",
    title="MAC address",
    category="user.device.device_id",
    sieve=(r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]", r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"),
    find=RULE.find,
    names=(r"(?:^|_)mac(?:_?addr(?:ess)?)?(?:_|$)", r"(?:^|_)(?:bssid|wifi_mac|bluetooth_address)(?:_|$)"),
    source="IEEE 802-2014, clause 8",
)
