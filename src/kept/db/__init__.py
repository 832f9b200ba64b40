"""Everything Kept remembers: the one Django app, its models, the actions that alone write to it, and what may be read.

`configure(folder)` points Kept at the state of a privacy folder and brings its database up to date; before that, nothing opens a
database.
"""

from .setup import configure

__all__ = ["configure"]
