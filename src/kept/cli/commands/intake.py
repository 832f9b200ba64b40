"""Take in letters: from the mailbox, or one that a mail server hands over."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from kept.base.errors import Refused
from kept.cli.group import Told
from kept.cli.pages import now, with_pages
from kept.cli.shared import actor, folder_option

LARGEST = 50 * 2**20


@click.group("intake", cls=Told)
def command() -> None:
    """Take in letters: from the mailbox, or one that a mail server hands over.

    A letter opens a request of the right that it asks for, or joins the request that it answers. Taken in twice, it counts once.
    """


@command.command("letter")
@folder_option
@click.option("--received", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="When it reached the company; now if unsaid.")
def letter(folder: Path, received: datetime | None) -> None:
    """Take in one letter (RFC 5322) from standard input, as a mail server's pipe hands it over.

    Exit code 0 once it is written down, also where it was before; any other code means that the server must keep it and try again.
    """
    at, raw = now(), sys.stdin.buffer.read(LARGEST + 1)
    if not raw:
        raise Refused("there is no letter on standard input", todo="Hand it over as `kept intake letter < letter.eml`.")
    intake = with_pages(folder, "intake")
    world = intake.World(folder=folder, actor=actor())
    taken = intake.take_in(world, raw[:LARGEST], received_at=min(received or at, at), cut=len(raw) > LARGEST)
    click.echo(f"{taken.what} {taken.ref}".strip())


@command.command("poll")
@folder_option
def poll(folder: Path) -> None:
    """Take in every letter that waits in the mailbox of kept.toml. `kept work` does this every minute."""
    intake = with_pages(folder, "intake")
    polled = intake.poll(intake.World(folder=folder, actor=actor()))
    click.echo(f"{polled.letters} letters, {polled.requests} new requests, {polled.left} left for the next look")
