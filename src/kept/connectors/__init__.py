"""What can be asked and changed: one folder for each kind of store, found by scanning."""

from kept.connectors.opening import open_store

__all__ = ["open_store"]
