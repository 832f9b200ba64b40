"""Options and surroundings that several commands share."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from kept.base.errors import Refused
from kept.base.ports import Progress
from kept.base.verdicts import Mark

__all__ = ["EXIT", "Bars", "actor", "console", "errors", "folder_option", "now_option", "progress", "stamp"]

F = TypeVar("F", bound=Callable[..., Any])

EXIT = {Mark.KEPT: 0, Mark.BROKEN: 1, Mark.UNKNOWN: 2}
NARROW = 80


def console(*, width: int | None = None) -> Console:
    """Return a console on standard output; at least 100 wide when it is no terminal, so that nothing is cut in a file."""
    if sys.stdout.isatty():
        return Console(highlight=False, width=width)
    return Console(highlight=False, width=width or int(os.environ.get("COLUMNS", "120")), soft_wrap=False)


def errors() -> Console:
    """Return a console on standard error."""
    return Console(stderr=True, highlight=False)


def _folder(_: click.Context, __: click.Parameter, value: Path | None) -> Path:
    if value is not None:
        return value
    for candidate in (Path(), Path("privacy")):
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
    return datetime.now(UTC) if value is None else value.replace(tzinfo=UTC)


def now_option(function: F) -> F:
    """Add `--as-of`: the moment to judge by; now where nothing is said."""
    return click.option(
        "--as-of",
        "now",
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
        callback=_moment,
        help="Judge by this day (UTC) instead of now: what will be broken next month?",
    )(function)


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
        """Move the bar of one piece of work, adding it when it is new."""
        task = self._tasks.get(what)
        if task is None:
            task = self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(task, completed=done, total=total)


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
