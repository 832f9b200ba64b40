"""`kept`: finds its commands by scanning a folder, and loads only the one that runs."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import click

from kept import __version__
from kept.base.errors import IntegrityError, KeptError

__all__ = ["cli", "main"]

COMMANDS = Path(__file__).parent / "commands"
CANNOT_TELL = 2


class Scanned(click.Group):
    """A group whose commands are the files of a folder; listing them reads their docstrings and imports nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        """Return the names of the commands, in the order a newcomer meets them."""
        names = {path.stem.rstrip("_").replace("_", "-") for path in COMMANDS.glob("[a-z]*.py")}
        first = [name for name in ORDER if name in names]
        return first + sorted(names - set(first))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's shape
        """Import and return one command, or None."""
        path = _path(cmd_name)
        if path is None:
            return None
        command: click.Command = importlib.import_module(f"kept.cli.commands.{path.stem}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first line of its file's docstring."""
        rows = [(name, _summary(path)) for name in self.list_commands(ctx) if (path := _path(name))]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


ORDER = ("init", "scan", "check", "plan", "apply", "verify", "status", "explain", "import", "ledger")


def _path(name: str) -> Path | None:
    stem = name.replace("-", "_")
    return next((path for path in (COMMANDS / f"{stem}.py", COMMANDS / f"{stem}_.py") if path.is_file()), None)


def _summary(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


@click.group(cls=Scanned, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="kept", message="%(prog)s %(version)s")
def cli() -> None:
    """Kept: a privacy policy with tests.

    check says which promises are kept, broken or unknown; plan says what would mend them; apply does it and asks again;
    verify proves the record to anyone. Exit codes: 0 kept, 1 broken, 2 cannot tell.
    """


def main() -> None:
    """Run the command line; a known error is told in three sentences, without a traceback."""
    try:
        cli(standalone_mode=True)
    except KeptError as error:
        tell(error)
        sys.exit(CANNOT_TELL)


def tell(error: KeptError) -> None:
    """Write an error to standard error: what happened, whether anything was changed, what to do."""
    heading = "stop" if isinstance(error, IntegrityError) else "error"
    click.echo(click.style(f"{heading}: ", fg="red", bold=True) + str(error), err=True)
