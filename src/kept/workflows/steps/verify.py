"""Verify: establish that a request is the person's own, with no more than that takes (GDPR Art. 12(6); 11 CCR 7060, 7062).

A link to the address; where a law or staff want more, up to three questions about what is held; for an agent or a guardian the
person's own word, or staff. Never a photograph or a document. What is never verified has no such stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from kept.base.names import Column
from kept.db.access.cases import Case
from kept.db.access.verifying import KnownChallenge, challenges_of_worker, verified_at
from kept.db.actions.pausing import pause_clock, resume_clock
from kept.db.actions.request_steps import Held
from kept.db.actions.requests import verify_request
from kept.db.actions.verifying import BY_LINK, GOOD_FOR, MOST_POINTS, MOST_TRIES, Offer, judge_points, offer_challenge
from kept.intake.addresses import bare_address
from kept.jurisdictions import law
from kept.workflows.linking import link_to
from kept.workflows.looking_up import People, askable, people_at, point_matches, shows_by
from kept.workflows.outcomes import Closed, Done, Outcome, Wait
from kept.workflows.wording import about_link, about_points, cannot_identify, not_enough
from kept.workflows.world import World

__all__ = ["run"]

STAFF: Final = timedelta(days=1)
SENSITIVE: Final = ("access", "portability")
"""Rights by which a person's own data leaves the company: most is asked for where a law has tiers (11 CCR 7062(c))."""
REASONABLE: Final = 2
"""Data points that a reasonable degree of certainty takes (11 CCR 7062(b))."""
IDENTITY: Final = "identity"
NO_ADDRESS: Final = "somebody to establish whose request it is: there is no address to write to"
FAILED: Final = "somebody to decide whose request it is: what was answered was not enough"
UNASKABLE: Final = "somebody to establish whose request it is: there is nothing to ask about"
OFTEN: Final = "a day to pass: the address had several such letters, or wrong answers, today"
ASKED: Final = "the person to confirm that it is their request"
QUESTIONED: Final = "the person to answer a few questions"


def run(case: Case, world: World, held: Held) -> Outcome:
    """Offer a way, wait until it is met, ask for more where more is wanted; end the request where nobody met it in time."""
    if case.verified:
        resume_clock(ref=case.ref, why="identity", terms=world.terms, at=verified_at(case.ref) or world.now(), actor=world.actor)
        return Done(told={"asked": len(challenges_of_worker(case.ref))})
    return _Verifying(case=case, world=world, offered=challenges_of_worker(case.ref)).go_on()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verifying:
    """One request that is not verified yet, with what was offered so far."""

    case: Case
    world: World
    offered: Sequence[KnownChallenge]

    def go_on(self) -> Outcome:
        """Return what the next thing comes to."""
        questions = [one for one in self.offered if one.way == "points"]
        links = [one for one in self.offered if one.way in BY_LINK]
        met = next((one for one in links if one.passed_at), None)
        if questions:
            return self._questioned(questions[-1])
        if met is not None:
            return self._met(met)
        return self._linked(links) if links else self._begin()

    def _begin(self) -> Outcome:
        """Write to the person, whoever has the address: no store is asked before somebody has shown that it is theirs."""
        way, to = shows_by(self.case)
        reachable = bare_address(to) is not None
        offer = Offer(way=way, to=to if reachable else "", until=self.world.now() + GOOD_FOR, points=self._wanted())
        if not self._offer(offer):
            return self._wait("time", OFTEN, STAFF)
        if not reachable:
            return self._wait("staff", NO_ADDRESS, STAFF)
        self._pause()
        return self._wait("person", ASKED, GOOD_FOR / 2)

    def _linked(self, links: Sequence[KnownChallenge]) -> Outcome:
        """Wait for the button to be pressed: remind once after half the time, and end the request when the time has run out."""
        first, now = links[0], self.world.now()
        if not first.by_link:
            return self._wait("staff", NO_ADDRESS, STAFF)
        if now >= first.until:
            return self._end()
        half = first.made_at + (first.until - first.made_at) / 2
        if now < half:
            return Wait(on="person", what=ASKED, until=half)
        if len(links) == 1:
            self._offer(Offer(way=first.way, to=shows_by(self.case)[1], until=first.until, points=self._wanted()), again=True)
        return Wait(on="person", what=ASKED, until=first.until)

    def _met(self, met: KnownChallenge) -> Outcome:
        """Ask what is to be asked once the address has proved to be theirs; where nothing is, that was enough."""
        if not self._wanted():
            verify_request(ref=self.case.ref, how=met.way, at=self.world.now(), actor=self.world.actor, challenge=met.id)
            return self._wait("time", ASKED, timedelta())
        people = self._people()
        asked = askable(self.world.stores(), self._columns(), people.only, self._wanted())
        if not asked:
            return self._wait("staff", UNASKABLE, STAFF)
        offer = Offer(
            way="points", to=shows_by(self.case)[1], until=self.world.now() + GOOD_FOR, asked=tuple(str(one) for one in asked)
        )
        if not self._offer(offer):
            return self._wait("time", OFTEN, STAFF)
        return self._wait("person", QUESTIONED, GOOD_FOR)

    def _questioned(self, last: KnownChallenge) -> Outcome:
        """Compare what was answered with what is held, and forget it."""
        if last.failed_at is not None:
            return self._wait("staff", FAILED, STAFF)
        if not last.answers:
            return self._end() if self.world.now() >= last.until else Wait(on="person", what=QUESTIONED, until=last.until)
        right = [subject for subject in self._people().subjects if self._answered(last, subject)]
        more = judge_points(
            ref=self.case.ref,
            challenge=last.id,
            right=len(right) == 1,
            subject=right[0] if len(right) == 1 else "",
            at=self.world.now(),
            actor=self.world.actor,
            post=lambda tries: self._say_not_enough(last, tries),
        )
        if len(right) == 1:
            return self._wait("time", QUESTIONED, timedelta())
        return Wait(on="person", what=QUESTIONED, until=last.until) if more else self._wait("staff", FAILED, STAFF)

    def _answered(self, last: KnownChallenge, subject: str) -> bool:
        columns = [Column.parse(one) for one in last.asked]
        return all(point_matches(self.world.stores(), one, subject, last.answers.get(str(one), "")) for one in columns)

    def _people(self) -> People:
        if self.case.subject:
            return People(subjects=(self.case.subject,), columns=0)
        return people_at(self.world.stores(), shows_by(self.case)[1])

    def _columns(self) -> list[Column]:
        return [Column.parse(one) for one in self.world.settings.requests.ask]

    def _wanted(self) -> int:
        """Return how many questions are wanted beside the link: what staff said, else what the laws do; none without columns."""
        if "points" in self.case.wanted:
            return int(self.case.wanted["points"])
        day = self.case.received_at.date()
        given = [law(one).right(self.case.right.law, day) for one in self.case.laws]
        if not any(one and one.verification.level == "tiered" for one in given):
            return 0
        number = MOST_POINTS if self.case.right.code in SENSITIVE else REASONABLE
        return min(number, len(self.world.settings.requests.ask))

    def _offer(self, offer: Offer, *, again: bool = False) -> bool:
        return offer_challenge(
            offer,
            ref=self.case.ref,
            at=self.world.now(),
            actor=self.world.actor,
            post=lambda secret, number: self._write(offer, secret, number, again=again),
        )

    def _write(self, offer: Offer, secret: str, number: int, *, again: bool) -> None:
        company, world = self.world.settings.company, self.world
        if offer.way == "points":
            words = about_points(self.case, company, link=link_to(world, f"/ask/points/{secret}/"), until=offer.until)
        else:
            link = link_to(world, f"/ask/confirm/{secret}/")
            words = about_link(self.case, company, link=link, until=offer.until, way=offer.way, again=again)
        to = replace(self.case, address=offer.to, language=words.language)
        world.post(to, kind="question", subject=words.subject, text=words.text, number=number)

    def _say_not_enough(self, last: KnownChallenge, tries: int) -> None:
        words = not_enough(self.case, self.world.settings.company, again=tries < MOST_TRIES)
        to = replace(self.case, address=shows_by(self.case)[1], language=words.language)
        self.world.post(to, kind="notice", subject=words.subject, text=words.text, number=last.id * 10 + tries)

    def _pause(self) -> None:
        world = self.world
        pause_clock(ref=self.case.ref, why="identity", terms=world.terms, at=world.now(), actor=world.actor)

    def _end(self) -> Outcome:
        """Refuse what nobody confirmed (GDPR Art. 11(2), 12(2)), and say how to ask again and how to complain."""
        words = cannot_identify(self.case, self.world.settings.company)
        to = replace(self.case, language=words.language)
        self.world.post(to, kind="answer", subject=words.subject, text=words.text)
        return Closed(state="refused", outcome=words.text, ground=IDENTITY, told={"asked": len(self.offered)})

    def _wait(self, on: str, what: str, long: timedelta) -> Wait:
        return Wait(on=on, what=what, until=self.world.now() + long)  # type: ignore[arg-type] # one of the words that Wait knows
