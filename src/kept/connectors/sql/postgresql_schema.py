"""Reading the schema of a PostgreSQL database from its catalogue."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kept.base.names import Table
from kept.base.questions import ColumnInfo, ColumnType, ForeignKey, Partition, TableInfo

from .shape import Shape, quoted, source_of

__all__ = ["TID", "Declared", "read_shapes"]

COLUMNS = sa.text(
    """SELECT c.oid::bigint AS oid, n.nspname, c.relname, c.relkind::text AS relkind, c.reltuples::bigint AS estimate, c.relpages,
        c.relhassubclass, n.nspname = current_schema() AS at_home, a.attname, a.attnotnull, a.attgenerated <> '' AS computed,
        format_type(a.atttypid, a.atttypmod) AS declared, coalesce(b.typname, t.typname) AS typname,
        coalesce(b.typtype, t.typtype)::text AS typtype
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND CASE WHEN CAST(:names AS text[]) IS NULL THEN NOT c.relispartition ELSE c.relname = ANY(CAST(:names AS text[])) END
    ORDER BY n.nspname, c.relname, a.attnum"""
)
INDEXES = sa.text(
    """SELECT i.indrelid::bigint AS oid, i.indisprimary, i.indisunique, i.indpred IS NOT NULL AS partial,
        array_agg(a.attname::text ORDER BY k.place) AS columns,
        CASE WHEN i.indisunique AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) THEN (
            SELECT array_agg(c.attname::text) FROM pg_depend AS d JOIN pg_attribute AS c ON c.attrelid = d.refobjid
                AND c.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass
                AND d.refobjid = i.indrelid AND d.refobjsubid > 0
        ) END AS looked_at
    FROM pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indisvalid AND k.place <= i.indnkeyatts AND i.indrelid = ANY(CAST(:oids AS oid[]))
    GROUP BY i.indexrelid ORDER BY i.indrelid, i.indexrelid"""
)
FOREIGN_KEYS = sa.text(
    """SELECT f.conrelid::bigint AS oid, n.nspname, c.relname, n.nspname = current_schema() AS at_home, f.confdeltype::text AS rule,
        (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
        (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.attnum) AS to_columns
    FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = f.confrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = ANY(CAST(:oids AS oid[])) ORDER BY f.conrelid, f.conname"""
)
PARTITIONS = sa.text(
    """SELECT i.inhparent::bigint AS oid, c.relname, n.nspname, p.relnamespace <> c.relnamespace AS elsewhere,
        c.reltuples::bigint AS estimate, pg_get_expr(c.relpartbound, c.oid) AS bound, t.partstrat::text AS strategy,
        CASE WHEN t.partnatts = 1 THEN a.attname::text END AS by
    FROM pg_partitioned_table AS t JOIN pg_class AS p ON p.oid = t.partrelid
        JOIN pg_inherits AS i ON i.inhparent = t.partrelid
        JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute AS a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0] AND a.attnum > 0
    WHERE t.partrelid = ANY(CAST(:oids AS oid[])) ORDER BY i.inhparent, c.relname"""
)

BOUND = re.compile(r"FOR VALUES FROM \((.+?)\) TO \((.+?)\)\Z", re.DOTALL)
RULES = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
TYPES: dict[str, ColumnType] = {
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name", "citext"), "text"),
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    **dict.fromkeys(("numeric", "float4", "float8", "money"), "decimal"),
    **dict.fromkeys(("timestamp", "timestamptz"), "timestamp"),
    **dict.fromkeys(("time", "timetz"), "time"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    **dict.fromkeys(("inet", "cidr", "macaddr", "macaddr8"), "network"),
    "bool": "boolean",
    "date": "date",
    "bytea": "binary",
    "uuid": "uuid",
}


class TID(sa.types.UserDefinedType[str]):
    """The place of a row version in its table: block and number."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name."""
        return "tid"


class Declared(sa.types.UserDefinedType[Any]):
    """A column's type by the name that the catalogue gives it."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        """Take the name, quoted where it has to be."""
        self.declared = declared

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name."""
        return self.declared


def read_shapes(connection: sa.Connection, store: str, only: Sequence[Table] | None) -> list[Shape]:
    """Return the tables and views outside system schemas; partitions only where they are asked for by name."""
    names = None if only is None else sorted({table.name for table in only})
    columns: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(COLUMNS, {"names": names}):
        if only is None or any(table.name == row.relname and _meant(table, row) for table in only):
            columns[row.oid].append(row)
    if not columns:
        return []
    oids = list(columns)
    indexes, foreign, parts = _indexes(connection, oids), _foreign_keys(connection, store, oids), _partitions(connection, oids)
    shapes = []
    for oid, rows in columns.items():
        whole = [index for index in indexes[oid] if not index.partial]
        primary = next((tuple(index.columns) for index in whole if index.indisprimary), ())
        unique = {index.columns[0] for index in whole if index.indisunique and len(index.columns) == 1}
        apart = {name for index in indexes[oid] if index.indisunique for name in (*index.columns, *(index.looked_at or ()))}
        computed = frozenset(row.attname for row in rows if row.computed)
        made = bool(apart & computed)  # of columns that are kept apart by what is made from them
        by, partitions = parts.get(oid, (None, ()))
        first = rows[0]
        info = TableInfo(
            table=Table(store=store, name=first.relname, schema="" if first.at_home else first.nspname),
            columns=tuple(_column(row, unique, made or row.attname in apart) for row in rows if row.attname is not None),
            key=primary,
            foreign_keys=tuple(foreign[oid]),
            partitioned_by=by,
            partitions=partitions,
            rows=first.estimate if first.estimate >= 0 else None,
            is_view=first.relkind in ("v", "m", "f"),
        )
        indexed = frozenset(index.columns[0] for index in whole if index.columns[0])
        shapes.append(replace(_shape(info, first, indexed), computed=computed))
    return shapes


def _meant(table: Table, row: Any) -> bool:
    return bool(row.at_home) if not table.schema else table.schema == row.nspname


def _column(row: Any, unique: set[str], apart: bool) -> ColumnInfo:
    kind: ColumnType = "text" if row.typtype == "e" else TYPES.get(row.typname, "other")
    return ColumnInfo(
        name=row.attname,
        type=kind,
        declared=row.declared,
        nullable=not row.attnotnull,
        unique=row.attname in unique,
        apart=apart,
    )


def _shape(info: TableInfo, row: Any, indexed: frozenset[str]) -> Shape:
    source = source_of(info.table.name, [column.name for column in info.columns], row.nspname)
    places: list[sa.ColumnClause[Any]] = []
    if not info.is_view:
        places.append(sa.column(quoted("ctid"), TID()))
        if row.relhassubclass or row.relkind == "p":
            places.insert(0, sa.column(quoted("tableoid"), sa.BigInteger()))
    for place in places:
        place.table = source
    return Shape(info=info, source=source, address=tuple(places), indexed=indexed, oid=row.oid, pages=row.relpages)


def _indexes(connection: sa.Connection, oids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(INDEXES, {"oids": oids}):
        found[row.oid].append(row)
    return found


def _foreign_keys(connection: sa.Connection, store: str, oids: list[int]) -> dict[int, list[ForeignKey]]:
    found: dict[int, list[ForeignKey]] = defaultdict(list)
    for row in connection.execute(FOREIGN_KEYS, {"oids": oids}):
        found[row.oid].append(
            ForeignKey(
                columns=tuple(row.columns),
                to=Table(store=store, name=row.relname, schema="" if row.at_home else row.nspname),
                to_columns=tuple(row.to_columns),
                on_delete=RULES.get(row.rule, ""),
            )
        )
    return found


def _partitions(connection: sa.Connection, oids: list[int]) -> dict[int, tuple[str | None, tuple[Partition, ...]]]:
    """Return, by parent, the column it is partitioned by and its partitions."""
    members: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(PARTITIONS, {"oids": oids}):
        members[row.oid].append(row)
    return {oid: (rows[0].by, tuple(map(_partition, rows))) for oid, rows in members.items()}


def _partition(row: Any) -> Partition:
    name = f"{row.nspname}.{row.relname}" if row.elsewhere else row.relname
    bound = BOUND.match(row.bound or "") if row.strategy == "r" and row.by else None
    lower, upper = (_moment(bound[1]), _moment(bound[2])) if bound else (None, None)
    return Partition(name=name, rows=row.estimate if row.estimate >= 0 else None, lower=lower, upper=upper)


def _moment(written: str) -> datetime | None:
    """Return a bound as a moment; MINVALUE, MAXVALUE and what is no time are None. The session's zone is UTC."""
    try:
        moment = datetime.fromisoformat(written.strip("'"))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
