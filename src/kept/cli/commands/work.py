"""Do the work that pages ask for: checks, plans, counting what is held about a person."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from threading import Event
from types import FrameType

import click

from kept.cli.pages import with_pages
from kept.cli.shared import folder_option


@click.command("work")
@folder_option
def command(folder: Path) -> None:
    """Do the work that pages ask for, until stopped. `kept serve` starts one; with PostgreSQL any number may run, on any machine.

    Ctrl-C or SIGTERM lets the job at hand come to its end. A worker that dies loses nothing: after a minute of silence another
    begins its job again.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")
    working = with_pages(folder, "working")
    stop = Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    working.work(folder, stop)
