"""User-agent strings of browsers."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule

SHAPE = re.compile(
    r"(?:Mozilla/[45]\.0 \([^)\n]{4,200}\)(?: [A-Za-z][\w.\-]*/[\w.\-]+| \([^)\n]{1,120}\)| like Gecko)*"
    r"|(?:Opera|Dalvik|okhttp|curl|Wget|python-requests|PostmanRuntime|CFNetwork|"
    r"Apache-HttpClient)/\d[\w.]*(?: \([^)\n]{1,160}\))?(?: [A-Za-z][\w.\-]*/[\w.\-]+)*)"
)
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera[/ ]"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/|Mobile/\w+ ?$"),
    ("Internet Explorer", r"MSIE |Trident/"),
)
SYSTEMS = (
    ("iPadOS", r"iPad"),
    ("iOS", r"iPhone|iPod|CFNetwork"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)
COARSE = "Another browser"


def coarsen(value: str) -> str:
    """Return the families of browser and system, such as `Firefox on Windows`; what is no user-agent string as it is."""
    if SHAPE.match(value.strip()) is None:
        return value
    browser = next((name for name, sign in BROWSERS if re.search(sign, value)), COARSE)
    system = next((name for name, sign in SYSTEMS if re.search(sign, value)), "another system")
    return f"{browser} on {system}"


DETECTOR = Detector(
    kind="user-agent",
    title="User agent of a browser",
    category="user.device",
    sieve=(
        r"Mozilla/[45]\.0 \(",
        r"(?:Opera|Dalvik|okhttp|curl|Wget|python-requests|PostmanRuntime|CFNetwork|Apache-HttpClient)/\d",
    ),
    find=Rule(shape=SHAPE).find,
    names=(r"(?:^|_)(?:user_?agent|ua|browser|http_user_agent|ua_string)(?:_|$)",),
    coarsen=coarsen,
    source="RFC 9110, section 10.1.5; brands as the browsers document them",
)
