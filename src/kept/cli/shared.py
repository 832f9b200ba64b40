"""Options and surroundings that several commands share."""

from __future__ import annotations

import getpass
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from kept.base.errors import Refused
from kept.base.periods import SKEW
from kept.base.ports import Progress
from kept.base.verdicts import Mark

__all__ = [
    "EXIT",
    "FILE",
    "WIDE",
    "Bars",
    "actor",
    "again",
    "console",
    "errors",
    "folder_option",
    "imagined",
    "now_option",
    "progress",
    "read_text",
    "stamp",
    "to_write",
    "write_text",
]

F = TypeVar("F", bound=Callable[..., Any])

EXIT = {Mark.KEPT: 0, Mark.BROKEN: 1, Mark.UNKNOWN: 2}
FILE = click.Path(path_type=Path, dir_okay=False)
HERE = (Path(), Path("privacy"))
"""Where the privacy folder is looked for."""
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Which years can be judged by: retention periods are added and taken away, and the result must be a date."""
WIDE = 120


def console() -> Console:
    """Return a console on standard output: as wide as the terminal, COLUMNS or 120 wide where there is none."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    columns = os.environ.get("COLUMNS", "")
    return Console(highlight=False, width=int(columns) if columns.isdecimal() and int(columns) else WIDE)


def errors() -> Console:
    """Return a console on standard error."""
    return Console(stderr=True, highlight=False)


def _folder(_: click.Context, __: click.Parameter, value: Path | None) -> Path:
    if value is not None:
        if not (value / "kept.toml").is_file():
            raise Refused(f"{value} is no privacy folder: it holds no kept.toml", todo=f"Make one with `kept init {value}`.")
        return value
    for candidate in HERE:
        if (candidate / "kept.toml").is_file():
            return candidate
    raise Refused("there is no privacy folder here", todo="Make one with `kept init`, or name one with --folder.")


def folder_option(function: F) -> F:
    """Add `--folder`: the privacy folder; here or ./privacy where nothing is said."""
    return click.option(
        "-f",
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="KEPT_FOLDER",
        callback=_folder,
        help="The privacy folder (default: this folder, or ./privacy).",
    )(function)


def _moment(_: click.Context, __: click.Parameter, value: datetime | None) -> datetime:
    if value is None:
        return datetime.now(UTC)
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise click.BadParameter(f"give a day between {FIRST_YEAR} and {LAST_YEAR}")
    return value.replace(tzinfo=UTC)


def now_option(function: F) -> F:
    """Add `--as-of`: the moment to judge by; now where nothing is said."""
    return click.option(
        "--as-of",
        "now",
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
        callback=_moment,
        metavar="DATE",
        help="Judge by this day (UTC), such as 2027-01-31, instead of now: what will be broken then?",
    )(function)


def imagined() -> bool:
    """Return whether the running command was told a day to judge by."""
    source = click.get_current_context().get_parameter_source("now")
    return source not in (None, ParameterSource.DEFAULT)


def again(folder: Path, now: datetime) -> str:
    """Return the options, with a space before each, that make the next command mean the same folder and the same day."""
    where = "" if folder in HERE else f" --folder {shlex.quote(str(folder))}"
    return where + (f" --as-of {now:%Y-%m-%dT%H:%M:%S}" if now > datetime.now(UTC) + SKEW else "")


def read_text(path: Path) -> str:
    """Return the text of a file that somebody named. Raises Refused when it cannot be read or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror})", todo="Name a file that can be read.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no text in UTF-8", todo="Name the right file, or save it as UTF-8.") from error


def to_write(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """Return the file to write. Raises Refused, before any work is done, when its folder is not there or not to be written in."""
    if value is not None and not (value.parent.is_dir() and os.access(value if value.exists() else value.parent, os.W_OK)):
        raise Refused(f"{value} cannot be written", todo="Name a file in a folder that is there and that you may write in.")
    return value


def write_text(path: Path, text: str) -> None:
    """Write a text file, and the folder it stands in: all of it or nothing. Raises Refused when that cannot be done."""
    real = Path(os.path.realpath(path))
    part = real.with_name(f".{real.name}.part")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        if real.exists() and not real.is_file():  # /dev/stdout, a pipe
            real.write_text(text, encoding="utf-8", errors="replace")
            return
        try:
            part.write_text(text, encoding="utf-8", errors="replace")
            part.replace(real)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror})", todo="Make room, or name another file.") from error


def actor() -> str:
    """Return who runs this, as the ledger names them: KEPT_ACTOR, else the operating system's account."""
    return os.environ.get("KEPT_ACTOR") or f"os:{getpass.getuser()}"


def stamp(moment: datetime) -> str:
    """Return a moment as people write it: `23 Nov 2026 17:52 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M} UTC"


class Bars:
    """Progress told as bars, one a piece of work; safe to call from several threads."""

    def __init__(self, bars: RichProgress) -> None:
        """Draw on these bars."""
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Move the bar of one piece of work, adding it when it is new; what is done leaves the screen to what is not."""
        task = self._tasks.get(what)
        if task is None:
            task = self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(task, completed=done, total=total, visible=total is None or done < total)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield a progress that draws bars on a terminal's standard error, and tells nobody elsewhere."""
    bars = RichProgress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors(),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    )
    with bars:
        yield Bars(bars)
