"""Who may do what in a PostgreSQL database, and taking it away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa

from kept.base.changes import Revoke
from kept.base.errors import CannotAnswer
from kept.base.names import Table
from kept.base.questions import Grant, Grants

from .shape import Shape

__all__ = ["grants", "revoke"]

ROLES = sa.text("SELECT rolname, rolsuper FROM pg_roles ORDER BY rolname")
MEMBERS = sa.text(
    """SELECT m.rolname AS member, r.rolname AS role
    FROM pg_auth_members AS a JOIN pg_roles AS m ON m.oid = a.member JOIN pg_roles AS r ON r.oid = a.roleid
    WHERE coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, m.rolinherit)"""
)
TABLES = sa.text(
    """SELECT coalesce(r.rolname, 'PUBLIC') AS role, lower(x.privilege_type) AS right_name, n.nspname, c.relname,
        n.nspname = current_schema() AS at_home
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT grantee, privilege_type FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
            UNION SELECT e.grantee, e.privilege_type FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS e
                WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
        ) AS x LEFT JOIN pg_roles AS r ON r.oid = x.grantee
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"""
)
CREATING = sa.text(
    """SELECT coalesce(r.rolname, 'PUBLIC') AS role
    FROM (SELECT nspacl AS acl, nspowner AS owner, 'n'::"char" AS kind FROM pg_namespace
            WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
        UNION ALL SELECT datacl, datdba, 'd' FROM pg_database WHERE datname = current_database()) AS held
        CROSS JOIN LATERAL aclexplode(coalesce(held.acl, acldefault(held.kind, held.owner))) AS x
        LEFT JOIN pg_roles AS r ON r.oid = x.grantee
    WHERE x.privilege_type = 'CREATE'"""
)
SCHEMAS = sa.text("SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'")
BUILT_IN = {"pg_read_all_data": ("select",), "pg_write_all_data": ("insert", "update", "delete")}
RIGHTS = frozenset({"select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"})
PUBLIC = "PUBLIC"


def grants(connection: sa.Connection) -> Grants:
    """Return every right of every role: its own, those of roles it inherits from, and those of PUBLIC, which everyone has."""
    roles = {row.rolname: row.rolsuper for row in connection.execute(ROLES)}
    direct: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for role, right, schema, name, at_home in connection.execute(TABLES):
        direct[role].add((right, Table(store="-", name=name, schema="" if at_home else schema).local))
    for (role,) in connection.execute(CREATING):
        direct[role].add(("create", ""))
    for role, rights in BUILT_IN.items():
        direct[role].update((right, "") for right in rights)
    parents: dict[str, set[str]] = defaultdict(set)
    for member, role in connection.execute(MEMBERS):
        parents[member].add(role)
    shown = [role for role in roles if not role.startswith("pg_")]
    found = {Grant(role=role, right="superuser") for role in shown if roles[role]}
    for role in [*shown, PUBLIC]:
        for via in _reached(role, parents):
            found.update(Grant(role=role, right=right, table=table, via="" if via == role else via) for right, table in direct[via])
    own = str(connection.scalar(sa.select(sa.literal_column("current_user"))))
    return Grants(roles=(*shown, PUBLIC), grants=tuple(sorted(found)), own=own)


def _reached(role: str, parents: dict[str, set[str]]) -> Iterator[str]:
    """Yield the role itself, every role it inherits from, and PUBLIC."""
    reached, waiting = {PUBLIC}, [role]
    yield from () if role == PUBLIC else (PUBLIC,)
    while waiting:
        now = waiting.pop()
        if now not in reached or now == role:
            yield now
            reached.add(now)
            waiting.extend(parents.get(now, set()) - reached)


def revoke(connection: sa.Connection, change: Revoke, shape: Shape | None) -> None:
    """Take the right away. Raises CannotAnswer for a right that is not one of the store's."""
    preparer = connection.dialect.identifier_preparer
    role = PUBLIC if change.role == PUBLIC else preparer.quote_identifier(change.role)
    if shape is not None and change.right in RIGHTS:
        table = preparer.format_table(shape.source)
        connection.exec_driver_sql(f"REVOKE {change.right.upper()} ON TABLE {table} FROM {role}")
    elif shape is None and change.right == "superuser":
        connection.exec_driver_sql(f"ALTER ROLE {role} NOSUPERUSER")
    elif shape is None and change.right == "create":
        database = preparer.quote_identifier(str(connection.exec_driver_sql("SELECT current_database()").scalar_one()))
        connection.exec_driver_sql(f"REVOKE CREATE ON DATABASE {database} FROM {role}")
        for (schema,) in connection.execute(SCHEMAS).all():
            connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {preparer.quote_identifier(schema)} FROM {role}")
    else:
        where = "a table" if shape is not None else "the whole store"
        happened = f"{change.store} knows no right {change.right} over {where}"
        raise CannotAnswer(happened, store=change.store, todo="Read the rights again.")
