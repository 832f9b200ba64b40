"""A process that writes to a ledger until it is done or killed; prints the number of each action once it returned.

`[*WORKER, FOLDER, "run" or "group", TIMES, NAME]` is the command, for `tests.warm`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from kept.db import actions, configure
from kept.ledger import Entry

__all__ = ["WORKER"]

WORKER = (sys.executable, "-c", "import sys; from tests.db.worker import main; main(*sys.argv[1:])")


def main(folder: str, how: str, times: str, name: str) -> None:
    configure(Path(folder))
    for number in range(int(times)):
        now = datetime.now(UTC)
        if how == "run":
            actions.record_run(policy="ab" * 32, findings=(), at=now, actor=f"{name}-{number}")
        else:
            actions.append_group(
                [Entry(kind="group", at=now, actor=f"{name}-{number}", facts={"place": place}).body() for place in range(3)]
            )
        print(f"{name}-{number}", flush=True)
