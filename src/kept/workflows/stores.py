"""The stores of a policy, opened by the environment variables that kept.toml names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from kept.base.changes import Change
from kept.base.errors import SourceError, StoreUnreachable
from kept.base.ports import Connector, Preview, Progress, Receipt, Row, Selection, silent
from kept.base.questions import Answers, Question
from kept.base.verdicts import Unknown
from kept.connectors import open_store
from kept.db.registers import Registers
from kept.policy.policy import Policy
from kept.policy.settings import StoreSettings

__all__ = ["Missing", "ask", "open_one", "opened"]

REGISTERS = "kept"
"""The name under which Kept's own registers are asked."""


class Missing:
    """A store that cannot be opened: it answers Unknown to everything, with the reason."""

    def __init__(self, store: str, error: SourceError) -> None:
        """Keep what stands in the way."""
        self.store = store
        self._error = error

    def answer(self, questions: Sequence[Question[Any]], *, progress: Progress = silent) -> Answers:  # noqa: ARG002 - the port's shape
        """Answer Unknown to every question."""
        unknown = Unknown(reason=self._error.happened, todo=self._error.todo)
        return Answers(dict.fromkeys(questions, unknown))

    def preview(self, change: Change) -> Preview | Unknown:  # noqa: ARG002 - the port's shape
        """Answer Unknown."""
        return Unknown(reason=self._error.happened, todo=self._error.todo)

    def perform(self, change: Change, *, progress: Progress = silent) -> Receipt:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def read(self, selection: Selection) -> Iterator[Row]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def close(self) -> None:
        """Do nothing: nothing was opened."""


@contextmanager
def opened(policy: Policy) -> Iterator[Mapping[str, Connector]]:
    """Yield a connector for every store of the policy and for Kept's own registers; close them all afterwards."""
    stores: dict[str, Connector] = {name: _open(name, settings) for name, settings in policy.settings.stores.items()}
    stores[REGISTERS] = Registers()
    try:
        yield stores
    finally:
        for connector in stores.values():
            connector.close()


@contextmanager
def open_one(name: str, settings: StoreSettings) -> Iterator[Mapping[str, Connector]]:
    """Yield a connector for one store, by its name; close it afterwards."""
    connector = _open(name, settings)
    try:
        yield {name: connector}
    finally:
        connector.close()


def _open(name: str, settings: StoreSettings) -> Connector:
    variable = settings.url.variable
    url = os.environ.get(variable, "")
    try:
        if not url:
            raise StoreUnreachable(
                f'the address of store "{name}" is not known: the environment variable {variable} is not set',
                store=name,
                todo=f"Set {variable} to the store's URL, such as postgresql://host/database.",
            )
        seconds = settings.timeout.hours * 3600 or 3600
        return open_store(name, url, timeout_seconds=seconds)
    except SourceError as error:
        return Missing(name, error)


def ask(stores: Mapping[str, Connector], questions: Mapping[str, Sequence[Question[Any]]], progress: Progress = silent) -> Answers:
    """Ask each store its questions, all stores at once, and return every answer.

    A question for a store that is not there is answered Unknown.
    """
    answers = Answers()
    here = {name: asked for name, asked in questions.items() if name in stores}
    for name in questions.keys() - here.keys():
        unknown = Unknown(reason=f'no store "{name}" in kept.toml', todo="Add it there.")
        answers.merge(Answers(dict.fromkeys(questions[name], unknown)))
    if REGISTERS in here:
        answers.merge(stores[REGISTERS].answer(here.pop(REGISTERS), progress=progress))
    pool = ThreadPoolExecutor(max_workers=max(1, len(here)))
    try:
        futures = [pool.submit(stores[name].answer, asked, progress=progress) for name, asked in here.items()]
        for future in futures:
            answers.merge(future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever stops the work does not wait for a store's answer
    return answers
