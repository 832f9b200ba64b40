"""Finding a way of asking by its name, and giving it what processors.yaml says."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.policy.processors import Asking, faults

from .orders import Processor
from .wire import Patience

__all__ = ["Known", "Surroundings", "Way", "connect", "ways"]

APART = frozenset({"certificates", "choosing", "orders", "registry", "signing", "tokens", "wire"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of asking: its name in processors.yaml, what it is, and its options and secrets with what each means."""

    name: str
    title: str
    options: Mapping[str, str]
    secrets: Mapping[str, str]
    needs: frozenset[str]
    connect: Callable[[Known], Processor] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a way needs of the world around it.

    `environ` holds the secrets that processors.yaml names; `clock` returns the time, with its zone; `send` sends a letter and
    raises SourceError where it did not go; `company` and `sender` are whom letters come from.
    """

    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    company: str
    sender: str = ""
    send: Callable[[EmailMessage], None] | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything a way knows of the processor it is to ask."""

    name: str
    asking: Asking
    secrets: Mapping[str, Personal[str]]
    around: Surroundings

    def option(self, name: str, otherwise: str = "") -> str:
        """Return what processors.yaml says of an option of the way."""
        return self.asking.options.get(name, otherwise)

    def secret(self, name: str) -> Personal[str] | None:
        """Return a secret, None where processors.yaml names none."""
        return self.secrets.get(name)


@cache
def ways() -> Mapping[str, Way]:
    """Return every way of asking by name, found by scanning this folder. Raises TypeError when two share a name."""
    found: dict[str, Way] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name in APART:
            continue
        kind: Any = importlib.import_module(f"{__package__}.{module.name}")
        if kind.NAME in found:
            raise TypeError(f"two ways of asking share the name {kind.NAME!r}")
        found[kind.NAME] = Way(
            name=kind.NAME,
            title=kind.TITLE,
            options=kind.OPTIONS,
            secrets=kind.SECRETS,
            needs=frozenset(kind.NEEDS),
            connect=kind.connect,
        )
    return MappingProxyType(dict(sorted(found.items())))


def connect(name: str, asking: Asking, around: Surroundings) -> Processor:
    """Return the processor of that short name, ready to be asked; nothing is sent yet.

    Raises Refused for a way there is not, for options and secrets that are missing or unknown, for a variable that is not set, and
    for an address nobody should be asked at.
    """
    way = ways().get(asking.way)
    if way is None:
        raise Refused(f"processors.{name}.erasure names no way of asking that there is", todo=f"Use one of: {', '.join(ways())}.")
    for fault in faults(asking):
        raise Refused(f"processors.{name}.erasure: {fault.happened}", todo=fault.todo)
    for what, given, known in (("option", asking.options, way.options), ("secret", asking.secrets, way.secrets)):
        if strange := sorted(given.keys() - known.keys()):
            todo = f"Its {what}s are: {', '.join(known) or 'none'}."
            raise Refused(f"processors.{name}.erasure: {way.name} has no {what} {', '.join(strange)}", todo=todo)
    lacking = sorted(way.needs - {key for key, value in {**asking.options, **asking.secrets}.items() if value})
    if lacking:
        raise Refused(
            f"processors.{name}.erasure: {way.name} needs {', '.join(lacking)}",
            todo="Write options under `options`, and secrets under `secrets` as env:NAME.",
        )
    ca = asking.options.get("ca")
    if ca and not Path(ca).is_file():
        raise Refused(
            f"processors.{name}.erasure: the file that `ca` names is not there", todo="Name a file of authorities in PEM."
        )
    secrets = {key: _secret(name, key, reference.variable, around.environ) for key, reference in asking.secrets.items()}
    return way.connect(Known(name=name, asking=asking, secrets=secrets, around=around))


def _secret(name: str, key: str, variable: str, environ: Mapping[str, str]) -> Personal[str]:
    found = environ.get(variable, "").strip()
    if not found:
        happened = f"the environment variable {variable}, which processors.{name}.erasure.secrets.{key} names, is not set"
        raise Refused(happened, todo=f"Set {variable}.")
    return Personal(found)
