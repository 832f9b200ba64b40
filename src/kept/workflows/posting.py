"""Sending the letters that wait to be sent."""

from __future__ import annotations

import email
import logging
from email.policy import SMTP

from kept.base.errors import KeptError, SourceError, StoreRefused
from kept.connectors.post import send
from kept.db.access.letters import Waiting, letters_to_send
from kept.db.actions.letters import letter_refused, letter_sent, letter_tried

from .world import World

__all__ = ["post_letters"]

log = logging.getLogger(__name__)


def post_letters(world: World) -> bool:
    """Send what waits; return whether anything did. A letter that the server does not take now is tried again, later each time.

    A worker that dies between the server's word and its own note of it sends the letter twice, with the same Message-ID.
    """
    waiting = letters_to_send(at=world.now())
    for letter in waiting:
        _post(world, letter)
    return bool(waiting)


def _post(world: World, letter: Waiting) -> None:
    try:
        send(world.mail_url(), email.message_from_bytes(letter.opened(), policy=SMTP))
    except StoreRefused as error:
        log.warning("a letter of the request %s was refused: %s", letter.request, error)
        letter_refused(name=letter.name, why=error.code, at=world.now(), actor=world.actor)
    except SourceError as error:
        log.warning("a letter of the request %s waits: %s", letter.request, error)
        letter_tried(name=letter.name, at=world.now())
    except KeptError as error:
        log.warning("a letter of the request %s cannot be sent: %s", letter.request, error)
        letter_refused(name=letter.name, why=error.code, at=world.now(), actor=world.actor)
    else:
        letter_sent(name=letter.name, at=world.now(), actor=world.actor)
