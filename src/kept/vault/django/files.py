"""Files that are sealed on the way into a storage and opened on the way out, whatever storage it is."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.core.files.base import File
from django.db import models
from django.db.models.fields.files import FieldFile

from kept.base.errors import Refused
from kept.vault.files import CHUNK, MAGIC, FileField, SealedReader, looks_sealed, sealed_size
from kept.vault.orm_values import Whose

from .values import OwnedField

__all__ = ["OpenedFile", "SealedFieldFile", "SealedFileField", "SealingFile"]


class _Out(io.RawIOBase):
    """Where a writer leaves sealed bytes until they are fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, some: Any, /) -> int:
        self.waiting += some
        return len(some)


if TYPE_CHECKING:
    BytesFile = File[bytes]
else:
    BytesFile = File


class SealingFile(BytesFile):
    """A file in the clear, read sealed: what a storage is given.

    It holds a few chunks of 64 KiB; going back to its start seals it anew.
    """

    def __init__(self, source: File[Any], files: FileField, whose: Whose) -> None:
        """Take the file and whom it is sealed for. Raises as `Field.seal` does, before anything is read."""
        super().__init__(None, source.name)
        self._source = source
        self._files = files
        self._whose = whose
        self._start()

    def _start(self) -> None:
        self._out = _Out()
        self._writer = self._files.writer(self._whose.subject, cast(BinaryIO, self._out), self._whose.row)
        self._parts = self._source.chunks(CHUNK)
        self._at = 0
        self._ended = False

    @property
    def size(self) -> int:
        """How many bytes are read: those of the sealed file."""
        return sealed_size(self._source.size)

    @property
    def closed(self) -> bool:
        """Whether the file in the clear is closed."""
        return bool(self._source.closed)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """To its start, and to its end to be measured."""
        return True

    def tell(self) -> int:
        """Return how many sealed bytes were read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to the start, where sealing begins anew, or to the end. Raises io.UnsupportedOperation for any place between."""
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if place == 0 and self._at:
            self._start()
        elif place == self.size:
            self._at = place
        elif place != self._at:
            raise io.UnsupportedOperation("a file that is being sealed is read from its start")
        return place

    def read(self, size: int | None = -1, /) -> bytes:
        """Return sealed bytes, at most `size`."""
        everything = size is None or size < 0
        while not self._ended and (everything or len(self._out.waiting) < (size or 0)):
            self._pull()
        some = bytes(self._out.waiting if everything else self._out.waiting[:size])
        del self._out.waiting[: len(some)]
        self._at += len(some)
        return some

    def _pull(self) -> None:
        part = next(self._parts, None)
        if part is None:
            self._writer.close()
            self._ended = True
        else:
            self._writer.write(part.encode("utf-8") if isinstance(part, str) else part)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the sealed file from its start."""
        self.seek(0)
        while some := self.read(chunk_size or CHUNK):
            yield some

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Whether there is more than one chunk."""
        return self.size > (chunk_size or CHUNK)

    def close(self) -> None:
        """Close the file in the clear."""
        self._source.close()


class OpenedFile(BytesFile):
    """A sealed file, read opened. It seeks where the storage's file does, and holds a chunk of 64 KiB."""

    def __init__(self, source: Any, reader: SealedReader, name: str | None) -> None:
        """Take the storage's file and the reader over it."""
        super().__init__(io.BufferedReader(reader), name)
        self._source = source
        self._size = reader.size

    @property
    def size(self) -> int:
        """How many bytes the file has once opened. Raises AttributeError where the storage's file cannot seek."""
        if self._size is None:
            raise AttributeError("the size of a sealed file is known only where its storage can seek")
        return self._size

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> OpenedFile:  # noqa: ARG002 - Django's shape
        """Go to the start. Raises ValueError for a file that was closed: ask the field for it again."""
        if self.closed:
            raise ValueError("The file was closed.")
        self.seek(0)
        return self

    def close(self) -> None:
        """Close the storage's file as well."""
        super().close()
        self._source.close()


class SealedFieldFile(FieldFile):
    """What an instance of a model gives for a sealed file."""

    field: SealedFileField
    _committed: bool

    def _get_file(self) -> File[bytes]:
        if not self:
            raise ValueError(f"The '{self.field.name}' attribute has no file associated with it.")
        found: File[bytes] | None = getattr(self, "_file", None)
        if found is None or (self._committed and found.closed):
            found = self._file = self._opened()
        return found

    def _set_file(self, file: Any) -> None:
        self._file = file

    def _del_file(self) -> None:
        del self._file

    file = property(_get_file, _set_file, _del_file)

    def _opened(self) -> File[bytes]:
        source = self.storage.open(str(self.name), "rb")
        try:
            start = source.read(len(MAGIC))
            source.seek(0)
            if not looks_sealed(start):
                return cast("File[bytes]", source)
            whose = self.field.origin(self.instance) or self.field.whose(self.instance)
            if whose is None:
                raise self.field.values.nobody()
            reader = self.field.files().reader(whose.subject, cast(BinaryIO, source), whose.row)
        except BaseException:
            source.close()
            raise
        return OpenedFile(source, reader, self.name)

    @property
    def size(self) -> int:
        """How many bytes the file has once opened."""
        if not self._committed or not self.closed:
            return int(self.file.size)
        with self._opened() as opened:
            return int(opened.size)

    def open(self, mode: str | None = "rb", *args: Any, **kwargs: Any) -> SealedFieldFile:  # noqa: ARG002 - Django's shape
        """Open the file to be read from its start. Raises Refused for any other way of opening it."""
        if mode not in (None, "rb") and self._committed:
            raise Refused(f"a sealed file cannot be opened as {mode!r}", todo="Open it as 'rb', and save a new one to change it.")
        self.file.open("rb")
        return self

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Seal the file into the storage. Raises as `Field.seal` does, before anything is stored."""
        whose = self.field.whose(self.instance)
        if whose is None:
            raise self.field.values.nobody()
        source = content if isinstance(content, File) else File(content)
        super().save(name, SealingFile(source, self.field.files(), whose), save=False)
        self.field.set_origin(self.instance, whose)
        if save:
            self.instance.save()


class SealedFileField(OwnedField[Any, Any], models.FileField):
    """A file field whose files are sealed in their storage; their names are not, nor is what Django keeps while it uploads.

    `kind` is the kind of person and `person` the field with that person's key, both as Kept's map has them. With `row`, a file is
    bound to that field's value as well. `place` is the name that files are bound to, where it is not `store.table.column`.
    """

    attr_class = SealedFieldFile

    def files(self) -> FileField:
        """Return the place whose files are sealed."""
        return self.values.vault.files(self.values.place)

    def origin(self, instance: models.Model) -> Whose | None:
        """Return whom the file was sealed for, where that is known."""
        return cast("Whose | None", instance.__dict__.get(self._origin))

    def set_origin(self, instance: models.Model, whose: Whose | None) -> None:
        """Note whom the file is sealed for."""
        instance.__dict__[self._origin] = whose

    @property
    def _origin(self) -> str:
        return f"_{self.name}_of"

    def note_origin(self, instance: models.Model) -> None:
        """Note whom a file that was just loaded is sealed for, before anybody changes the row's person."""
        if instance.__dict__.get(self.attname):
            self.set_origin(instance, self.whose_at_hand(instance))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Seal a new file into the storage. Raises Refused for an old one whose row is given to another person."""
        file = getattr(model_instance, self.attname)
        if getattr(file, "held", ""):
            return file.held
        if file and file._committed:
            self.refuse_moved(model_instance)
        return super().pre_save(model_instance, add)

    def refuse_moved(self, instance: models.Model) -> None:
        """Raise Refused where a stored file is sealed for another person than its row is about now."""
        origin = self.origin(instance)
        file = getattr(instance, self.attname)
        if origin is None or not file or not file._committed or origin == self.whose(instance):
            return
        raise Refused(
            f"a row of {self} is given to another person, and its file is sealed for the first",
            todo="Save the file anew for the new person: open it, give the row its person, and save what was read.",
        )

    def waits(self, instance: models.Model) -> bool:
        """Whether there is a new file, and nobody yet to seal it for."""
        file = getattr(instance, self.attname)
        return bool(file) and not file._committed and self.whose(instance) is None

    def hold(self, instance: models.Model) -> Any:
        """Let a random name stand in for the file's."""
        file = getattr(instance, self.attname)
        file.held = secrets.token_hex(8)
        return file

    def put_back(self, instance: models.Model, before: Any) -> None:
        """Take the name that stood in out again."""
        before.held = ""
        instance.__dict__[self.attname] = before

    def release(self, instance: models.Model) -> dict[str, Any]:
        """Seal the file into the storage now that the person is known; return its name, by the name of the field."""
        file = getattr(instance, self.attname)
        file.held = ""
        file.save(file.name, file.file, save=False)
        return {self.name: file.name}
