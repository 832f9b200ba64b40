"""Invoices, payments, and the contacts that come in from the customer-relations integration."""

from __future__ import annotations

from .invent import address, iban, person
from .times import between, written
from .world import LITIGANT, Account, World

__all__ = ["add_contacts", "add_invoices"]

DAY = 86_400


def add_invoices(world: World, account: Account) -> None:
    """Make invoices of the last six years and the payments that settled them; older ones where held or planted."""
    chance, calendar = world.chance("invoices"), world.calendar
    if chance.random() < 0.35:
        since = max(account.created, calendar.ago(72, days=-5))
        for _ in range(chance.randrange(1, 9) if account.until > since else 0):
            _invoice(world, account, between(chance, since, account.until))
    if account.plant == "invoice-past-retention":
        _invoice(world, account, between(chance, calendar.ago(80), calendar.ago(72, days=10)))
        world.plant("retention", "billing.invoices")
        world.plant("retention", "billing.payments")
    if account.id == LITIGANT:
        for months in (74, 76, 78):
            _invoice(world, account, calendar.ago(months))
            world.held["billing.invoices"] += 1
            world.held["billing.payments"] += 1


def _invoice(world: World, account: Account, issued: int) -> None:
    chance, who = world.chance("invoice rows"), account.who
    street, code, city, country = address(chance, who.country)
    total = f"{chance.choice((20, 49, 99, 240))}.{chance.randrange(100):02}"
    number = f"AUR-{world.made['invoices'] + 1:08}"
    invoice = world.add(
        "invoices", number, account.id, who.name, who.email, street, code, city, country, "EUR", total, written(issued)
    )
    paid = min(issued + chance.randrange(1, 20) * DAY, world.calendar.now - 1)
    by_card = chance.random() < 0.7
    card, account_number = (f"{chance.randrange(10_000):04}", None) if by_card else (None, iban(chance))
    world.add("payments", invoice, account.id, "card" if by_card else "debit", card, account_number, total, written(paid))


def add_contacts(world: World, account: Account) -> None:
    """Make contacts: customers (their address in whatever letter case the other system keeps) and people who only asked."""
    chance, calendar = world.chance("contacts"), world.calendar
    recently = calendar.ago(24, days=-5)
    if not account.overdue and chance.random() < 0.2:
        email = account.who.email if chance.random() < 0.8 else account.who.email.upper()
        touched = between(chance, max(account.created, recently), calendar.now)
        _contact(world, email, account.who.name, account.who.organisation, touched)
    if chance.random() < 0.15:
        who = person(chance, 20_000_000 + account.id)
        _contact(world, who.email, who.name, who.organisation, between(chance, recently, calendar.now))
    if account.plant == "contact-past-retention":
        who = person(chance, 30_000_000 + account.id)
        _contact(world, who.email, who.name, who.organisation, between(chance, calendar.ago(50), calendar.ago(24, days=10)))
        world.plant("retention", "billing.crm_contacts")


def _contact(world: World, email: str, name: str, organisation: str, touched: int) -> None:
    chance = world.chance("contact rows")
    job = chance.choice(("Head of purchasing", "Data lead", "Director", None))
    created = written(touched - chance.randrange(1, 200) * DAY)
    world.add("crm_contacts", f"crm-{chance.getrandbits(48):012x}", email, name, organisation, job, created, written(touched))
