"""A nursery of workers: each line of its input is answered with the process id of a new one, which works until it is killed.

Run as: worker.py FOLDER BEGAN SPEED. The workers' clock runs `SPEED` times as fast as it should since `BEGAN`, a moment in seconds,
so that the leases of those that were killed end soon.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from kept.base.errors import KeptError
from kept.db import configure_pages, disconnect

__all__ = ["hastened"]

IDLE_SECONDS = 0.05


def hastened(began: float, speed: float) -> datetime:
    """Return the moment on a fast clock."""
    return datetime.fromtimestamp(began + (time.time() - began) * speed, UTC)


def main(folder: str, began: str, speed: str) -> None:
    """Load what workers need once, and fork one a line, with no connection open that two would share."""
    logging.basicConfig(format="%(process)d %(levelname)s %(message)s")
    configure_pages(Path(folder))
    from kept.workflows.requests import stages  # models are there once Django is set up

    stages()
    disconnect()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            work(folder, float(began), float(speed))
        print(pid, flush=True)


def work(folder: str, began: float, speed: float) -> None:
    """Do what is due until killed."""
    from kept.workflows.requests import work_requests_once
    from kept.workflows.world import World

    world = World(folder=Path(folder), now=lambda: hastened(began, speed))
    while os.getppid() != 1:
        try:
            idle = not work_requests_once(world)
        except KeptError as error:
            logging.warning("the worker waits: %s", error)
            idle = True
        if idle:
            time.sleep(IDLE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
