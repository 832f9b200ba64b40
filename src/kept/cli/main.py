"""`kept`: finds its commands by scanning a folder, and loads only the one that runs."""

from __future__ import annotations

import ast
import importlib
import io
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from kept import __version__
from kept.base.errors import IntegrityError, KeptError

from .group import Told

__all__ = ["cli", "main"]

COMMANDS = Path(__file__).parent / "commands"
CANNOT_TELL = 2
INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended: 128 and the number of the signal."""
FRAMES = 3
"""How many places in the code a report of a defect names."""
ORDER = (
    "init",
    "scan",
    "check",
    "plan",
    "apply",
    "verify",
    "status",
    "explain",
    "import",
    "vault",
    "ledger",
    "publish",
    "serve",
    "work",
    "intake",
    "follow",
    "staff",
)


class Scanned(Told):
    """A group whose commands are the files of a folder; listing them reads their docstrings and imports nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        """Return the names of the commands, in the order a newcomer meets them."""
        names = _files().keys()
        first = [name for name in ORDER if name in names]
        return first + sorted(names - set(first))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's shape
        """Import and return one command, or None."""
        path = _files().get(cmd_name)
        if path is None:
            return None
        command: click.Command = importlib.import_module(f"kept.cli.commands.{path.stem}").command
        return command

    def summaries(self, ctx: click.Context) -> Mapping[str, str]:
        """Return the first line of each command's file, by name."""
        files = _files()
        return {name: _summary(files[name]) for name in self.list_commands(ctx)}


def _files() -> dict[str, Path]:
    return {path.stem.rstrip("_").replace("_", "-"): path for path in COMMANDS.glob("[a-z]*.py")}


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
    """Run the command line and end the process with its exit code. An error is told in sentences, never as a traceback.

    0, 1 and 2 are the commands' own; everything that keeps a command from saying anything is 2, Ctrl-C is 130.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a tick shows a question mark
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
    except KeptError as error:
        tell(error)
    except (click.Abort, KeyboardInterrupt):
        _stop()
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _tell("error", f"the system refused something{where}: {error.strerror or type(error).__name__}. {AFTERWARDS}")
    except Exception as error:  # the last resort: a defect must not end as exit code 1, which means "broken"
        _tell("defect", f"Kept met what it was not made for, {_places(error)}. {AFTERWARDS} Report this line.")
    sys.exit(CANNOT_TELL)


AFTERWARDS = "What was done before that is recorded: see `kept status`, and run the same command again."


def tell(error: KeptError) -> None:
    """Write an error to standard error: what happened, whether anything was changed, what to do."""
    _tell("stop" if isinstance(error, IntegrityError) else "error", str(error))


def _tell(heading: str, text: str) -> None:
    click.echo(click.style(f"{heading}: ", fg="red", bold=True) + text, err=True)


def _stop() -> NoReturn:
    """End at once: a thread may still wait for a store's answer, which nobody reads any more."""
    _tell("stopped", AFTERWARDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _places(error: Exception) -> str:
    """Return the kind of an error and where it arose, without its message, which may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return f"{type(error).__name__} at " + " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames))
