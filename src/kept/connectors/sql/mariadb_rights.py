"""Who may do what in a MariaDB or MySQL database, and taking it away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from kept.base.changes import Revoke
from kept.base.errors import CannotAnswer
from kept.base.names import Table
from kept.base.questions import Grant, Grants

from .shape import Shape

__all__ = ["grants", "revoke"]

ACCOUNTS = sa.text("SELECT User, Host FROM mysql.user ORDER BY User, Host")
MEMBERS = sa.text("SELECT User, Host, Role, '' FROM mysql.roles_mapping")
MEMBERS_OF_MYSQL = sa.text("SELECT TO_USER, TO_HOST, FROM_USER, FROM_HOST FROM mysql.role_edges")
GRANTS = sa.text(
    """SELECT GRANTEE, PRIVILEGE_TYPE, '' FROM information_schema.USER_PRIVILEGES
    UNION SELECT GRANTEE, PRIVILEGE_TYPE, '' FROM information_schema.SCHEMA_PRIVILEGES WHERE DATABASE() LIKE TABLE_SCHEMA
    UNION SELECT GRANTEE, PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE()
    UNION SELECT GRANTEE, PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.COLUMN_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE()"""
)
LEVELS = sa.text(
    """SELECT 'global' AS level, GRANTEE, PRIVILEGE_TYPE, '' AS place FROM information_schema.USER_PRIVILEGES
    UNION ALL SELECT 'schema', GRANTEE, PRIVILEGE_TYPE, TABLE_SCHEMA FROM information_schema.SCHEMA_PRIVILEGES
        WHERE DATABASE() LIKE TABLE_SCHEMA
    UNION ALL SELECT 'table', GRANTEE, PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.TABLE_PRIVILEGES
        WHERE TABLE_SCHEMA = DATABASE()
    UNION ALL SELECT DISTINCT 'column', GRANTEE, PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.COLUMN_PRIVILEGES
        WHERE TABLE_SCHEMA = DATABASE()"""
)
COLUMNS = sa.text(
    """SELECT COLUMN_NAME FROM information_schema.COLUMN_PRIVILEGES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name AND GRANTEE = :grantee AND PRIVILEGE_TYPE = :privilege"""
)
RIGHTS = {
    "SELECT": "select",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
    "DROP": "truncate",
    "REFERENCES": "references",
    "TRIGGER": "trigger",
    "CREATE": "create",
    "SUPER": "superuser",
}
PRIVILEGES = {right: privilege for privilege, right in RIGHTS.items()}
GRANTEE = re.compile(r"'(.*)'@'(.*)'\Z", re.DOTALL)
BUILT_IN = frozenset({"mariadb.sys", "mysql.sys", "mysql.session", "mysql.infoschema"})


def _name(account: str, host: str) -> str:
    return f"{account}@{host}" if host and account != "PUBLIC" else account


def _grantee(written: str) -> str:
    found = GRANTEE.match(written)
    return _name(found[1], found[2]) if found else written.strip("'")


def grants(connection: sa.Connection, store: str) -> Grants:
    """Return every right of every account and role; a right over the whole database has no table.

    A role counts as inherited by each account it was granted to, switched on or not. Raises CannotAnswer when this account may
    not read the accounts.
    """
    try:
        accounts = connection.execute(ACCOUNTS).all()
    except sa.exc.DBAPIError:
        happened = f"Kept's account may not see who has rights in {store}"
        todo = "Grant it SELECT on the mysql database."
        raise CannotAnswer(happened, store=store, todo=todo) from None
    shown = tuple(_name(account, host) for account, host in accounts if account not in BUILT_IN)
    direct: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for grantee, privilege, table in connection.execute(GRANTS):
        if privilege in RIGHTS:
            direct[_grantee(grantee)].add((RIGHTS[privilege], Table(store="-", name=table).local if table else ""))
    parents = _parents(connection)
    found: set[Grant] = set()
    for role in shown:
        for via in _reached(role, parents):
            found.update(Grant(role=role, right=right, table=table, via="" if via == role else via) for right, table in direct[via])
    own = _name(*str(connection.scalar(sa.select(sa.func.current_user()))).rsplit("@", 1))
    return Grants(roles=shown, grants=tuple(sorted(found)), own=own)


def _parents(connection: sa.Connection) -> dict[str, set[str]]:
    parents: dict[str, set[str]] = defaultdict(set)
    known = MEMBERS if getattr(connection.dialect, "is_mariadb", False) else MEMBERS_OF_MYSQL
    for account, host, role, role_host in connection.execute(known):
        parents[_name(account, host)].add(_name(role, role_host))
    return parents


def _reached(role: str, parents: dict[str, set[str]]) -> Iterator[str]:
    """Yield the role itself, every role it has, and PUBLIC."""
    reached: set[str] = set()
    waiting = [role, "PUBLIC"]
    while waiting:
        now = waiting.pop()
        if now not in reached:
            yield now
            reached.add(now)
            waiting.extend(parents.get(now, ()))


def revoke(connection: sa.Connection, change: Revoke, shape: Shape | None) -> None:
    """Take the right away on every level it was granted. Raises CannotAnswer for a right that is not one of the store's."""
    privilege = PRIVILEGES.get(change.right)
    if privilege is None:
        happened = f"{change.store} knows no right {change.right}"
        raise CannotAnswer(happened, store=change.store, todo="Read the rights again.")
    preparer = connection.dialect.identifier_preparer
    quote = preparer.quote_identifier
    for level, written, held, place in connection.execute(LEVELS).all():
        if _grantee(written) != change.role or held != privilege or (shape is None) != (level in ("global", "schema")):
            continue
        if shape is not None and place != shape.table.name:
            continue
        what, target = privilege, "*.*"
        if level == "schema":
            target = f"{quote(place)}.*"
        elif shape is not None:
            target = preparer.format_table(shape.source)
        if level == "column":
            meant = {"name": place, "grantee": written, "privilege": privilege}
            what = f"{privilege} ({', '.join(quote(name) for (name,) in connection.execute(COLUMNS, meant).all())})"
        connection.exec_driver_sql(f"REVOKE {what} ON {target} FROM {_account(written, quote)}")


def _account(written: str, quote: Callable[[str], str]) -> str:
    found = GRANTEE.match(written)
    if not found:
        return quote(written.strip("'"))
    return quote(found[1]) if not found[2] else f"{quote(found[1])}@{quote(found[2])}"
