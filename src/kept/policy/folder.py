"""Reading the files of a privacy folder, each by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from kept.base.errors import Place, PolicyError

from .datamap import StoreMap
from .decode import decode
from .holds import HoldsFile
from .processors import ProcessorsFile
from .prose import Prose, read_prose
from .purposes import PurposesFile
from .settings import Settings
from .source import read_bytes, text_of
from .toml_tree import read_toml
from .tree import Node, wrong
from .yaml_tree import read_yaml

__all__ = ["Folder", "Loaded", "read_folder"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Generic[T]):
    """What a file holds, and its tree, which knows the places."""

    file: str
    tree: Node
    value: T


@dataclass(slots=True)
class Folder:
    """The files as far as they could be read; None, or a name in `unread`, where one could not."""

    path: Path
    errors: list[PolicyError]
    contents: dict[str, bytes] = field(default_factory=dict)
    prose: Prose | None = None
    promises: Node | None = None
    purposes: Loaded[PurposesFile] | None = None
    settings: Loaded[Settings] | None = None
    holds: Loaded[HoldsFile] | None = None
    processors: Loaded[ProcessorsFile] | None = None
    maps: dict[str, Loaded[StoreMap]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def place(self, name: str) -> str:
        """Return how a file of the folder is named in an error."""
        return (self.path / name).as_posix()

    def text(self, name: str) -> str | None:
        """Return a file's text, or None with an error added."""
        try:
            self.contents[name] = read_bytes(self.path / name, self.place(name))
            return text_of(self.contents[name], self.place(name))
        except PolicyError as error:
            self.errors.append(error)
            return None

    def tree(self, name: str) -> Node | None:
        """Return a YAML or TOML file's tree, or None with errors added."""
        text = self.text(name)
        if text is None:
            return None
        reader: Callable[[str, str, list[PolicyError]], Node | None] = read_toml if name.endswith(".toml") else read_yaml
        return reader(text, self.place(name), self.errors)

    def loaded(self, name: str, kind: type[T]) -> Loaded[T] | None:
        """Return what a file holds, or None with errors added."""
        tree = self.tree(name)
        value = decode(tree, kind, self.errors) if tree else None
        return Loaded(file=self.place(name), tree=tree, value=value) if tree and value is not None else None

    def digest(self) -> str:
        """Return the SHA-256 (hex) over the names and bytes of the files that were read, in the order of their names."""
        return _digest(self.contents)


def read_folder(path: Path) -> Folder:
    """Read every file of a privacy folder; what is wrong stands in the `errors` of the result."""
    folder = Folder(path=path, errors=[])
    if not path.is_dir():
        todo = "Run `kept init` to write one, or name the right folder."
        folder.errors.append(wrong(Place(file=path.as_posix()), "there is no such folder", todo))
        return folder
    prose = folder.text("policy.md")
    if prose is not None:
        folder.prose = read_prose(prose, folder.place("policy.md"), folder.errors)
    folder.promises = folder.tree("promises.yaml")
    folder.purposes = folder.loaded("purposes.yaml", PurposesFile)
    folder.settings = folder.loaded("kept.toml", Settings)
    _read_optional(folder)
    _read_maps(folder)
    return folder


def _read_optional(folder: Folder) -> None:
    if (folder.path / "holds.yaml").exists():
        folder.holds = folder.loaded("holds.yaml", HoldsFile)
    if (folder.path / "processors.yaml").exists():
        folder.processors = folder.loaded("processors.yaml", ProcessorsFile)
    _refuse_yml(folder, folder.path, "")


def _read_maps(folder: Folder) -> None:
    maps = folder.path / "map"
    if not maps.is_dir():
        todo = "Run `kept init` to write a first map, or `kept scan` to propose one."
        folder.errors.append(wrong(Place(file=folder.place("map")), "the folder of the data map is missing", todo))
        return
    _refuse_yml(folder, maps, "map/")
    for file in sorted(maps.glob("*.yaml")):
        if file.name.startswith("."):
            continue
        loaded = folder.loaded(f"map/{file.name}", StoreMap)
        if loaded is None:
            folder.unread.add(file.stem)
        else:
            folder.maps[file.stem] = loaded


def _refuse_yml(folder: Folder, path: Path, prefix: str) -> None:
    """Refuse files that would be passed over because their name ends in `.yml`."""
    for file in sorted(path.glob("*.yml")):
        if not file.name.startswith("."):
            name = folder.place(f"{prefix}{file.name}")
            folder.errors.append(wrong(Place(file=name), "Kept reads only .yaml", f"Rename it to {file.stem}.yaml."))


def _digest(contents: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(contents):
        encoded = name.encode("utf-8", "surrogateescape")
        total.update(len(encoded).to_bytes(8) + encoded + len(contents[name]).to_bytes(8) + contents[name])
    return total.hexdigest()
