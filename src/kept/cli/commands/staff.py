"""Say who is on the staff: the first owner is made here, later ones in the console."""

from __future__ import annotations

from pathlib import Path

import click

from kept.base.roles import ROLES
from kept.cli.group import Told
from kept.cli.shared import actor, folder_option
from kept.db import configure
from kept.db.actions.accounts import make_staff
from kept.db.actions.factors import forget_factors
from kept.workflows.check import clock


@click.group("staff", cls=Told)
def command() -> None:
    """Say who is on the staff: the first owner is made here, later ones in the console."""


@command.command("add")
@folder_option
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), default="owner", show_default=True, help="What they may do.")
def add(folder: Path, email: str, role: str) -> None:
    """Give an e-mail address a role. They sign in with a code sent there, and are asked to set up a second factor."""
    configure(folder)
    ref = make_staff(email=email, role=role, at=clock(), by=actor())
    click.echo(f"{email} is {ROLES[role].title.lower()} now (account {ref}). They sign in at /account/login/.")


@command.command("forget-factors")
@folder_option
@click.argument("email")
def forget(folder: Path, email: str) -> None:
    """Forget somebody's lost second factors and password, and end their sessions.

    Make sure first that it is they who ask: whoever reads that mailbox can then set up factors of their own.
    """
    configure(folder)
    count = forget_factors(email=email, at=clock(), by=actor())
    click.echo(f"{count} forgotten. {email} signs in with a code, and is asked to set up a second factor again.")
