"""Everything Kept remembers: the one Django app, its models, the actions that alone write to it, and what may be read.

`configure(folder)`, or `configure_pages(folder)` in a process of the pages, points Kept at the state of a privacy folder and brings
its database up to date; before that, nothing opens a database.
"""

from .setup import configure, configure_pages, disconnect

__all__ = ["configure", "configure_pages", "disconnect"]
