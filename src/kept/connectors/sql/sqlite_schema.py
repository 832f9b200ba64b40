"""Reading the schema of a SQLite file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from kept.base.names import Table
from kept.base.questions import ColumnInfo, ColumnType, ForeignKey, TableInfo

from .shape import Shape, quoted, source_of

__all__ = ["read_shapes"]

COLUMNS = sa.text(
    """SELECT m.name, m.type = 'view' AS is_view, c.name AS column_name, c.type AS declared, c."notnull" AS required, c.pk,
        c.hidden IN (2, 3) AS computed
    FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden <> 1
    ORDER BY m.name, c.cid"""
)
INDEXES = sa.text(
    """SELECT m.name, l.name AS index_name, l."unique" AS is_unique, l.partial, i.seqno, i.name AS column_name
    FROM sqlite_master AS m, pragma_index_list(m.name) AS l, pragma_index_info(l.name) AS i
    WHERE m.type = 'table' ORDER BY m.name, l.name, i.seqno"""
)
FOREIGN_KEYS = sa.text(
    """SELECT m.name, f.id, f."table" AS target, f."from" AS source_column, f."to" AS target_column, f.on_delete
    FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
    WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"""
)
STATISTICS = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
ESTIMATES = sa.text("SELECT tbl, CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE stat IS NOT NULL")

ROWID_NAMES = ("rowid", "_rowid_", "oid")
TYPES: tuple[tuple[str, ColumnType], ...] = (
    ("BOOL", "boolean"),
    ("DATETIME", "timestamp"),
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("JSON", "json"),
    ("UUID", "uuid"),
    ("INT", "integer"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("STRING", "text"),
    ("BLOB", "binary"),
    ("BINARY", "binary"),
    ("REAL", "decimal"),
    ("FLOA", "decimal"),
    ("DOUB", "decimal"),
    ("DEC", "decimal"),
    ("NUM", "decimal"),
)


def type_of(declared: str) -> ColumnType:
    """Return what a declared type is meant to hold; SQLite itself does not insist."""
    upper = declared.upper()
    return next((kind for sign, kind in TYPES if sign in upper), "other")


def read_shapes(connection: sa.Connection, store: str, only: Sequence[Table] | None) -> list[Shape]:
    """Return the tables and views, or only some of them, sorted by name."""
    wanted = None if only is None else {table.name for table in only if table.schema in ("", "main")}
    columns: dict[str, list[Any]] = defaultdict(list)
    keys: dict[str, dict[int, str]] = defaultdict(dict)
    for row in connection.execute(COLUMNS):
        if row.pk:
            keys[row.name.lower()][row.pk] = row.column_name
        if wanted is None or row.name in wanted:
            columns[row.name].append(row)
    if not columns:
        return []
    indexed, unique, apart = _indexes(
        connection, {(name, row.column_name) for name, rows in columns.items() for row in rows if row.computed}
    )
    foreign, estimates = _foreign_keys(connection, store, keys), _estimates(connection)
    shapes = []
    for name, rows in columns.items():
        key = _in_order(keys[name.lower()])
        alone = unique[name] | ({key[0]} if len(key) == 1 else set())
        info = TableInfo(
            table=Table(store=store, name=name),
            columns=tuple(_column(row, alone, apart[name]) for row in rows),
            key=key,
            foreign_keys=tuple(foreign[name]),
            is_view=bool(rows[0].is_view),
        )
        shape = _shape(connection, info, frozenset(indexed[name] | set(key[:1])), estimates.get(name))
        shapes.append(replace(shape, computed=frozenset(row.column_name for row in rows if row.computed)))
    return shapes


def _in_order(key: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted(key.items()))


def _column(row: Any, alone: set[str], apart: set[str | None]) -> ColumnInfo:
    return ColumnInfo(
        name=row.column_name,
        type=type_of(row.declared or ""),
        declared=row.declared or "",
        nullable=not (row.required or row.pk),
        unique=row.column_name in alone,
        apart=row.column_name in apart or None in apart,
    )


def _shape(connection: sa.Connection, info: TableInfo, indexed: frozenset[str], rows: int | None) -> Shape:
    names = [column.name for column in info.columns]
    source = source_of(info.table.name, names)
    rowid = None if info.is_view else _rowid(connection, source, names)
    if rowid is not None:
        estimate = rows if rows is not None else _spread(connection, source, rowid)
        return Shape(info=_with_rows(info, estimate), source=source, address=(rowid,), indexed=indexed)
    address = () if info.is_view else tuple(source.c[name] for name in info.key)
    return Shape(info=_with_rows(info, rows), source=source, address=address, key=info.key, indexed=indexed)


def _with_rows(info: TableInfo, rows: int | None) -> TableInfo:
    return TableInfo(
        table=info.table, columns=info.columns, key=info.key, foreign_keys=info.foreign_keys, rows=rows, is_view=info.is_view
    )


def _rowid(connection: sa.Connection, source: sa.TableClause, names: Sequence[str]) -> sa.ColumnElement[Any] | None:
    """Return the column that names a row, or None for a table WITHOUT ROWID (or with all three names taken)."""
    taken = {name.lower() for name in names}
    free = next((name for name in ROWID_NAMES if name not in taken), None)
    if free is None:
        return None
    rowid: sa.ColumnClause[Any] = sa.column(quoted(free), sa.BigInteger)
    rowid.table = source
    try:
        connection.execute(sa.select(rowid).select_from(source).limit(0))
    except sa.exc.OperationalError:
        return None
    return rowid


def _spread(connection: sa.Connection, source: sa.TableClause, rowid: sa.ColumnElement[Any]) -> int:
    """Return how far the rowids reach, which is at least the number of rows and is had without counting."""
    low, high = (connection.execute(sa.select(end(rowid)).select_from(source)).scalar_one() for end in (sa.func.min, sa.func.max))
    return 0 if low is None else int(high) - int(low) + 1


def _indexes(
    connection: sa.Connection, computed: set[tuple[str, str]]
) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str | None]]]:
    """Return the columns that an index begins with, those unique by themselves, and those in any unique index, by table.

    None among the last stands for every column: what is indexed is made from others.
    """
    members: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(INDEXES):
        members[row.name, row.index_name].append(row)
    indexed: dict[str, set[str]] = defaultdict(set)
    unique: dict[str, set[str]] = defaultdict(set)
    apart: dict[str, set[str | None]] = defaultdict(set)
    for (table, _), rows in members.items():
        first = rows[0]
        if first.is_unique:
            apart[table].update(None if (table, row.column_name) in computed else row.column_name for row in rows)
        if first.partial or first.column_name is None:
            continue
        indexed[table].add(first.column_name)
        if first.is_unique and len(rows) == 1:
            unique[table].add(first.column_name)
    return indexed, unique, apart


def _foreign_keys(connection: sa.Connection, store: str, keys: Mapping[str, Mapping[int, str]]) -> dict[str, list[ForeignKey]]:
    """Return each table's foreign keys; one that names no columns points to the other table's primary key."""
    members: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in connection.execute(FOREIGN_KEYS):
        members[row.name, row.id].append(row)
    found: dict[str, list[ForeignKey]] = defaultdict(list)
    for (table, _), rows in members.items():
        found[table].append(
            ForeignKey(
                columns=tuple(row.source_column for row in rows),
                to=Table(store=store, name=rows[0].target),
                to_columns=tuple(row.target_column for row in rows if row.target_column is not None)
                or _in_order(keys.get(rows[0].target.lower(), {})),
                on_delete=str(rows[0].on_delete).lower(),
            )
        )
    return found


def _estimates(connection: sa.Connection) -> dict[str, int]:
    if connection.execute(STATISTICS).first() is None:
        return {}
    rows: dict[str, int] = {}
    for table, estimate in connection.execute(ESTIMATES):
        rows[table] = max(rows.get(table, 0), int(estimate))
    return rows
