"""Shapes of data that an erasure meets: trees, groups, conditions, keys of every kind, two stores, rows that must stay."""

from __future__ import annotations

import pytest

from kept.base.errors import StoreRefused

from .conftest import Found
from .test_ownership import ACCOUNTS, PEOPLE
from .town import erased_text

COMMENTS = (
    PEOPLE
    + """
CREATE TABLE comments (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id),
  parent_id INTEGER{null} REFERENCES comments (id), body VARCHAR(50));
INSERT INTO comments VALUES (1, 1, {top}, 'a');
INSERT INTO comments VALUES (2, 2, 1, 'b'), (3, 2, {own}, 'c');
INSERT INTO comments VALUES (4, 1, 3, 'd'), (5, 3, 2, 'e');
"""
)
COMMENTED = """
  comments:
    what: C.
    purposes: [service]
    erasure: RULE
    links:
      - {column: account_id, to: app.accounts.id}
      - {column: parent_id, to: app.comments.id, kind: KIND}
    fields: {body: {category: user.content}}
    not_personal: [id]
"""


def commented(rule: str, kind: str) -> str:
    return ACCOUNTS + COMMENTED.replace("RULE", rule).replace("KIND", kind)


@pytest.mark.parametrize(("null", "top", "own"), [("", "NULL", "NULL"), (" NOT NULL", "1", "3")])
def test_a_tree_goes_with_its_root(found: Found, null: str, top: str, own: str) -> None:
    """Replies of others go along where the map says that they are owned; a row that is its own parent is no obstacle.

    But for MariaDB, which lets no row go that must point to itself: that is told, and nothing is changed.
    """
    town = found(COMMENTS.format(null=null, top=top, own=own), commented("delete", "owned"))
    if null and town.app.dialect == "mariadb":
        with pytest.raises(StoreRefused, match=r"still pointed to by app\.comments; nothing was changed"):
            town.erase("account:1")
        assert town.ids("comments") == [1, 2, 3, 4, 5]
        return
    town.erase("account:1")
    assert town.ids("comments") == [3]
    town.erase("account:2")
    assert town.ids("comments") == []


def test_a_tree_whose_replies_only_look_at_their_parent_keeps_them(found: Found) -> None:
    town = found(COMMENTS.format(null="", top="NULL", own="NULL"), commented("delete", "accessed"))
    town.erase("account:1")
    assert town.app.rows("comments", "id, parent_id") == [(2, None), (3, None), (5, 2)]


def test_a_tree_that_is_anonymised_keeps_its_shape(found: Found) -> None:
    town = found(COMMENTS.format(null="", top="NULL", own="NULL"), commented("anonymise", "accessed"))
    town.erase("account:1")
    rows = {row[0]: row[1:] for row in town.app.rows("comments")}
    assert rows[1][0] is None
    assert erased_text(rows[1][2])
    assert rows[2] == (2, 1, "b")


def test_a_circle_ends(found: Found) -> None:
    town = found(COMMENTS.format(null="", top="NULL", own="NULL"), commented("delete", "owned"))
    town.app.run("UPDATE comments SET parent_id = 5 WHERE id = 1;\n")
    town.erase("account:1")
    assert town.ids("comments") == [3]


GROUPS = (
    PEOPLE
    + """
CREATE TABLE circles (id INTEGER PRIMARY KEY, name VARCHAR(50));
CREATE TABLE memberships (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id),
  circle_id INTEGER NOT NULL REFERENCES circles (id));
CREATE TABLE posts (id INTEGER PRIMARY KEY, circle_id INTEGER NOT NULL REFERENCES circles (id), body VARCHAR(50));
INSERT INTO circles VALUES (1, 'both'), (2, 'only bert'), (3, 'nobody');
INSERT INTO memberships VALUES (1, 1, 1), (2, 2, 1), (3, 2, 1), (4, 2, 2);
INSERT INTO posts VALUES (1, 1, 'p'), (2, 2, 'q'), (3, 3, 'r');
"""
)
GROUPED = (
    ACCOUNTS
    + """
  memberships: {what: M., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}],
    fields: {account_id: {category: user.unique_id}}}
  circles:
    what: G.
    purposes: [service]
    links: [{column: id, to: app.memberships.circle_id, kind: shared}]
    fields: {name: {category: user.content}}
  posts: {what: P., purposes: [service], links: [{column: circle_id, to: app.circles.id}], fields: {body: {category: user.content}}}
"""
)


def test_a_group_stays_while_any_member_is_left(found: Found) -> None:
    town = found(GROUPS, GROUPED)
    assert set(town.export("account:1")) == {"accounts", "memberships", "circles", "posts"}
    town.erase("account:1")
    assert (town.ids("memberships"), town.ids("circles"), town.ids("posts")) == ([2, 3, 4], [1, 2, 3], [1, 2, 3])
    town.app.run("DELETE FROM memberships WHERE id = 2;\n")
    assert town.ids("circles") == [1, 2, 3], "a member who joined twice is in it still"
    done = town.erase("account:2")
    assert done.left == {}
    assert (town.ids("memberships"), town.ids("circles"), town.ids("posts")) == ([], [3], [3])


def test_the_last_members_leave_together(found: Found) -> None:
    town = found(GROUPS, GROUPED)
    assert town.erase("account:1", "account:2").left == {}
    assert (town.ids("circles"), town.ids("posts"), town.ids("accounts")) == ([3], [3], [3])


WHEN = (
    PEOPLE
    + """
CREATE TABLE files (id INTEGER PRIMARY KEY, owner_type VARCHAR(20), owner_id INTEGER, name VARCHAR(50));
INSERT INTO files VALUES (1, 'account', 1, 'a'), (2, 'team', 1, 'b'), (3, 'account', 2, 'c'), (4, 'account', NULL, 'd');
"""
)
WHENCE = (
    ACCOUNTS
    + """
  files:
    what: F.
    purposes: [service]
    erasure: RULE
    links: [{column: owner_id, to: app.accounts.id, when: {owner_type: [account]}}]
    fields: {name: {category: user.content}, owner_type: {category: user.content}}
    not_personal: [id]
"""
)


def test_ownership_that_depends_on_a_column(found: Found) -> None:
    town = found(WHEN, WHENCE.replace("RULE", "delete"))
    assert [row["id"] for row in town.export("account:1")["files"]] == [1]
    town.erase("account:1")
    assert town.ids("files") == [2, 3, 4]


def test_the_column_that_says_whose_a_row_is_outlasts_the_cut(found: Found) -> None:
    town = found(WHEN, WHENCE.replace("RULE", "anonymise"))
    town.erase("account:1")
    rows = {row[0]: row[1:] for row in town.app.rows("files")}
    assert rows[1][:2] == ("account", None)
    assert erased_text(rows[1][2])
    assert rows[2] == ("team", 1, "b")


def test_a_subject_that_is_only_a_text(found: Found) -> None:
    """An author's name; deleted with their rows, or masked where the rows stay."""
    script = """
CREATE TABLE essays (id INTEGER PRIMARY KEY, author VARCHAR(50) NOT NULL, body VARCHAR(50));
CREATE TABLE quotes (id INTEGER PRIMARY KEY, by_name VARCHAR(50) NOT NULL, body VARCHAR(50));
INSERT INTO essays VALUES (1, 'Anna Arms', 'x'), (2, 'Bert Born', 'y'), (3, 'Anna Arms', 'z');
INSERT INTO quotes VALUES (1, 'Anna Arms', 'q'), (2, 'Bert Born', 'r');
"""
    mapped = """
  essays: {what: E., subject: {kind: author, key: author}, purposes: [service], erasure: anonymise,
    fields: {author: {category: user.name}, body: {category: user.content}}}
  quotes: {what: Q., purposes: [service], erasure: anonymise,
    links: [{column: by_name, to: app.essays.author}],
    fields: {by_name: {category: user.name}, body: {category: user.content}}}
"""
    town = found(script, mapped)
    assert len(town.export("author:Anna Arms")["essays"]) == 2
    town.erase("author:Anna Arms")
    for table, mine, others in (("essays", {1, 3}, {2}), ("quotes", {1}, {2})):
        rows = {row[0]: row[1:] for row in town.app.rows(table)}
        assert all(erased_text(text) for key in mine for text in rows[key])
        assert not any(erased_text(text) for key in others for text in rows[key])
    assert town.export("author:Anna Arms") == {}


def test_keys_of_two_types_and_of_two_columns(found: Found) -> None:
    script = (
        PEOPLE
        + """
CREATE TABLE logins (account_id VARCHAR(20) NOT NULL, nr INTEGER NOT NULL, ip VARCHAR(40), PRIMARY KEY (account_id, nr));
CREATE TABLE shares (a_id INTEGER NOT NULL, b_id INTEGER NOT NULL, note VARCHAR(50), PRIMARY KEY (a_id, b_id));
INSERT INTO logins VALUES ('1', 1, 'x'), ('1', 2, 'y'), ('01', 3, 'w'), ('2', 1, 'z'), ('x1', 1, 'v');
INSERT INTO shares VALUES (1, 2, 'p'), (1, 1, 'q'), (2, 3, 'r');
"""
    )
    mapped = (
        ACCOUNTS
        + """
  logins: {what: L., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}],
    fields: {ip: {category: user.device.ip_address}}, not_personal: [nr]}
  shares:
    what: S.
    purposes: [service]
    links: [{column: a_id, to: app.accounts.id, kind: shared}, {column: b_id, to: app.accounts.id, kind: shared}]
    fields: {note: {category: user.content}, a_id: {category: user.unique_id}, b_id: {category: user.unique_id}}
"""
    )
    town = found(script, mapped)
    town.erase("account:1")
    assert [row for row in town.app.rows("logins", "account_id, nr") if row[0] in ("1", "2", "x1")] == [("2", 1), ("x1", 1)]
    assert town.app.rows("shares", "a_id, b_id") == [(1, 2), (2, 3)]
    town.erase("account:2", "account:1")
    assert town.app.rows("shares", "a_id, b_id") == [(2, 3)]


def test_an_invited_friend_is_at_least_masked_in_the_inviters_row(found: Found) -> None:
    script = (
        PEOPLE
        + """
CREATE TABLE invitations (id INTEGER PRIMARY KEY, inviter_id INTEGER NOT NULL REFERENCES accounts (id),
  friend_id INTEGER REFERENCES accounts (id), friend_name VARCHAR(50), text VARCHAR(50));
INSERT INTO invitations VALUES (1, 1, 2, 'Bert', 'come');
"""
    )
    mapped = (
        ACCOUNTS
        + """
  invitations:
    what: I.
    purposes: [service]
    links:
      - {column: inviter_id, to: app.accounts.id, kind: shared, tells: [text]}
      - {column: friend_id, to: app.accounts.id, kind: shared, tells: [friend_name]}
    fields: {friend_name: {category: user.name}, text: {category: user.content}}
"""
    )
    town = found(script, mapped)
    town.erase("account:2")
    ((_, inviter, friend, name, text),) = town.app.rows("invitations")
    assert (inviter, friend, text) == (1, None, "come")
    assert erased_text(name)
    town.erase("account:1")
    assert town.ids("invitations") == []
