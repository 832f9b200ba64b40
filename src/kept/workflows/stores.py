"""The stores of a policy, opened by the environment variables that kept.toml names."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kept.base.changes import VAULT, Change, PersonChange
from kept.base.errors import KeptError, SourceError, StoreUnreachable
from kept.base.names import Table
from kept.base.ports import Connector, Preview, Progress, Receipt, Row, Selection, silent
from kept.base.questions import Answers, Question
from kept.base.seals import NoSeals, Seals
from kept.base.verdicts import Unknown
from kept.connectors import open_store
from kept.db.registers import Registers
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns
from kept.policy.settings import Settings, StoreSettings
from kept.vault.columns import ColumnSeals
from kept.vault.register import VaultRegister
from kept.vault.vault import Vault

from .vaults import opened_vault

__all__ = ["Missing", "ask", "open_one", "opened", "register_of", "with_vault"]

REGISTERS = "kept"
"""The name under which Kept's own registers are asked."""


class Missing:
    """A store that cannot be opened: it answers Unknown to everything, with the reason."""

    def __init__(self, store: str, error: KeptError) -> None:
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

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def read(self, selection: Selection) -> Iterator[Row]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._error

    def close(self) -> None:
        """Do nothing: nothing was opened."""


@contextmanager
def opened(policy: Policy, folder: Path, actor: str) -> Iterator[Mapping[str, Connector]]:
    """Yield a connector for every store of the policy, for the vault and for Kept's own registers; close them all afterwards.

    A vault that cannot be opened, or is not there, keeps nothing else from being asked: what it would have to open is unknown.
    """
    try:
        vault = opened_vault(folder, actor=actor)
    except KeptError as error:
        columns = sealed_columns(policy)
        with _stores(policy, NoSeals(columns, error)) as stores:
            yield {**stores, VAULT: Missing(VAULT, error)}
        return
    with with_vault(policy, vault) as stores:
        yield stores


@contextmanager
def with_vault(policy: Policy, vault: Vault) -> Iterator[Mapping[str, Connector]]:
    """Yield the connectors of a policy with a vault that is open already; close them, and it, afterwards."""
    register = register_of(policy.settings, vault)
    try:
        with _stores(policy, ColumnSeals(vault, sealed_columns(policy))) as stores:
            yield {**stores, VAULT: register}
    finally:
        register.close()


def register_of(settings: Settings, vault: Vault) -> VaultRegister:
    """Return the vault as a store."""
    urls = {name: url for name, store in settings.stores.items() if (url := os.environ.get(store.url.variable))}
    backups = {name: store.backup for name, store in settings.stores.items()}
    return VaultRegister(vault, provider=settings.vault.provider, stores=urls, backups=backups)


@contextmanager
def _stores(policy: Policy, seals: Seals) -> Iterator[Mapping[str, Connector]]:
    stores: dict[str, Connector] = {name: _open(name, settings, seals) for name, settings in policy.settings.stores.items()}
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


def _open(name: str, settings: StoreSettings, seals: Seals | None = None) -> Connector:
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
        return open_store(name, url, timeout_seconds=seconds, seals=seals)
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
    for own in (REGISTERS, VAULT):
        if own in here:
            answers.merge(stores[own].answer(here.pop(own), progress=progress))
    pool = ThreadPoolExecutor(max_workers=max(1, len(here)))
    try:
        futures = [pool.submit(stores[name].answer, asked, progress=progress) for name, asked in here.items()]
        for future in futures:
            answers.merge(future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever stops the work does not wait for a store's answer
    return answers
