"""Every command's own help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kept.cli.main import cli
from tools.reference.markdown import fenced
from tools.reference.markdown import page as whole

__all__ = ["ABOUT", "TITLE", "every_command", "page"]

TITLE = "Commands"
ABOUT = "what `kept --help` and each command's `--help` say"
WIDTH = 100


def every_command() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield the full name, the command and its context, for every command and every command below it."""
    settings = {**cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    root = click.Context(cli, info_name="kept", **settings)
    yield "kept", cli, root
    yield from _below(cli, root)


def _below(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise LookupError(f"the command {name} is listed and not there")
        inner = click.Context(command, parent=context, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
        yield inner.command_path, command, inner
        if isinstance(command, click.Group):
            yield from _below(command, inner)


def page() -> str:
    """Return the page."""
    about = "Exit codes of `check`, `plan` and `apply`: 0 kept (or nothing to do), 1 broken (or there is a plan), 2 cannot tell."
    return whole(TITLE, about, (_section(name, command, context) for name, command, context in every_command()))


def _section(name: str, command: click.Command, context: click.Context) -> str:
    return f"## {name}\n\n" + fenced("\n".join(line.rstrip() for line in command.get_help(context).splitlines()))
