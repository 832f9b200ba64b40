"""`kept.toml`: the company, its stores, its integrations, and how careful Kept is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.periods import Period

__all__ = [
    "Agent",
    "AnswerSettings",
    "CanarySettings",
    "Company",
    "EnvReference",
    "Integration",
    "RequestSettings",
    "Settings",
    "StoreSettings",
    "Transfer",
    "VaultSettings",
    "WebSettings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvReference:
    """The name of an environment variable that holds a secret; the secret itself never stands in a file."""

    pattern: ClassVar[str] = r"^env:[A-Za-z_][A-Za-z0-9_]*$"
    example: ClassVar[str] = "env:SHOP_DATABASE_URL"
    noun: ClassVar[str] = "the name of an environment variable"

    variable: str

    @classmethod
    def parse(cls, text: str) -> EnvReference:
        """Read `env:NAME`. Raises ValueError, without repeating the text, which may be a password."""
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(f"this must name an environment variable, such as {cls.example!r}; passwords do not belong in a file")
        return cls(variable=text.removeprefix("env:"))

    def __str__(self) -> str:
        """Write it as it stands in the file."""
        return f"env:{self.variable}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who makes the promises (the controller, GDPR Art. 4(7))."""

    name: Annotated[str, Doc("The company's name.")]
    contact: Annotated[str, Doc("Where people write with privacy questions.")]
    jurisdictions: Annotated[tuple[str, ...], Doc("Whose law applies: eu, uk, in, us-ca, br.")] = ()
    owner: Annotated[str, Doc("The role that answers for a promise where nobody else is named.")] = "privacy officer"
    country: Annotated[str, Doc("Where the establishment is that must act, as ISO 3166-1 says it: IE. Its holidays count.")] = ""
    zone: Annotated[str, Doc("The time zone of that establishment, by its IANA name: Europe/Dublin. Days are counted there.")] = (
        "UTC"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """How to reach a store."""

    url: Annotated[EnvReference, Doc("The environment variable that holds its URL: env:SHOP_DATABASE_URL.")]
    region: Annotated[str, Doc("Where it runs, if it is not in the map.")] = ""
    timeout: Annotated[Period, Doc("How long one question may take.")] = field(default_factory=lambda: Period(hours=1))
    sample: Annotated[int, Doc("How many rows of a column the detectors look at; 0 for all of them.")] = 20_000
    backup: Annotated[
        tuple[str, ...], Doc("The folders that this store's backups take along; the vault's keys must not lie in any of them.")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """The vault: who holds its key-encryption keys, and where people's wrapped keys are kept."""

    provider: Annotated[str, Doc("Who makes new key-encryption keys: file, aws-kms, pkcs11, transit (`kept vault providers`).")] = (
        "file"
    )
    keys: Annotated[
        EnvReference | None,
        Doc("The environment variable that holds the URL of the keys database; a file in .kept/vault if unset."),
    ] = None
    providers: Annotated[Mapping[str, Mapping[str, str]], Doc("Options of each provider; secrets as env:NAME.")] = field(
        default_factory=dict
    )
    cache: Annotated[int, Doc("How many people's keys a process keeps in memory, about 3 KB each.")] = 10_000
    window: Annotated[Period | None, Doc("How long a destroyed key can be brought back. Not at all where nothing is said.")] = None
    core_dumps: Annotated[bool, Doc("Whether a process that uses the vault may leave a core dump, and be traced.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What `kept serve` needs to be told: where it is reached, who may enter, and what the public sees."""

    url: Annotated[str, Doc("Where people reach it: https://privacy.aurigen.example. Cookies then go over TLS only.")] = ""
    counts: Annotated[
        bool, Doc("Whether the public policy shows the evidence with its numbers of rows; marks are always shown.")
    ] = False
    security: Annotated[str, Doc("Where security researchers write, for security.txt; the contact where nothing is said.")] = ""
    handover: Annotated[
        EnvReference | None,
        Doc("The environment variable that holds the secret by which the company's application signs people in."),
    ] = None
    mail: Annotated[
        EnvReference | None, Doc("The environment variable that holds the mail server's URL; letters go to .kept/mail if unset.")
    ] = None
    sender: Annotated[str, Doc("Whom letters come from; the contact where nothing is said.")] = ""
    proxies: Annotated[int, Doc("How many proxies of the company's own stand before it, for the address that limits count by.")] = 0
    limit: Annotated[int, Doc("How many pages a minute one address may ask for; forms that change something, a tenth of that.")] = (
        600
    )
    sign_on: Annotated[
        Mapping[str, Mapping[str, str]],
        Doc("The company's sign-on by name: kind (oidc or saml) and its options; secrets as env:NAME."),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An authorised agent that sends requests by the Data Rights Protocol."""

    name: Annotated[str, Doc("The agent's name.")]
    key: Annotated[str, Doc("Its Ed25519 verifying key, in base64.")]
    web: Annotated[str, Doc("Where people can read about it.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySettings:
    """The synthetic person who is made, exported and erased to see that it works."""

    make: Annotated[tuple[str, ...], Doc("The command that signs the canary up as anybody would, and prints its key: account:42.")]
    mark: Annotated[str, Doc("A text that the command leaves in the canary's data, and that must be in the export.")]
    every: Annotated[Period, Doc("How often it lives.")] = field(default_factory=lambda: Period(hours=24 * 7))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSettings:
    """How people's requests come in, are verified and are answered."""

    within: Annotated[Period, Doc("The time in which every request is answered, as the policy promises it.")] = field(
        default_factory=lambda: Period(hours=24 * 30)
    )
    mailbox: Annotated[
        EnvReference | None, Doc("The environment variable that holds the mailbox's URL: imaps://name:password@host/INBOX.")
    ] = None
    ask: Annotated[tuple[str, ...], Doc("Columns people may be asked about to show that it is them, as store.table.column.")] = ()
    agents: Annotated[Mapping[str, Agent], Doc("Authorised agents by the id they sign with (Data Rights Protocol).")] = field(
        default_factory=dict
    )
    business: Annotated[
        str,
        Doc(
            "The company's own id in the directory of the Data Rights Protocol, as agents write it;"
            " its name in capitals and underscores where nothing is said."
        ),
    ] = ""
    gather: Annotated[Period, Doc("How long erasures are gathered before they are done together.")] = field(
        default_factory=lambda: Period(hours=0)
    )
    keep: Annotated[Period, Doc("How long the answer to a request can be fetched.")] = field(
        default_factory=lambda: Period(hours=24 * 14)
    )
    canary: Annotated[CanarySettings | None, Doc("The canary, where there is one.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """What the law wants answers to say and the map does not; an answer that needs one of these is not sent without it."""

    backups: Annotated[Period | None, Doc("After how long the last backup is gone that still holds what was erased: 35 days.")] = (
        None
    )
    decisions: Annotated[
        str,
        Doc("Which decisions about people machines make alone, by which logic and with which effects; none where there are none."),
    ] = ""
    sold: Annotated[
        str, Doc("Which data is sold, or shared for advertising, to whom; none where none is, nor was in the last 12 months.")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A source of data outside the company, with its authorisation."""

    authorised_by: Annotated[str, Doc("Who authorised it: a role or a customer, not a person.")]
    authorised_on: Annotated[date, Doc("Since when.")]
    until: Annotated[date | None, Doc("Until when, if it ends by itself.")] = None
    revoked_on: Annotated[date | None, Doc("The day it was revoked.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A safeguard under which data may go from one region to another (GDPR Chapter V)."""

    origin: Annotated[str, Doc("The region the data comes from.")]
    destination: Annotated[str, Doc("The region it goes to.")]
    mechanism: Annotated[str, Doc("adequacy, standard-contractual-clauses, binding-corporate-rules, derogation.")]
    record: Annotated[str, Doc("Where the agreement and the assessment can be read.")]
    until: Annotated[date | None, Doc("Until when it holds.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`kept.toml` as a whole."""

    company: Annotated[Company, Doc("Who makes the promises.")]
    stores: Annotated[Mapping[str, StoreSettings], Doc("The stores, by the name the map uses.")]
    safety_share: Annotated[float, Doc("The largest share of a table that a plan may touch without an explicit yes.")] = 0.2
    integrations: Annotated[Mapping[str, Integration], Doc("Integrations that bring data in, by name.")] = field(
        default_factory=dict
    )
    vault: Annotated[VaultSettings, Doc("The vault.")] = field(default_factory=VaultSettings)
    transfers: Annotated[tuple[Transfer, ...], Doc("Safeguards for data that crosses a border.")] = ()
    web: Annotated[WebSettings, Doc("The pages that `kept serve` shows.")] = field(default_factory=WebSettings)
    requests: Annotated[RequestSettings, Doc("People's requests.")] = field(default_factory=RequestSettings)
    answers: Annotated[AnswerSettings, Doc("What answers must say beside what the map says.")] = field(
        default_factory=AnswerSettings
    )
