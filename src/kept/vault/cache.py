"""The keys in memory: the last used ones, no more than a stated number."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from .format import PREFIX
from .keys import PersonKey

__all__ = ["KeyCache"]


class KeyCache:
    """People's keys by person and by head; the one that was used longest ago goes first. About 3 KB of memory a key."""

    def __init__(self, most: int) -> None:
        """Hold at most so many keys, at least one."""
        self.most = max(1, most)
        self.lock = Lock()
        self._by_subject: OrderedDict[str, PersonKey] = OrderedDict()
        self._by_head: OrderedDict[bytes, PersonKey] = OrderedDict()

    def current(self, subject: str) -> PersonKey | None:
        """Return the key that new values of a person are sealed under, None when it is not in memory."""
        key = self._by_subject.get(subject)
        if key is not None:
            _touch(self._by_subject, subject)
        return key

    def known(self, head: bytes) -> PersonKey | None:
        """Return a key by what values under it begin with, None when it is not in memory."""
        key = self._by_head.get(head)
        if key is not None:
            _touch(self._by_head, head)
        return key

    def put(self, key: PersonKey, *, current: bool) -> None:
        """Keep a key; the caller holds the lock."""
        self._by_head[key.head] = key
        if current:
            self._by_subject[key.subject] = key
        while len(self._by_head) > self.most:
            _, old = self._by_head.popitem(last=False)
            self._forget_current(old)
        while len(self._by_subject) > self.most:
            self._by_subject.popitem(last=False)

    def drop(self, key_ids: Iterable[bytes]) -> None:
        """Forget keys; the caller holds the lock."""
        for key_id in key_ids:
            key = self._by_head.pop(PREFIX + key_id, None)
            if key is not None:
                self._forget_current(key)

    def clear(self) -> None:
        """Forget everything; the caller holds the lock."""
        self._by_head.clear()
        self._by_subject.clear()

    def __len__(self) -> int:
        """How many keys are in memory."""
        return len(self._by_head)

    def _forget_current(self, key: PersonKey) -> None:
        current = self._by_subject.get(key.subject)
        if current is not None and current.id == key.id:
            self._by_subject.pop(key.subject, None)


def _touch(order: OrderedDict[str, PersonKey] | OrderedDict[bytes, PersonKey], place: str | bytes) -> None:
    try:  # noqa: SIM105 - `suppress` would cost more than everything else that is done for a value
        order.move_to_end(place)  # type: ignore[arg-type]  # the two dictionaries differ in their keys only
    except KeyError:  # another thread has just dropped it
        pass
