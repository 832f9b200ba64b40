"""Materialized views: which were made from some tables, directly or through other views, and what makes them anew."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from kept.base.names import Table

from .shape import source_of

__all__ = ["made_from"]

MADE_FROM = sa.text(
    """WITH RECURSIVE family (oid) AS (
        SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN unnest(CAST(:names AS text[]), CAST(:schemas AS text[])) AS t (name, schema)
                ON c.relname = t.name AND n.nspname = coalesce(nullif(t.schema, ''), current_schema())
        UNION SELECT more.oid FROM family AS f CROSS JOIN LATERAL (
            SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = f.oid
            UNION ALL SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = f.oid
            UNION ALL SELECT k.conrelid FROM pg_constraint AS k
                WHERE k.contype = 'f' AND k.confrelid = f.oid AND k.confdeltype IN ('c', 'n', 'd')
        ) AS more (oid)
    ), behind (oid, depth) AS (
        SELECT oid, 0 FROM family
        UNION SELECT r.ev_class, b.depth + 1 FROM behind AS b
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = b.oid AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> b.oid
    )
    SELECT n.nspname, c.relname, n.nspname = current_schema() AS at_home, EXISTS (
        SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
            AND i.indexprs IS NULL
    ) AS told_apart
    FROM behind AS b JOIN pg_class AS c ON c.oid = b.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND c.relispopulated
    GROUP BY c.oid, n.nspname, c.relname ORDER BY max(b.depth), n.nspname, c.relname"""
)
"""Partitions and their parent are one family, and so is what a foreign key lets go along. A view of views comes after those."""


def made_from(connection: sa.Connection, store: str, tables: Sequence[Table]) -> list[tuple[Table, str]]:
    """Return the views that hold rows made from these tables, those that others are made from first, and what makes each anew.

    A view whose rows are told apart by a unique index can be read meanwhile; any other cannot.
    """
    given = {"names": [table.name for table in tables], "schemas": [table.schema for table in tables]}
    found = []
    for row in connection.execute(MADE_FROM, given):
        named = connection.dialect.identifier_preparer.format_table(source_of(row.relname, [], row.nspname))
        view = Table(store=store, name=row.relname, schema="" if row.at_home else row.nspname)
        found.append((view, f"REFRESH MATERIALIZED VIEW {'CONCURRENTLY ' if row.told_apart else ''}{named}"))
    return found
