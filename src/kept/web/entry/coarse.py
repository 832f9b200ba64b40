"""Sessions are recorded with a coarse network and a browser's family only; importing this sees to it."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_save
from django.dispatch import receiver

from kept.db.access.sessions import coarse_agent, coarse_network

__all__ = ["make_coarse"]


@receiver(pre_save, sender="usersessions.UserSession")
def make_coarse(instance: Any, **_: Any) -> None:
    """Cut what allauth is about to store to the /24 or /48, and to the families of browser and system, before it is stored."""
    instance.ip = coarse_network(str(instance.ip))
    instance.user_agent = coarse_agent(instance.user_agent)
