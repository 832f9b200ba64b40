"""What must be new in a child process: connections are not shared, and a lock that another thread held stays held for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakMethod

__all__ = ["after_fork"]


def after_fork(renew: Callable[[], None]) -> None:
    """Call a method in every child that is forked from now on, for as long as its object lives."""
    method = WeakMethod(renew)

    def call() -> None:
        still = method()
        if still is not None:
            still()

    os.register_at_fork(after_in_child=call)
