"""Loading a company's privacy folder into one policy, or saying everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from kept.base.errors import PolicyError, PolicyErrors

from .bindings import read_bindings
from .crosschecks import cross_check
from .folder import Folder, read_folder
from .policy import Policy
from .settings import Settings

__all__ = ["load", "load_settings"]


def load(folder: Path, terms: Mapping[str, type], *, kinds: Collection[str] | None = None) -> Policy:
    """Return the policy that a privacy folder holds.

    `terms` gives for each promise's code the dataclass that its fields are read into; `kinds` are the detectors that `coarse` in
    the map may name, or None where that is not to be checked. Raises PolicyErrors with everything that is wrong, in the order of
    files and lines; places name files as `folder` was written, so that an editor can jump to them.
    """
    read = read_folder(folder)
    owner = read.settings.value.company.owner if read.settings else ""  # without settings there is an error, and no policy
    bindings, clauses = read_bindings(read.promises, terms, owner, read.errors) if read.promises else ((), ())
    read.errors.extend(cross_check(read, bindings, clauses, kinds))
    _raise_all(read.errors)
    if read.prose is None or read.purposes is None or read.settings is None:
        raise AssertionError("a file of the folder was not read and no error says why")
    head = read.prose.head
    return Policy(
        title=head.title,
        version=head.version,
        effective=head.effective,
        introduction=read.prose.introduction,
        clauses=read.prose.clauses,
        bound=tuple(binding.bound for binding in bindings),
        purposes=read.purposes.value.purposes,
        stores={name: loaded.value for name, loaded in read.maps.items()},
        settings=read.settings.value,
        digest=read.digest(),
        holds=read.holds.value.holds if read.holds else {},
        processors=read.processors.value.processors if read.processors else {},
    )


def load_settings(folder: Path) -> Settings:
    """Return what `kept.toml` says, whatever the other files look like: a store is scanned before it has a map.

    Raises PolicyErrors.
    """
    read = Folder(path=folder, errors=[])
    loaded = read.loaded("kept.toml", Settings)
    _raise_all(read.errors)
    if loaded is None:
        raise AssertionError("kept.toml was not read and no error says why")
    return loaded.value


def _raise_all(errors: list[PolicyError]) -> None:
    """Raise what was found, once each, in the order of files and lines."""
    by_text = {str(error): error for error in errors}
    if by_text:
        ordered = sorted(by_text.values(), key=lambda error: (error.place.file, error.place.line, error.place.column))
        raise PolicyErrors(tuple(ordered))
