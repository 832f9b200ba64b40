"""Keeping key material out of core dumps, as far as the platform lets us."""

from __future__ import annotations

import ctypes
import resource
import sys

__all__ = ["forbid_core_dumps"]

PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> bool:
    """Tell the system to write no core dump of this process; return whether it agreed.

    Two ways, because a dump that is piped to a program does not mind the limit on its size: RLIMIT_CORE is set to zero, and on
    Linux the process is marked as not dumpable, which also keeps other processes of the same account from reading its memory.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform != "linux":
        return True
    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
