"""`processors.yaml`: the companies that process personal data on this one's behalf (GDPR Art. 28)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from typing_extensions import Doc

from kept.base.periods import Period

from .settings import EnvReference
from .taxonomy import Category

__all__ = ["HERE", "Asking", "Fault", "KnownBy", "Processor", "ProcessorsFile", "confidential", "faults", "over_tls"]

KIND: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
LETTERBOX: Final = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,190}")
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """One kind of identifier that a processor knows people by."""

    kind: Annotated[str, Doc("email, phone, subject (the person's key here), or any other kind that the company's map finds.")]
    form: Annotated[Literal["plain", "sha-256"], Doc("As it is, or as SHA-256 (hex) over its trimmed lower-case form.")] = "plain"
    theirs: Annotated[str, Doc("What the processor calls that kind, where its way of asking has no word of its own for it.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a processor is told that a person has used a right, so that it does its part (GDPR Art. 17(2), 19, 28(3)(e))."""

    way: Annotated[str, Doc("How: http, ddrf, opendsr, email.")]
    address: Annotated[str, Doc("Where: an https address, or for `email` a letterbox.")]
    knows: Annotated[tuple[KnownBy, ...], Doc("By what it knows people. Nothing else of a person is sent to it.")]
    within: Annotated[Period, Doc("How long it has from being asked; the agreement says so.")] = field(
        default_factory=lambda: Period(hours=720)
    )
    rights: Annotated[tuple[str, ...], Doc("Which rights it is told of: erasure, rectification, restriction, access.")] = (
        "erasure",
    )
    options: Annotated[Mapping[str, str], Doc("What else the way needs to know; each way lists its own.")] = field(
        default_factory=dict
    )
    secrets: Annotated[Mapping[str, EnvReference], Doc("Keys and passwords of the way, each as env:NAME.")] = field(
        default_factory=dict
    )

    def by(self, asked: datetime) -> date:
        """Return the day by which a processor that is asked at this moment has to be done; the day is that of `asked`'s zone."""
        return self.within.after(asked).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A company that is given personal data to do something for this one, and nothing else."""

    name: Annotated[str, Doc("The company's full name.")]
    what: Annotated[str, Doc("What it does, in a sentence that people understand.")]
    purposes: Annotated[tuple[str, ...], Doc("What for: short names from purposes.yaml.")]
    categories: Annotated[tuple[Category, ...], Doc("Which data it is given, as Fideslang data categories.")]
    region: Annotated[str, Doc("Where it processes the data: eu, us, in, or a cloud's own region name.")]
    since: Annotated[date, Doc("The day from which it is given data; a day to come announces it.")]
    until: Annotated[date | None, Doc("The day from which it is given none any more.")] = None
    safeguard: Annotated[str, Doc("Under which safeguard data leaves the region it comes from, where it does.")] = ""
    agreement: Annotated[str, Doc("Where the agreement can be read: an address.")] = ""
    erasure: Annotated[Asking | None, Doc("How it is asked to erase, and what else it is asked the same way.")] = None

    def in_use(self, today: date) -> bool:
        """Return whether it is given data on a day."""
        return self.since <= today and (self.until is None or today < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorsFile:
    """`processors.yaml` as a whole; the file may be missing."""

    processors: Annotated[Mapping[str, Processor], Doc("Companies by a short name.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What cannot be right about an `erasure` entry: the keys that lead to it from there, what it is, and what to do."""

    path: tuple[str | int, ...]
    happened: str
    todo: str


def faults(asking: Asking) -> Iterator[Fault]:
    """Yield what is wrong with an entry by itself; whether there is such a way, and what it needs, only the connector knows."""
    letter = asking.way == "email"
    if letter and not LETTERBOX.fullmatch(asking.address):
        yield Fault(path=("address",), happened="address: this is no letterbox", todo="Write it as privacy@posts.example.")
    if not letter and not confidential(asking.address):
        todo = "Write it from https:// on, without a name or password in it; secrets go to `secrets` as env:NAME."
        yield Fault(path=("address",), happened="address: this is no https address", todo=todo)
    if not asking.knows:
        yield Fault(path=("knows",), happened="knows: nothing it knows people by", todo="Name a kind, such as {kind: email}.")
    if not asking.rights:
        yield Fault(path=("rights",), happened="rights: no right it is told of", todo="Name one, such as erasure.")
    if asking.within == Period():
        yield Fault(path=("within",), happened="within: no time at all", todo="Write a period, such as 30 days.")
    for number, known in enumerate(asking.knows):
        if not KIND.fullmatch(known.kind):
            todo = "Write it in small letters, digits, - and _, such as email or customer_id."
            yield Fault(path=("knows", number, "kind"), happened="kind: this is no kind of identifier", todo=todo)
        if known in asking.knows[:number]:
            yield Fault(path=("knows", number), happened="knows: this stands here twice", todo="Keep one of the two.")


def over_tls(address: str) -> bool:
    """Return whether an address is confidential by TLS: what goes to this machine without it is not."""
    return confidential(address) and urlsplit(address).scheme == "https"


def confidential(address: str) -> bool:
    """Return whether an address is one that nobody on the way reads along: TLS, or this machine, and no password in it."""
    try:
        parts = urlsplit(address)
        named = parts.username is None and parts.password is None and not parts.fragment and parts.port != 0
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in HERE
    return named and bool(parts.hostname) and (parts.scheme == "https" or here) and not re.search(r"[\s\\]", address)
