"""Letters out: written so that nothing in them can be mistaken for a header, and sent by SMTP or laid into a folder."""

from __future__ import annotations

from .sending import send
from .writing import Attached, Draft, compose

__all__ = ["Attached", "Draft", "compose", "send"]
