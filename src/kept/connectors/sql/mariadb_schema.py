"""Reading the schema of a MariaDB or MySQL database from `information_schema`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from kept.base.names import Table
from kept.base.questions import ColumnInfo, ColumnType, ForeignKey, Partition, TableInfo

from .shape import Shape, source_of

__all__ = ["read_shapes"]

# Each view is told its database: by a join the server would open the tables of every database to find ours.
COLUMNS = sa.text(
    """SELECT t.TABLE_NAME AS name, t.TABLE_TYPE AS kind, t.TABLE_ROWS AS estimate, e.TRANSACTIONS AS transactions,
        t.CREATE_OPTIONS AS options, c.COLUMN_NAME AS column_name, c.DATA_TYPE AS data_type, c.COLUMN_TYPE AS declared,
        c.IS_NULLABLE AS nullable, COALESCE(c.GENERATION_EXPRESSION, '') <> '' AS computed
    FROM information_schema.TABLES AS t
        JOIN information_schema.COLUMNS AS c ON c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = t.TABLE_NAME
        LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE
    WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
        AND (:some = 0 OR t.TABLE_NAME IN :names)
    ORDER BY t.TABLE_NAME, c.ORDINAL_POSITION"""
).bindparams(sa.bindparam("names", expanding=True))
INDEXES = sa.text(
    """SELECT TABLE_NAME AS name, INDEX_NAME AS index_name, NON_UNIQUE AS repeats, COLUMN_NAME AS column_name, NULLABLE AS nullable,
        SUB_PART AS part
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND (:some = 0 OR TABLE_NAME IN :names)
    ORDER BY TABLE_NAME, INDEX_NAME = 'PRIMARY' DESC, INDEX_NAME, SEQ_IN_INDEX"""
).bindparams(sa.bindparam("names", expanding=True))
FOREIGN_KEYS = sa.text(
    """SELECT k.TABLE_NAME AS name, k.CONSTRAINT_NAME AS constraint_name, k.COLUMN_NAME AS column_name,
        k.REFERENCED_TABLE_NAME AS target, k.REFERENCED_COLUMN_NAME AS target_column, r.DELETE_RULE AS rule
    FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
        ON r.CONSTRAINT_SCHEMA = DATABASE() AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
    WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE() AND (:some = 0 OR k.TABLE_NAME IN :names)
    ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"""
).bindparams(sa.bindparam("names", expanding=True))
PARTITIONS = sa.text(
    """SELECT TABLE_NAME AS name, PARTITION_NAME AS part, PARTITION_METHOD AS method, PARTITION_EXPRESSION AS expression,
        PARTITION_DESCRIPTION AS bound, TABLE_ROWS AS estimate
    FROM information_schema.PARTITIONS
    WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL AND COALESCE(SUBPARTITION_ORDINAL_POSITION, 1) = 1
        AND (:some = 0 OR TABLE_NAME IN :names)
    ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION"""
).bindparams(sa.bindparam("names", expanding=True))

BY = re.compile(r"(?:(to_days|unix_timestamp|year)\()?`((?:[^`]|``)+)`\)?\Z", re.IGNORECASE)
TYPES: dict[str, ColumnType] = {
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), "integer"),
    **dict.fromkeys(("decimal", "float", "double"), "decimal"),
    **dict.fromkeys(("datetime", "timestamp"), "timestamp"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"), "binary"),
    **dict.fromkeys(("inet4", "inet6"), "network"),
    "date": "date",
    "time": "time",
    "json": "json",
    "uuid": "uuid",
}


def read_shapes(connection: sa.Connection, store: str, only: Sequence[Table] | None) -> list[Shape]:
    """Return the tables and views of the URL's database."""
    names = sorted({table.name for table in only or () if not table.schema})
    if only is not None and not names:
        return []
    meant = {"some": int(only is not None), "names": names or [""]}
    columns: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(COLUMNS, meant):
        columns[row.name].append(row)
    indexes = _grouped(connection, INDEXES, meant, "index_name")
    foreign = _grouped(connection, FOREIGN_KEYS, meant, "constraint_name")
    partitions: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(PARTITIONS, meant):
        partitions[row.name].append(row)
    wanted = None if only is None else set(names)
    return [
        _shape(store, rows, indexes[name], foreign[name], partitions[name])
        for name, rows in columns.items()
        if wanted is None or name in wanted
    ]


def _grouped(connection: sa.Connection, statement: Any, meant: dict[str, Any], by: str) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(statement, meant):
        found[row.name][getattr(row, by)].append(row)
    return found


def _shape(store: str, rows: list[Any], indexes: dict[str, list[Any]], foreign: dict[str, list[Any]], parts: list[Any]) -> Shape:
    whole = [index for index in indexes.values() if all(row.column_name and row.part is None for row in index)]
    unique = [index for index in whole if not int(index[0].repeats)]
    alone = {index[0].column_name for index in unique if len(index) == 1}
    walked = next((index for index in unique if not any(row.nullable == "YES" for row in index)), [])
    key = tuple(row.column_name for row in walked)
    first = rows[0]
    computed = frozenset(row.column_name for row in rows if row.computed)
    apart = {row.column_name for index in indexes.values() if not int(index[0].repeats) for row in index}
    made = None in apart or bool(apart & computed)  # of columns that are kept apart by what is made from them
    by, partitions = _partitions(parts)
    info = TableInfo(
        table=Table(store=store, name=first.name),
        columns=tuple(_column(row, alone, made or row.column_name in apart) for row in rows),
        key=tuple(row.column_name for row in indexes.get("PRIMARY", ())),
        foreign_keys=tuple(_foreign_key(store, members) for members in foreign.values()),
        partitioned_by=by,
        partitions=partitions,
        rows=None if first.estimate is None else int(first.estimate),
        is_view=first.kind == "VIEW",
    )
    source = source_of(first.name, [column.name for column in info.columns])
    return Shape(
        info=info,
        source=source,
        address=tuple(source.c[name] for name in key),
        key=key,
        indexed=frozenset(index[0].column_name for index in indexes.values() if index[0].column_name),
        computed=computed,
        transactional=first.transactions == "YES",
    )


def _column(row: Any, alone: set[str], apart: bool) -> ColumnInfo:
    kind: ColumnType = TYPES.get(row.data_type.lower(), "other")
    if row.declared.lower() == "tinyint(1)":
        kind = "boolean"
    return ColumnInfo(
        name=row.column_name,
        type=kind,
        declared=row.declared,
        nullable=row.nullable == "YES",
        unique=row.column_name in alone,
        apart=apart,
    )


def _foreign_key(store: str, members: list[Any]) -> ForeignKey:
    return ForeignKey(
        columns=tuple(row.column_name for row in members),
        to=Table(store=store, name=members[0].target),
        to_columns=tuple(row.target_column for row in members),
        on_delete=members[0].rule.lower(),
    )


def _partitions(parts: list[Any]) -> tuple[str | None, tuple[Partition, ...]]:
    """Return the column a table is partitioned by and its partitions, with bounds where they are by range over a time."""
    if not parts:
        return None, ()
    by = BY.match(parts[0].expression or "")
    ranged = (parts[0].method or "").upper() in ("RANGE", "RANGE COLUMNS") and by is not None
    lower: datetime | None = None
    found = []
    for part in parts:
        upper = _moment((by[1] or "").lower(), part.bound or "") if ranged and by else None
        found.append(Partition(name=part.part, rows=part.estimate and int(part.estimate), lower=lower, upper=upper))
        lower = upper
    return (by[2].replace("``", "`") if by else None), tuple(found)


def _moment(function: str, written: str) -> datetime | None:
    """Return a bound as a moment in UTC; MAXVALUE and what is no time are None."""
    try:
        match function:
            case "to_days":
                return datetime(1, 1, 1, tzinfo=UTC) + timedelta(days=int(written) - 366)
            case "unix_timestamp":
                return datetime.fromtimestamp(float(written), UTC)
            case "year":
                return datetime(int(written), 1, 1, tzinfo=UTC)
            case _:
                return datetime.fromisoformat(written.strip("'")).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
