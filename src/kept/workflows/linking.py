"""The addresses of pages, as letters name them: nobody can follow a link that does not say where the pages are."""

from __future__ import annotations

import logging
import os
from typing import Final

from kept.base.errors import Refused
from kept.policy.settings import Settings

from .world import World

__all__ = ["followed", "link_to", "warn_without_address"]

log = logging.getLogger(__name__)

TODO: Final = 'Write the address of the pages there: url = "https://privacy.company.example".'


def link_to(world: World, path: str) -> str:
    """Return the address of a page, `/ask/follow/…`. Raises Refused where nothing says where the pages are."""
    found = followed(world, path)
    if not found:
        raise Refused("A letter with a link cannot be written: kept.toml has no url under [web]", todo=TODO)
    return found


def followed(world: World, path: str) -> str:
    """Return the address of a page, empty where nothing says where the pages are: for what can be told without."""
    base = _base(world.settings)
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if base else ""


def warn_without_address(settings: Settings) -> bool:
    """Say in the log that letters with links are not sent, where nothing says where the pages are; return whether it was said."""
    if _base(settings):
        return False
    log.warning("kept.toml has no url under [web], so no letter with a link is written, and such requests wait. %s", TODO)
    return True


def _base(settings: Settings) -> str:
    """Return where the pages are: what kept.toml says, else where `kept serve`, which started this worker, shows them."""
    return settings.web.url or os.environ.get("KEPT_ADDRESS", "")
