"""Writing the data map: a whole file for a new store, or lines added to a file that people have written in.

A file that exists is never written anew. New lines are put in where they belong and everything else stays as it is, to the
byte; the result is read back and must say exactly what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kept.base.errors import PolicyError, PolicyErrors, Refused

from .datamap import StoreMap, TableMap, table_of
from .decode import decode
from .layout import block, flow, scalar
from .tree import Keyed, Node, Scalar, node_at
from .written import plain_of
from .yaml_tree import read_yaml

__all__ = ["Remarks", "merge_fields", "render_map"]

Remarks = Mapping[tuple[str, str], str]
"""A comment for a field, by its table's local name and its own."""

HEADER: Final = """\
# yaml-language-server: $schema=../schema/map.json
#
# Where this store keeps personal data: table by table, column by column. `kept scan` shows what is not here yet.
"""


def render_map(store_map: StoreMap, remarks: Remarks | None = None) -> str:
    """Return the file for a store's map; reading it gives an equal map. Remarks stand as comments behind their fields."""
    plain = plain_of(store_map)
    lines = HEADER.splitlines()
    for key in ("store", "region"):
        lines += block(key, plain[key], 0)
    lines.append("tables:" if store_map.tables else "tables: {}")
    for number, (local, table) in enumerate(store_map.tables.items()):
        lines += [""] if number else []
        lines += _table(local, table, 2, remarks or {})
    if store_map.not_personal:
        lines += ["# Tables without personal data, said on purpose; * stands for any text."]
        lines += block("not_personal", plain["not_personal"], 0)
    return "\n".join(lines) + "\n"


def merge_fields(existing: str, additions: Mapping[str, TableMap], remarks: Remarks | None = None, *, file: str = "the map") -> str:
    """Return a map's text with the fields that it lacks; what stands in it, comments and order included, stays as it is.

    `additions` gives tables by their local name. To a table that the map knows only its new fields are added; a table that it
    does not know is added as a whole, at the end. Raises PolicyErrors when the existing text is not a map, Refused when it is
    written so that nothing can be added to it safely.
    """
    is_windows = existing.count("\r\n") == existing.count("\n") > 0
    text = (existing.replace("\r\n", "\n") if is_windows else existing).removesuffix("\n") + "\n"
    tree, before = _read(text, file)
    merge = _Merge(lines=text.split("\n"), tree=tree, remarks=remarks or {})
    wanted = dict(before.tables)
    known = {table_of(before.store, local): local for local in before.tables}
    new: dict[str, TableMap] = {}
    for local, table in additions.items():
        there = known.get(table_of(before.store, local))
        if there is None:
            new[local] = table
        else:
            fields = {name: entry for name, entry in table.fields.items() if name not in before.tables[there].fields}
            wanted[there] = replace(before.tables[there], fields={**before.tables[there].fields, **fields})
            merge.add_fields(there, local, replace(table, fields=fields))
    merge.add_tables(new)
    result = merge.text() if existing.endswith("\n") else merge.text().removesuffix("\n")
    _prove(result, replace(before, tables={**wanted, **new}), file)
    return result.replace("\n", "\r\n") if is_windows else result


def _read(text: str, file: str) -> tuple[Node, StoreMap]:
    errors: list[PolicyError] = []
    tree = read_yaml(text, file, errors)
    store_map = decode(tree, StoreMap, errors) if tree else None
    if tree is None or store_map is None or errors:
        raise PolicyErrors(tuple(errors))
    return tree, store_map


def _prove(result: str, wanted: StoreMap, file: str) -> None:
    errors: list[PolicyError] = []
    tree = read_yaml(result, file, errors)
    if errors or tree is None or decode(tree, StoreMap, errors) != wanted:
        todo = "Write its tables and fields one below the other, without references, or add the lines by hand."
        raise Refused(f"{file} is written in a way that Kept cannot add to", todo=todo)


def _table(local: str, table: TableMap, indent: int, remarks: Remarks) -> list[str]:
    lines = [f"{' ' * indent}{scalar(local, in_flow=True)}:"]
    plain = plain_of(table)
    fields = plain.pop("fields")
    for key, value in plain.items():
        lines += block(key, value, indent + 2)
    lines.append(f"{' ' * (indent + 2)}fields:" if fields else f"{' ' * (indent + 2)}fields: {{}}")
    for name, value in fields.items():
        lines += block(name, value, indent + 4, remark=remarks.get((local, name), ""))
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class _Insertion:
    """Text to put in before a column of a line, both counted from 0; whole lines go before column 0."""

    line: int
    column: int
    text: str


class _Merge:
    """Collects insertions into the lines of a file and makes them from the bottom up."""

    def __init__(self, *, lines: list[str], tree: Node, remarks: Remarks) -> None:
        self._lines = lines
        self._tree = tree
        self._remarks = remarks
        self._insertions: list[_Insertion] = []

    def add_fields(self, there: str, local: str, table: TableMap) -> None:
        """Add fields to a table that the file names `there`."""
        holder = node_at(self._tree, "tables", there, "fields")
        if isinstance(holder, Keyed) and table.fields:
            plain = plain_of(table)["fields"]
            if self._is_flow(holder):
                self._put_in_flow(holder, plain)
            else:
                indent = _indent(holder)
                remarks = [self._remarks.get((local, name), "") for name in plain]
                lines = [block(name, plain[name], indent, remark=remark) for name, remark in zip(plain, remarks, strict=True)]
                self._put_below(holder, [line for each in lines for line in each])

    def add_tables(self, tables: Mapping[str, TableMap]) -> None:
        """Add whole tables at the end of the others."""
        holder = node_at(self._tree, "tables")
        if isinstance(holder, Keyed) and tables:
            if self._is_flow(holder) and holder.entries:
                self._put_in_flow(holder, {local: plain_of(table) for local, table in tables.items()})
            elif self._is_flow(holder):
                self._open_up(
                    holder, [line for local in tables for line in ["", *_table(local, tables[local], 2, self._remarks)]][1:]
                )
            else:
                indent = _indent(holder)
                self._put_below(
                    holder, [line for local in tables for line in ["", *_table(local, tables[local], indent, self._remarks)]]
                )

    def text(self) -> str:
        """Return the lines with every insertion made."""
        lines = list(self._lines)
        ordered = sorted(enumerate(self._insertions), key=lambda each: (each[1].line, each[1].column, each[0]))
        for _, insertion in reversed(ordered):
            line = lines[insertion.line]
            lines[insertion.line] = line[: insertion.column] + insertion.text + line[insertion.column :]
        return "\n".join(lines)

    def _is_flow(self, holder: Keyed) -> bool:
        return self._lines[holder.place.line - 1].startswith("{", holder.place.column - 1)

    def _put_in_flow(self, holder: Keyed, plain: Mapping[str, object]) -> None:
        inside = flow(dict(plain))[1:-1] + (", " if holder.entries else "")
        self._insertions.append(_Insertion(line=holder.place.line - 1, column=holder.place.column, text=inside))

    def _open_up(self, holder: Keyed, lines: list[str]) -> None:
        """Turn `{}` into lines below its key."""
        number, column = holder.place.line - 1, holder.place.column - 1
        line = self._lines[number]
        end = line.find("}", column) + 1
        if end:
            self._lines[number] = line[:column].rstrip() + line[end:]
            self._insertions.append(_Insertion(line=number + 1, column=0, text="\n".join(lines) + "\n"))

    def _put_below(self, holder: Keyed, lines: list[str]) -> None:
        after = self._end(_last(holder)) + 1
        self._insertions.append(_Insertion(line=after, column=0, text="\n".join(lines) + "\n"))

    def _end(self, key: Scalar) -> int:
        """Return the number of the last line that belongs to an entry; comments and blanks that follow it do not."""
        last = key.place.line - 1
        for number in range(key.place.line, len(self._lines)):
            line = self._lines[number].lstrip(" ")
            is_deeper = len(self._lines[number]) - len(line) >= key.place.column
            if line.strip() and is_deeper:
                last = number
            elif line.strip() and not line.startswith("#"):
                break
        return last


def _last(holder: Keyed) -> Scalar:
    return max(_keys(holder), key=lambda key: key.place.line)


def _indent(holder: Keyed) -> int:
    return _last(holder).place.column - 1


def _keys(holder: Keyed) -> Iterator[Scalar]:
    return (entry.key for entry in holder.entries)
