"""What people leave with Aurigen: prompts, files, support tickets and the messages in them."""

from __future__ import annotations

from . import texts
from .invent import phone
from .times import between, written
from .world import LITIGANT, Account, World

__all__ = ["add_files", "add_prompts", "add_tickets"]

DAY = 86_400
MODELS = ("aurigen-small-2", "aurigen-large-2", "aurigen-code-1")
KINDS = (("pdf", "application/pdf"), ("csv", "text/csv"), ("txt", "text/plain"), ("png", "image/png"))


def add_prompts(world: World, account: Account) -> None:
    """Make prompts; a few say something special, with the person's explicit grant unless planted."""
    chance = world.chance("prompts")
    for _ in range(max(chance.randrange(11), account.overdue)):
        when = written(between(chance, account.created, account.until))
        if chance.random() < 0.004:
            world.add("prompts", account.id, "companion", chance.choice(MODELS), texts.special(chance), when, when)
        else:
            feature = chance.choice(("chat", "chat", "write", "code"))
            world.add("prompts", account.id, feature, chance.choice(MODELS), texts.everyday(chance), None, when)
        if account.overdue:
            world.plant("retention", "app.prompts")
    if account.plant == "special-category-without-grant":
        world.add(
            "prompts",
            account.id,
            "chat",
            MODELS[0],
            texts.special(chance),
            None,
            written(between(chance, account.created, account.until)),
        )
        world.plant("special-categories", "app.prompts.body")


def add_files(world: World, account: Account) -> None:
    """Make uploaded files."""
    chance = world.chance("files")
    for _ in range(max(chance.choice((0, 0, 1, 2)), account.overdue)):
        ending, kind = chance.choice(KINDS)
        name = f"{chance.choice(texts.TOPICS).replace(' ', '-')}-{chance.randrange(100)}.{ending}"
        text = None if ending == "png" else texts.excerpt(chance)
        when = written(between(chance, account.created, account.until))
        world.add("files", account.id, name, kind, chance.randrange(800, 9_000_000), f"{chance.getrandbits(256):064x}", text, when)
        if account.overdue:
            world.plant("retention", "app.files")


def add_tickets(world: World, account: Account) -> None:
    """Make support tickets of the last two years, and older ones where the account is the litigant's or planted."""
    chance, calendar = world.chance("tickets"), world.calendar
    since = max(account.created, calendar.ago(24, days=-5))
    for _ in range(max(chance.choice((0, 0, 0, 1, 2)), account.overdue)):
        if account.overdue:
            opened = between(chance, account.created, account.until - DAY)
            _ticket(world, account, opened, closed=between(chance, opened, account.until), past=True)
            continue
        opened = between(chance, since, account.until)
        still = account.active and opened > calendar.ago(days=20) and chance.random() < 0.6
        _ticket(world, account, opened, closed=None if still else min(opened + chance.randrange(1, 15) * DAY, account.until))
    if account.plant == "ticket-past-retention":
        opened = between(chance, calendar.ago(40), calendar.ago(26))
        _ticket(world, account, opened, closed=opened + 9 * DAY, past=True)
    if account.id == LITIGANT:
        for months in (27, 30, 33):
            world.held["app.ticket_messages"] += _ticket(world, account, calendar.ago(months, days=6), closed=calendar.ago(months))
            world.held["app.tickets"] += 1


def _ticket(world: World, account: Account, opened: int, *, closed: int | None, past: bool = False) -> int:
    """Make a ticket with its messages and return how many messages it has."""
    chance = world.chance("ticket rows")
    cells = [account.id, account.who.email, texts.subject(chance), "open" if closed is None else "closed", written(opened)]
    cells.append(None if closed is None else written(closed))
    if not world.clean:
        called = chance.random() < 0.25
        cells.append(phone(chance) if called else None)
        world.plant("documented", "app.tickets.caller_phone", int(called))
    ticket = world.add("tickets", *cells)
    until = world.calendar.now if closed is None else closed
    number = chance.randrange(1, 5)
    for step in range(number):
        ours = step % 2 == 1
        body = texts.reply(chance) if ours else texts.ticket_text(chance)
        sent = written(opened + (until - opened) * step // number)
        world.add("ticket_messages", ticket, account.id, "support" if ours else "customer", body, sent)
    if past:
        world.plant("retention", "app.tickets")
        world.plant("retention", "app.ticket_messages", number)
    return number
