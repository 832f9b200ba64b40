"""Accounts and what hangs on them directly: sessions, API keys, newsletter subscribers."""

from __future__ import annotations

import json
from random import Random

from .invent import agent, network, person, raw_agent, raw_network
from .times import between, written
from .world import Account, World

__all__ = ["add_account", "add_api_keys", "add_newsletter", "add_sessions"]

DAY = 86_400
LANGUAGES = {"DE": "de", "FR": "fr", "ES": "es", "PL": "pl", "NL": "nl", "BR": "pt", "JP": "ja", "CN": "zh", "AE": "ar", "IS": "is"}


def add_account(world: World, account: Account) -> None:
    """Make the account's own row."""
    chance = world.chance("account rows")
    who = account.who
    status = "closed" if account.closed is not None else ("suspended" if chance.random() < 0.02 else "active")
    region = "uk" if who.country == "GB" else "eu"
    if account.plant == "account-in-wrong-region":
        region = "us"
        world.plant("region", "app.accounts.data_region")
    if account.overdue:
        world.plant("retention", "app.accounts")
    settings = {"language": LANGUAGES.get(who.country, "en"), "theme": chance.choice(("light", "dark", "system"))}
    created = written(account.created)
    world.add(
        "accounts",
        who.email,
        None,
        who.name,
        who.organisation,
        who.job_title if chance.random() < 0.7 else None,
        status,
        region,
        json.dumps(settings),
        f"$argon2id$v=19$m=65536,t=3,p=4${chance.getrandbits(128):032x}",
        created,
        created,
        None if account.closed is None else written(account.closed),
    )


def add_sessions(world: World, account: Account) -> None:
    """Make sessions: live ones, and those that ended within the month."""
    chance, calendar = world.chance("sessions"), world.calendar
    if account.active:
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            started = between(chance, max(account.created, calendar.ago(days=50)), calendar.now)
            _session(world, account, started, ends=max(started + 30 * DAY, calendar.ago(days=25)))
    started = account.until - 20 * DAY
    match account.plant:
        case "account-past-retention":
            _session(world, account, started, ends=account.until)
            world.plant("retention", "app.sessions")
        case "session-past-retention":
            _session(world, account, started - 60 * DAY, ends=started - 30 * DAY)
            world.plant("retention", "app.sessions")
        case "session-with-full-address":
            _session(world, account, started, ends=started + 30 * DAY, address=raw_network(chance))
            world.plant("coarse-network", "app.sessions.network")
        case "session-with-raw-agent":
            _session(world, account, started, ends=started + 30 * DAY, browser=raw_agent(chance))
            world.plant("coarse-network", "app.sessions.agent")
        case _:
            pass


def _session(world: World, account: Account, started: int, *, ends: int, address: str = "", browser: str = "") -> None:
    chance = world.chance("session rows")
    token = _hash(chance)
    world.add("sessions", account.id, token, address or network(chance), browser or agent(chance), written(started), written(ends))


def add_api_keys(world: World, account: Account) -> None:
    """Make API keys: some in use, some revoked within the last three months."""
    chance, calendar = world.chance("api_keys"), world.calendar
    recently = calendar.ago(days=85)
    if account.active:
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            _key(world, account, between(chance, account.created, calendar.now), ended=None)
        if chance.random() < 0.1:
            _key(world, account, account.created, ended=between(chance, max(account.created, recently), calendar.now))
    elif account.until > recently:
        _key(world, account, account.created, ended=account.until)
    if account.plant == "key-past-retention" or account.overdue:
        _key(world, account, account.created, ended=account.until if account.overdue else calendar.ago(days=200))
        world.plant("retention", "app.api_keys")


def _key(world: World, account: Account, created: int, *, ended: int | None) -> None:
    chance = world.chance("key rows")
    label = chance.choice(("production", "staging", "laptop", "notebook", "ci"))
    status, when = ("active", None) if ended is None else ("revoked", written(ended))
    world.add("api_keys", account.id, label, _hash(chance), status, written(created), when)


def add_newsletter(world: World, account: Account) -> None:
    """Make subscribers: some have an account, some do not; the mailing list outlives no account."""
    chance, calendar = world.chance("newsletter"), world.calendar
    if account.active and account.plant == "" and chance.random() < 0.35:
        since = between(chance, account.created, calendar.now)
        left = between(chance, max(since, calendar.ago(days=25)), calendar.now) if chance.random() < 0.05 else None
        _subscriber(world, account.id, account.who.email, account.who.name, since, left=left)
    if chance.random() < 0.15:
        who = person(chance, 10_000_000 + account.id)
        _subscriber(
            world, None, who.email, who.name if chance.random() < 0.6 else None, calendar.ago(days=chance.randrange(2, 900))
        )
    match account.plant:
        case "subscriber-past-retention":
            left = between(chance, calendar.ago(12), calendar.ago(days=40))
            _subscriber(world, account.id, account.who.email, account.who.name, account.created, left=left)
            world.plant("retention", "app.newsletter")
        case "subscriber-without-clock":
            _subscriber(world, account.id, account.who.email, account.who.name, account.created, status="unsubscribed")
            world.plant("clock-present", "app.newsletter.unsubscribed_at")
        case _:
            pass


def _subscriber(
    world: World, account: int | None, email: str, name: str | None, since: int, *, left: int | None = None, status: str = ""
) -> None:
    status = status or ("subscribed" if left is None else "unsubscribed")
    world.add("newsletter", account, email, None, name, status, "2026-03", written(since), None if left is None else written(left))


def _hash(chance: Random) -> str:
    return f"{chance.getrandbits(256):064x}"
