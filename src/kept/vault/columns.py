"""The vault as connectors see it: it seals and opens the cells of the columns that the map says are sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag

from kept.base.changes import PLACEHOLDER
from kept.base.errors import IntegrityError, KeyDestroyed, UnknownFormat
from kept.base.names import Column
from kept.base.seals import Cell, SealedBy, Sealing, SealState, Written, subject_of

from .blind import BlindIndex
from .format import begins_sealed, from_text, parse, sealed_length, to_text
from .vault import Vault

__all__ = ["ColumnSeals"]


class ColumnSeals:
    """Seals and opens for one installation; see `kept.base.seals.Seals` for what that promises."""

    def __init__(self, vault: Vault, columns: Mapping[Column, SealedBy]) -> None:
        """Take the vault and the sealed columns of the map."""
        self._vault = vault
        self._columns = columns
        self._fields = {by.place: vault.field(by.place) for by in columns.values()}
        self._indexes: dict[str, BlindIndex] = {by.place: vault.index(by.place, by.match) for by in columns.values() if by.index}

    def of(self, column: Column) -> SealedBy | None:
        """Return how a column is sealed, None where it is not."""
        return self._columns.get(column)

    def ready(self, by: SealedBy, cells: Sequence[Cell]) -> None:
        """Fetch the keys that the sealed ones among these cells name."""
        self._vault.look()
        self._vault.warm(
            {key_id: subject_of(by.kind, cell.person) for cell in cells if (key_id := _key_id(cell.value)) is not None}
        )

    def admit(self, by: SealedBy, people: Sequence[object]) -> None:
        """Make keys for people who have none; those whose key was destroyed are left out, and their rows will be too."""
        subjects = [subject_of(by.kind, person) for person in people]
        gone = self._vault.people.gone(subjects)
        self._vault.load([subject for subject in subjects if subject not in gone])

    def length(self, size: int, *, text: bool) -> int:
        """Return how long `size` bytes are once sealed."""
        return sealed_length(size, text=text)

    def states(self, by: SealedBy, cells: Sequence[Cell]) -> list[SealState]:
        """Say what each cell is."""
        self.ready(by, cells)
        plain = [cell.person for cell in cells if cell.person is not None and _key_id(cell.value) is None]
        back = self._vault.people.gone([subject_of(by.kind, person) for person in plain]) if plain else frozenset()
        return [self._state(by, cell, back) for cell in cells]

    def _state(self, by: SealedBy, cell: Cell, back: frozenset[str]) -> SealState:
        if _is_anonymised(cell.value):
            return SealState.ENDED
        if _key_id(cell.value) is None:
            if cell.person is None:
                return SealState.NOBODY
            return SealState.BACK if subject_of(by.kind, cell.person) in back else SealState.PLAIN
        try:
            value, current = self._open(by, cell)
        except KeyDestroyed:
            return SealState.ENDED
        except (IntegrityError, UnknownFormat):
            return SealState.STRANGE
        return SealState.SEALED if current and self._indexed(by, cell, value) else SealState.OLD

    def _indexed(self, by: SealedBy, cell: Cell, value: bytes) -> bool:
        index = self._indexes.get(by.place)
        return index is None or cell.blind == index.of(_text(value))

    def open(self, by: SealedBy, cells: Sequence[Cell]) -> list[Sealing | None]:
        """Return what each cell says; None where nobody can read it any more."""
        self.ready(by, cells)
        return [self._opened(by, cell) for cell in cells]

    def _opened(self, by: SealedBy, cell: Cell) -> Sealing | None:
        if cell.value is None or _key_id(cell.value) is None:
            return cell.value
        try:
            value = self._open(by, cell)[0]
        except KeyDestroyed:
            return None
        if isinstance(cell.value, bytes):
            return value
        try:
            return value.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # which holds the value
            del value
        raise self._fields[by.place].no_text()

    def _open(self, by: SealedBy, cell: Cell) -> tuple[bytes, bool]:
        """Return what a sealed cell says, and whether it is sealed under its person's current key."""
        sealed = from_text(cell.value) if isinstance(cell.value, str) else cell.value or b""
        parsed, subject = parse(sealed), subject_of(by.kind, cell.person)
        key = self._vault.open_key(parsed.key_id, subject)
        field = self._fields[by.place]
        try:
            return key.gcm.decrypt(parsed.nonce, parsed.ciphertext, field.about(key, _row(by, cell))), key.current
        except InvalidTag:
            pass
        raise field.broken()

    def seal(self, by: SealedBy, cells: Sequence[Cell]) -> list[Written]:
        """Seal each cell; NULLs, empty and anonymised texts, and cells of nobody stay as they are."""
        self._vault.look()
        subjects = [subject_of(by.kind, cell.person) for cell in cells if _is_worth_sealing(cell)]
        keys = self._vault.load(subjects)
        field, index = self._fields[by.place], self._indexes.get(by.place)
        written = []
        for cell in cells:
            if not _is_worth_sealing(cell) or cell.value is None:
                written.append(Written(cell.value))
                continue
            value, subject = cell.value, subject_of(by.kind, cell.person)
            raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
            sealed = field.seal_with(keys[subject], raw, _row(by, cell))
            blind = index.of(_text(raw)) if index else None
            written.append(Written(to_text(sealed) if isinstance(value, str) else sealed, blind))
        return written


def _key_id(value: Sealing | None) -> bytes | None:
    """Return the key id that a value names, None where it does not have the form of a sealed one."""
    if value is None or not begins_sealed(value):
        return None
    try:
        return parse(from_text(value) if isinstance(value, str) else value).key_id
    except UnknownFormat:
        return None


def _row(by: SealedBy, cell: Cell) -> str:
    return str(cell.row) if by.row else ""


def _text(raw: bytes) -> str:
    """Return the text that a value is indexed by: bytes that are no text have one too."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape")


def _is_worth_sealing(cell: Cell) -> bool:
    return bool(cell.value) and cell.person is not None and not _is_anonymised(cell.value)


def _is_anonymised(value: Sealing | None) -> bool:
    return isinstance(value, str) and value.startswith(PLACEHOLDER)
