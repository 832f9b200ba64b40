"""Finding a provider by name, and reading its options."""

from __future__ import annotations

import ast
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from kept.base.errors import Refused

from .provider import Provider

__all__ = ["Kind", "connect", "kinds"]

HERE = Path(__file__).parent
APART = {"__init__", "provider", "registry"}
ENVIRONMENT = "env:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of provider: its name in kept.toml, what it is, and its options with what each means."""

    name: str
    title: str
    options: Mapping[str, str]
    secrets: frozenset[str]
    module: str


def kinds() -> Mapping[str, Kind]:
    """Return every kind by name. Reads the files without importing them, because each may need a package that is not installed."""
    found = [_kind(path) for path in sorted(HERE.glob("*.py")) if path.stem not in APART]
    return {kind.name: kind for kind in found}


def connect(name: str, options: Mapping[str, str], folder: Path) -> Provider:
    """Return the provider of that name. Raises Refused for an unknown name or option, a missing variable or a missing package."""
    kind = kinds().get(name)
    if kind is None:
        raise Refused(f"there is no key provider {name!r}", todo=f"Use one of: {', '.join(kinds())}.")
    if strange := sorted(options.keys() - kind.options.keys()):
        known = ", ".join(kind.options) or "none"
        raise Refused(f"the provider {name} has no option {', '.join(strange)}", todo=f"Its options are: {known}.")
    module = _loaded(kind)
    provider: Provider = module.connect({key: _resolved(kind, key, value) for key, value in options.items()}, folder)
    return provider


@cache
def _kind(path: Path) -> Kind:
    """Read the constants of a provider's file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    said = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in CONSTANTS
    }
    return Kind(
        name=said["NAME"],
        title=said["TITLE"],
        options=said["OPTIONS"],
        secrets=frozenset(said["SECRETS"]),
        module=f"{__package__}.{path.stem}",
    )


CONSTANTS = {"NAME", "TITLE", "OPTIONS", "SECRETS"}


def _loaded(kind: Kind) -> ModuleType:
    try:
        return importlib.import_module(kind.module)
    except ImportError as error:
        raise Refused(
            f"the provider {kind.name} needs the package {error.name}, which is not installed",
            todo=f"Install it with: pip install 'keptpolicy[{kind.name}]'.",
        ) from None


def _resolved(kind: Kind, option: str, value: str) -> str:
    if value.startswith(ENVIRONMENT):
        found = os.environ.get(value.removeprefix(ENVIRONMENT))
        if not found:
            variable = value.removeprefix(ENVIRONMENT)
            where = f"[vault.providers.{kind.name}] {option}"
            raise Refused(f"the environment variable {variable}, which {where} names, is not set", todo=f"Set {variable}.")
        return found
    if option in kind.secrets:
        raise Refused(
            f"[vault.providers.{kind.name}] {option} holds a secret in the file itself",
            todo=f'Write {option} = "env:NAME" and put the secret into that environment variable; then change the secret.',
        )
    return value
