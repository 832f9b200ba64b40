"""Telling authorised agents how the requests stand that they made, where they named an address for it (protocol section 2.03)."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlsplit

from kept.base.errors import KeptError
from kept.connectors.callbacks import Caller
from kept.db.actions.agents import news_told, news_untold, take_news

from .world import World

__all__ = ["tell_agents"]

log = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Messages a round, so that a worker is never long at it."""


def tell_agents(world: World, caller: Caller | None = None) -> int:
    """Tell what is new; return how much was taken. What was not is told again, later each time: only the newest state counts.

    Where an agent's server fails, whatever else is for it waits as well. An agent that kept.toml has no more is told
    nothing.
    """
    failed: set[tuple[str, str]] = set()
    known, told = world.settings.requests.agents, 0
    for news in take_news(at=world.now(), most=AT_ONCE):
        if news.agent not in known:
            news_untold(news, at=world.now(), again=False)
            continue
        there = (news.agent, urlsplit(news.url).netloc)
        if there not in failed:
            try:
                (caller or Caller()).tell(news.agent, news.url, news.body)
            except KeptError as error:
                log.warning("an agent is told again later: %s", error)
                failed.add(there)
            else:
                news_told(news, at=world.now())
                told += 1
                continue
        news_untold(news, at=world.now())
    return told
