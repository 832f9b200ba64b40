"""Let the canary live: sign somebody up, ask for their export and for their erasure, and look whether both are true.

It goes the way of every request, and is verified by staff's word, since nobody reads its letters. A life that waits for a processor
rests; the next job goes on with it.
"""

from __future__ import annotations

import re
import subprocess
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any, Final

from kept.base.errors import KeptError, Refused
from kept.base.ports import Progress
from kept.base.questions import CountRows
from kept.db.access.bundles import bundle_of_worker
from kept.db.access.cases import Case, case_of_worker
from kept.db.access.erasures import erased
from kept.db.access.told import certificate_of, told_by
from kept.db.actions.canary import record_canary
from kept.db.actions.request_steps import lease_request
from kept.db.actions.requests import Coming, receive_request, verify_request
from kept.db.keys import current
from kept.ledger.certificate import verify_certificate
from kept.policy.settings import CanarySettings
from kept.workflows.requests import advance
from kept.workflows.sweeping import sweep_once
from kept.workflows.world import World

__all__ = ["run"]

MAKING_SECONDS: Final = 120
LIVING_SECONDS: Final = 300
PAUSE_SECONDS: Final = 0.2
MOST_BYTES: Final = 64 * 1024 * 1024
PERSON: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}:\S{1,150}")
PROCESSORS: Final = "processors"


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return what failed (nothing, where all was well), the rows of the export, and the seconds it took.

    `waits` names its requests where it waits for a processor; `wanted` has them when it goes on. Raises Refused where kept.toml has
    no canary, or its command makes none.
    """
    world = World(folder=folder)
    try:
        settings = world.settings.requests.canary
        if settings is None:
            raise Refused("kept.toml has no canary", todo="Say how one signs up, under [requests.canary].")
        life = _Life(world=world, settings=settings, progress=progress, seconds=float(wanted.get("seconds", 0)))
        result = life.live(dict(wanted))
        if "waits" not in result:
            said = {"faults": len(result["failed"]), "rows": result["rows"], "seconds": result["seconds"]}
            record_canary(**said, at=world.now(), actor=actor)
        return result
    finally:
        world.close()


@dataclass(slots=True, kw_only=True)
class _Life:
    """One life. `seconds` is how long it took so far."""

    world: World
    settings: CanarySettings
    progress: Progress
    seconds: float
    failed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def live(self, known: dict[str, Any]) -> Mapping[str, Any]:
        """Go through what has not been gone through yet; `known` has the requests and the rows of a life that goes on."""
        if "erasure" not in known:
            self.progress("made", 0, 3)
            subject = made(self.settings, self.world.folder)
            self.progress("exported", 1, 3)
            export = self._ask("access", subject)
            known["rows"] = self._exported(export)
            self.progress("erased", 2, 3)
            known["erasure"] = self._ask("erasure", subject)
        erasure = self._until_it_rests(str(known["erasure"]))
        took = self.seconds + time.monotonic() - self.began
        if erasure.stage == PROCESSORS and not self.failed:
            return {"waits": {"erasure": erasure.ref, "rows": known["rows"], "seconds": took}}
        self._gone(erasure)
        self.progress("looked for", 3, 3)
        return {"failed": self.failed, "rows": int(known["rows"]), "seconds": took}

    def _ask(self, right: str, subject: str) -> str:
        """Open a request for the canary, as staff who know it by sight."""
        world = self.world
        coming = Coming(right=right, channel="staff", address="", note="the canary")
        ref = receive_request(coming, terms=world.terms, at=world.now(), actor=world.actor)
        verify_request(ref=ref, how="staff", subject=subject, at=world.now(), actor=world.actor)
        return ref

    def _until_it_rests(self, ref: str) -> Case:
        """Take a request as far as it goes: to its end, or to where it waits for a processor, or until the time is over."""
        ends, pause = time.monotonic() + LIVING_SECONDS, Event()
        while True:
            leased = lease_request(at=self.world.now(), ref=ref)
            if leased is not None:
                advance(self.world, *leased)
            case = case_of_worker(ref)
            waits = leased is None and case.stage == PROCESSORS
            if not case.stage or waits or time.monotonic() > ends:
                return case
            if leased is None and not sweep_once(self.world):
                pause.wait(PAUSE_SECONDS)

    def _exported(self, ref: str) -> int:
        """Look into the export; return its rows."""
        case = self._until_it_rests(ref)
        if case.stage:
            self.failed.append(f"its export did not come further than the stage {case.stage}")
            return 0
        try:
            fetched = bundle_of_worker(ref, at=self.world.now())
            content = b"".join(fetched.bytes()) if fetched.size <= MOST_BYTES else b""
        except KeptError as error:
            self.failed.append(f"its export cannot be fetched ({error.code})")
            return 0
        if not holds(content, self.settings.mark):
            self.failed.append("its mark was not in its export")
        return int(told_by(ref).get("collect", {}).get("rows", 0))

    def _gone(self, case: Case) -> None:
        """See that the erasure has ended, that nothing is left but what a law keeps, and that its certificate holds."""
        if case.stage:
            self.failed.append(f"its erasure did not come further than the stage {case.stage}")
            return
        left = self._left(case)
        if left:
            self.failed.append(f"something was left of it in {', '.join(left)}")
        try:
            verify_certificate(certificate_of(case.ref), str(current().signer.verifier))
        except KeptError as error:
            self.failed.append(f"its certificate does not hold ({error.code})")

    def _left(self, case: Case) -> list[str]:
        """Return the tables in which more is left of the canary than is known to stay."""
        world = self.world
        stays: dict[str, int] = {}
        for one in erased([case.ref])[case.ref].stays:
            stays[one.table] = stays.get(one.table, 0) + one.rows
        found = world.follow(case.subject, erasing=True)
        ways = [way for mapped in world.policy.tables() for way in found.ways(mapped, accessed=False)]
        counted = ((str(way.table), world.rows(CountRows(table=way.table, where=way.where))) for way in ways)
        return sorted({table for table, rows in counted if rows > stays.get(table, 0)})


def made(settings: CanarySettings, folder: Path) -> str:
    """Run the command that signs the canary up, and return who it is: `account:42`.

    Raises Refused where the command fails, takes longer than two minutes, or prints something else; its words are not repeated.
    """
    todo = "Run the command of [requests.canary] by hand in the privacy folder, and look at what it says."
    try:
        ran = subprocess.run(  # noqa: S603 - the company's own words, and no shell
            settings.make, cwd=folder, capture_output=True, text=True, timeout=MAKING_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeError, ValueError) as error:
        raise Refused(f"The canary's command did not run ({type(error).__name__})", todo=todo) from None
    said = ran.stdout.strip()
    if ran.returncode or PERSON.fullmatch(said) is None:
        raise Refused(f"The canary's command ended with {ran.returncode} and named no person", todo=todo)
    return said


def holds(content: bytes, mark: str) -> bool:
    """Return whether a text is in one of the files of a ZIP."""
    if not content or not mark:
        return False
    with zipfile.ZipFile(BytesIO(content)) as whole:
        return any(mark.encode() in whole.read(name) for name in whole.namelist())
