"""Answer: the letter that ends a request is drafted from the law's list, kept sealed to be sent, and the request is closed."""

from __future__ import annotations

from typing import Final

from kept.base.personal import Personal
from kept.connectors.post import Attached
from kept.db.access.cases import Case
from kept.db.actions.bundles import end_bundles_of
from kept.db.actions.departing import erase_account, post_with_link
from kept.db.actions.request_steps import Held
from kept.workflows.answering import Answer, answer_of, copy_is_over, needs_link
from kept.workflows.collecting import collect
from kept.workflows.linking import link_to
from kept.workflows.outcomes import Closed, Outcome
from kept.workflows.world import World

__all__ = ["run"]

KIND: Final = "answer"
FOLLOW: Final = "/ask/follow/{secret}/"


def run(case: Case, world: World, held: Held) -> Outcome:
    """Post the answer, once, and close the request. Raises Refused where it lacks what the law wants in it: staff see to that."""
    if copy_is_over(case):
        collect(case, world, held)
    answer = answer_of(case, world)
    if needs_link(case):
        post_with_link(ref=case.ref, post=lambda secret: _post_linked(case, world, secret))
        sent = True
    else:
        sent = _post(case, world, answer)
    told = {"letters": int(sent), "items": len(answer.letter.items)}
    if answer.state == "answered" and answer.certificate:
        told["exports"] = end_bundles_of(subject=case.subject, at=world.now(), actor=world.actor)
        if sent:  # without a letter, the account is all that leads to the answer: it goes later
            told["accounts"] = int(erase_account(subject=case.subject, at=world.now(), actor=world.actor))
    return Closed(state=answer.state, outcome=answer.letter.text, ground=case.ground, told=told)


def _post_linked(case: Case, world: World, secret: str) -> None:
    """Write the answer with the link in it. What is kept as the outcome has none: the secret stands in the letter alone."""
    _post(case, world, answer_of(case, world, link=link_to(world, FOLLOW.format(secret=secret))))


def _post(case: Case, world: World, answer: Answer) -> bool:
    attached: tuple[Attached, ...] = ()
    if answer.certificate:
        name = f"certificate-{case.ref}.json"
        attached = (Attached(name=name, media_type="application/json", content=Personal(answer.certificate.encode())),)
    letter = answer.letter
    return world.post(case, kind=KIND, subject=letter.subject, text=letter.text, attachments=attached)
