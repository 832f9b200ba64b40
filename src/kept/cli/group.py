"""A group of commands that tells a newcomer what is there."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import click

__all__ = ["Told"]


class Told(click.Group):
    """A group that lists each command with its whole first sentence, and says what a mistyped one may have meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names. Raises UsageError with what is near it."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            there = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self.list_commands(ctx))}."
            ctx.fail(f"There is no command {name!r}; {there}")
        return super().resolve_command(ctx, args)

    def summaries(self, ctx: click.Context) -> Mapping[str, str]:
        """Return what each command is for, by name."""
        there = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        return {name: (command.help or "").split("\n")[0] for name, command in there.items() if command}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with what it is for."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries(ctx).items()))
