"""What a host's name gives away about where it runs."""

from __future__ import annotations

import re

import sqlalchemy as sa

from kept.base.questions import Location

__all__ = ["location_of"]

SIDES = r"(?:central|northeast|northwest|southeast|southwest|north|south|east|west)"
AWS = rf"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-{SIDES}-\d"
GCP = rf"(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-{SIDES}\d"
PLACES = (
    "us|europe|asia|india|africa|uk|australia|japan|korea|canada|brazil|france|germany|norway|sweden|switzerland|italy|spain|poland"
)
AZURE = rf"[a-z]*(?:{PLACES})[a-z]*\d?"
SHOWING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\.({AWS})\.(?:rds|redshift|redshift-serverless|dsql|elb|compute)\.amazonaws\.com(?:\.cn)?\Z",
        rf"[.-]({AWS})\.(?:aws\.neon\.tech|pooler\.supabase\.com|aws\.cockroachlabs\.cloud|prod\.aws\.tidbcloud\.com)\Z",
        rf"\.({GCP})\.(?:sql\.goog|c\.[a-z0-9-]+\.internal)\Z",
        rf"\A(?:/cloudsql/)?[a-z0-9.-]+:({GCP}):[a-z0-9-]+\Z",
        rf"\.({AZURE})\.(?:cloudapp\.azure\.com|azmk8s\.io|azurecontainer\.io|azure\.neon\.tech)\Z",
        r"\.((?:fr-par|nl-ams|pl-waw))\.scw\.cloud\Z",
    )
)
LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])\Z", re.IGNORECASE)
"""Names and addresses of this machine."""


def location_of(url: sa.URL) -> Location:
    """Return where a server runs, by the host in its URL; a socket's folder is on this machine unless it is a cloud's proxy."""
    hosts = url.query.get("host") or url.query.get("unix_socket") or ""
    host = url.host or (hosts if isinstance(hosts, str) else hosts[0])
    for pattern in SHOWING:
        found = pattern.search(host.rstrip("."))
        if found:
            return Location(host=host, region=found[1].lower())
    here = not host or host.startswith("/") or bool(LOOPBACK.match(host))
    return Location(host=host or "localhost", on_this_machine=here)
