"""A process that writes to a ledger until it is done or killed; prints the number of each action once it returned.

Run as: worker.py FOLDER run|group TIMES NAME
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from kept.db import actions, configure
from kept.ledger import Entry


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


if __name__ == "__main__":
    main(*sys.argv[1:])
