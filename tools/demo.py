"""The demo: an invented company checks, mends and proves its promises, and closes a person's data for good, backup included.

It types the commands that a person would type.

Everything happens in build/demo, which is made anew each time and left for you to look around in. Ends with exit code 1 where the
story does not come out: the first check must find broken promises, the last none, and an edited record must not verify.
"""

# ruff: noqa: T201 - it speaks

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGE = ROOT / "build" / "demo"
STORES = ("app", "telemetry", "billing")
WIDTH = 110
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
COUNTS = r"✓ kept \d+ ·"
DECIDED = (
    ("app", "ALTER TABLE tickets DROP COLUMN caller_phone"),
    ("app", "UPDATE newsletter SET unsubscribed_at = datetime() WHERE status = 'unsubscribed' AND unsubscribed_at IS NULL"),
    ("telemetry", "DELETE FROM web_logs WHERE at IS NULL"),
)
TRANSFER = """
[[transfers]]
origin = "us"
destination = "eu"
mechanism = "standard-contractual-clauses"
record = "https://trust.aurigen.example/transfers/us-eu"
"""


SOMEBODY = """SELECT account_id FROM prompts JOIN accounts ON accounts.id = account_id WHERE accounts.status = 'active'
GROUP BY account_id HAVING count(*) > 1 ORDER BY account_id LIMIT 1"""
FORGE = """LC_ALL=C sed -i.bak 's/"rows":[1-9]/"rows":0/' *"""


class NotAsTold(Exception):
    """The story did not come out."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where the demo plays: the environment in which its commands run, in build/demo."""

    environment: dict[str, str]

    def type(self, command: str, *, exits: tuple[int, ...] = (0,), first: int = 0, matching: str = "", shown: str = "") -> str:
        """Type a command and show the first lines of what it says and those that match; return all of it.

        What is left out is counted. Raises NotAsTold for another exit code than expected.
        """
        print(f"$ {shown or command}", flush=True)
        ran = subprocess.run(  # noqa: S602 - the commands stand in this file
            command,
            shell=True,
            cwd=STAGE,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = [line.rstrip() for line in ran.stdout.splitlines()]
        left_out = _show(lines, first, matching)
        if ran.returncode not in exits:
            print("\n".join(lines))
            raise NotAsTold(f"`{command}` ended with exit code {ran.returncode}; expected {' or '.join(map(str, exits))}")
        ending = [_left_out(left_out)] * bool(left_out) + [f"exit {ran.returncode}"] * bool(ran.returncode)
        if ending:
            print(f"  {' · '.join(ending)}")
        return COLOUR.sub("", ran.stdout)


def environment() -> dict[str, str]:
    """Return the environment: kept and python of this installation first, the company's stores named."""
    urls = {f"AURIGEN_{store.upper()}_URL": f"sqlite:///{STAGE / store}.sqlite3" for store in STORES}
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}
    colour = {"FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {
        **ours,
        **urls,
        **colour,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "KEPT_ACTOR": "demo",
        "COLUMNS": "200",  # one line a finding; what does not fit the screen is cut here
        "LC_ALL": "C.UTF-8",
    }


def _show(lines: list[str], first: int, matching: str) -> int:
    """Show the first lines and those that match; return how many were left out after the last one shown."""
    left_out = 0
    for number, line in enumerate(lines):
        if number >= first and not (matching and re.search(matching, COLOUR.sub("", line))):
            left_out += 1
            continue
        if left_out:
            print(f"  {_left_out(left_out)}")
            left_out = 0
        print(f"  {_cut(line)}")
    return left_out


def _left_out(count: int) -> str:
    return f"… {count} more line{'s' if count > 1 else ''}"


def _cut(line: str) -> str:
    """Return a line as far as it fits, first with its gaps closed; a line with colours is cut between its letters only."""
    if len(COLOUR.sub("", line)) > width():
        line = re.sub(r"(?<=\S) {3,}", "  ", line)
    if len(COLOUR.sub("", line)) <= width():
        return line
    room, kept = width() - 1, ""
    for part in re.split(f"({COLOUR.pattern})", line):
        if COLOUR.fullmatch(part):
            kept += part
        else:
            kept += part[:room]
            room -= len(part[:room])
    return kept + "…"


def width() -> int:
    """Return how many characters of a line are shown, behind its indent."""
    return min(shutil.get_terminal_size((WIDTH, 50)).columns, WIDTH) - 2


def make_company(stage: Stage) -> None:
    """Make the stage empty, copy the company's privacy folder onto it and build its databases."""
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", STAGE / "privacy", ignore=shutil.ignore_patterns(".kept"))
    print("Aurigen, an invented AI company, promises things in privacy/policy.md. Its databases, from a seed:")
    stores = " ".join(f"--{store} $AURIGEN_{store.upper()}_URL" for store in STORES)
    stage.type(
        f"python -m examples.aurigen.generate --people 300 {stores} >/dev/null",
        shown="python -m examples.aurigen.generate --people 300 …",
    )
    summary = json.loads((STAGE / "planted.json").read_text(encoding="utf-8"))
    planted = sum(sum(places.values()) for places in summary["planted"].values())
    print(f"  {sum(summary['rows'].values()):,} rows in 3 SQLite databases, promises broken on purpose in {planted} places")


def decide(stage: Stage) -> None:
    """Do what the plan left to people, as people would."""
    print("What no machine may decide, people do:")
    for store, statement in DECIDED:
        print(f"  {_cut(f'{store}> {statement}')}")
        with closing(sqlite3.connect(STAGE / f"{store}.sqlite3")) as connection, connection:
            connection.execute(statement)
    print("  privacy/kept.toml: + [[transfers]] us → eu, standard-contractual-clauses")
    with (STAGE / "privacy" / "kept.toml").open("a", encoding="utf-8") as settings:
        settings.write(TRANSFER)
    said = stage.type("kept check", exits=(0, 2), matching=COUNTS)
    if "✗ broken 0" not in said:
        raise NotAsTold("promises are still broken")


def close_for_good(stage: Stage) -> None:
    """Destroy one person's key, and see that a backup from before does not bring them back."""
    with closing(sqlite3.connect(STAGE / "app.sqlite3")) as connection:
        account = connection.execute(SOMEBODY).fetchone()[0]
    (STAGE / "backups").mkdir()
    support = f"python -m examples.aurigen.support --account {account} --app"
    print("Every person has a key of their own. The company's own program opens what it needs:")
    said = stage.type(f"{support} sqlite:///app.sqlite3", first=2)
    stage.type("cp app.sqlite3 backups/")
    stage.type(f"kept vault destroy account:{account} --yes", first=1)
    print("The database still has the rows, and so has the backup from before. Nobody can read them:")
    stage.type(f"{support} sqlite:///app.sqlite3", exits=(1,), first=1)
    after = stage.type(f"{support} sqlite:///backups/app.sqlite3", exits=(1,), first=1)
    if "key-destroyed" in said or "key-destroyed" not in after:
        raise NotAsTold("the backup can still be read")
    stage.type("kept vault rotate", first=2)


def prove(stage: Stage) -> None:
    """Export the ledger, verify it, and see that an edited copy does not verify."""
    stage.type("kept ledger export ledger", matching="entries in")
    stage.type("kept verify ledger --key $(kept ledger key)", matching="verified")
    print("And if somebody rewrites it:")
    stage.type("cp -r ledger forged && cd forged/tile/entries/000.p && " + FORGE)
    stage.type("kept verify forged --key $(kept ledger key)", exits=(2,), first=2)


def main() -> int:
    """Tell the story and return the exit code."""
    stage = Stage(environment=environment())
    try:
        make_company(stage)
        stage.type("kept vault init", first=1)
        stage.type("kept check", exits=(1,), first=5, matching=f"{COUNTS}|policy coverage")
        stage.type("kept plan --no-samples", exits=(1,), first=2, matching="for a person|To do it")
        stage.type("kept apply", exits=(0, 1), first=1, matching=f"{COUNTS}|seal email")
        decide(stage)
        close_for_good(stage)
        prove(stage)
    except NotAsTold as error:
        print(f"\nThe story did not come out: {error}", file=sys.stderr)
        return 1
    print("\nbuild/demo is yours to look around in: `kept serve` there shows its pages.")
    print("docs/start.md does the same with a database of your own.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
