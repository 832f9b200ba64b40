from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kept.base.errors import PolicyError, PolicyErrors, Refused
from kept.base.names import Table
from kept.base.periods import Period
from kept.policy.datamap import FieldMap, Link, RetentionRule, StoreMap, Subject, TableMap, table_of
from kept.policy.decode import decode
from kept.policy.layout import flow, scalar
from kept.policy.taxonomy import Category
from kept.policy.write import merge_fields, render_map
from kept.policy.written import plain_of
from kept.policy.yaml_tree import read_yaml

from .folders import APP
from .instances import instances, parts, texts

EMAIL = FieldMap(category=Category(key="user.contact.email"))
PHONE = FieldMap(category=Category(key="user.contact.phone_number"), purposes=("service",), erasure="null")


def read(text: str) -> StoreMap:
    errors: list[PolicyError] = []
    tree = read_yaml(text, "map", errors)
    value = decode(tree, StoreMap, errors) if tree else None
    assert errors == []
    assert value is not None
    return value


def table(**fields: FieldMap) -> TableMap:
    return TableMap(what="x", fields=fields)


EXAMPLE = StoreMap(
    store="app",
    region="eu",
    tables={
        "accounts": TableMap(
            what="One row for each account: open or closed.",
            fields={"email": EMAIL, "phone": PHONE},
            subject=Subject(kind="account", key="id"),
            purposes=("service",),
            retention=RetentionRule(
                keep=Period(months=24),
                after="closed_at",
                open_while={"status": ("active", "suspended", "on hold", "waiting", "invited", "1")},
                then="anonymise",
            ),
        ),
        '"Order"': TableMap(
            what="One row for each order, even a cancelled one",
            fields={"a:b": EMAIL, "no": EMAIL},
            links=(Link(column="account", to=Table(store="app", name="accounts").column("id")),),
        ),
    },
    not_personal=("django_*",),
)

RENDERED = """\
# yaml-language-server: $schema=../schema/map.json
#
# Where this store keeps personal data: table by table, column by column. `kept scan` shows what is not here yet.
store: app
region: eu
tables:
  accounts:
    what: "One row for each account: open or closed."
    subject: {kind: account, key: id}
    purposes: [service]
    retention:
      keep: 2 years
      after: closed_at
      open_while: {status: [active, suspended, on hold, waiting, invited, "1"]}
      then: anonymise
    fields:
      email: {category: user.contact.email}  # 0.98: 412 of 500 values are e-mail addresses
      phone: {category: user.contact.phone_number, purposes: [service], erasure: "null"}

  "\\"Order\\"":
    what: One row for each order, even a cancelled one
    links: [{column: account, to: app.accounts.id}]
    fields:
      "a:b": {category: user.contact.email}
      "no": {category: user.contact.email}
# Tables without personal data, said on purpose; * stands for any text.
not_personal: [django_*]
"""


def test_a_map_is_written_for_people() -> None:
    assert render_map(EXAMPLE, {("accounts", "email"): "0.98: 412 of 500 values\nare e-mail addresses"}) == RENDERED


@settings(deadline=None)
@given(instances(StoreMap), texts)
def test_what_is_written_reads_back(store_map: StoreMap, remark: str) -> None:
    remarks = {(local, name): remark for local, entry in store_map.tables.items() for name in entry.fields}
    assert read(render_map(store_map, remarks)) == store_map


@given(
    st.one_of(
        texts, parts, st.sampled_from(["NULL", "Yes", "1e3", "0x1", ".5", "=", "<<", "a: b", "a #b", "a:", "- a", "a,b", "12:30"])
    )
)
def test_every_reader_of_yaml_sees_the_text(text: str) -> None:
    for written in (f"k: {scalar(text, in_flow=False)}", f"{{k: {scalar(text, in_flow=True)}}}", f"k: {flow([text])}"):
        for reader in (YAML(typ="safe", pure=True), YAML(typ="safe")):
            seen = reader.load(written)["k"]
            assert (seen[0] if isinstance(seen, list) else seen) == text


def test_nothing_to_add_changes_nothing() -> None:
    for text in (APP, RENDERED, RENDERED.replace("\n", "\r\n"), APP.rstrip("\n")):
        assert merge_fields(text, {}) == text
        assert merge_fields(text, {"accounts": table(email=PHONE)}) == text


WRITTEN = """\
# Ours.
store: app   # the shop
region: eu
tables:

  # People
  accounts:
      what: x
      fields:
          # how we reach them
          email: {category: user.contact.email}   # since 2019
          name:
              category: user.name
              # a comment in between
              note: |
                  several

                  # lines

      purposes: [service]

  # Use
  events:
      fields: {id: {category: user.unique_id}}
      what: y
  empty:
      what: z
      fields: {}
# the end
not_personal:
- a
"""


def test_lines_are_put_in_and_everything_else_stays() -> None:
    additions = {
        "accounts": table(email=PHONE, phone=PHONE, fax=EMAIL),
        "events": table(ip=EMAIL),
        "empty": table(first=EMAIL, second=PHONE),
        "sessions": table(token=EMAIL),
    }
    merged = merge_fields(WRITTEN, additions, {("accounts", "fax"): "0.5", ("sessions", "token"): "0.9"})
    assert merged == WRITTEN.replace(
        "                  # lines\n",
        "                  # lines\n"
        '          phone: {category: user.contact.phone_number, purposes: [service], erasure: "null"}\n'
        "          fax: {category: user.contact.email}  # 0.5\n",
    ).replace("{id: ", "{ip: {category: user.contact.email}, id: ").replace(
        "      fields: {}\n",
        "      fields: {first: {category: user.contact.email}, second: {category: user.contact.phone_number, "
        'purposes: [service], erasure: "null"}}\n'
        "\n  sessions:\n    what: x\n    fields:\n      token: {category: user.contact.email}  # 0.9\n",
    )


def test_a_comment_may_stand_anywhere_in_the_last_entry() -> None:
    text = "store: app\nregion: eu\ntables:\n  a:\n    what: x\n    fields:\n      b:\n# far left\n        category: user\n"
    assert merge_fields(text, {"a": table(c=EMAIL)}) == text + "      c: {category: user.contact.email}\n"


def test_a_table_is_known_in_any_spelling() -> None:
    merged = merge_fields(RENDERED, {"Order": table(phone=PHONE)})
    assert list(read(merged).tables) == ["accounts", '"Order"']
    assert "phone" in read(merged).tables['"Order"'].fields


@pytest.mark.parametrize("tables", ["{}", "{ }", "{}  # none yet"])
def test_the_first_table_of_a_map(tables: str) -> None:
    text = f"store: app\nregion: eu\ntables: {tables}\nnot_personal: []"
    merged = merge_fields(text, {"a": table(x=EMAIL), "b": table(y=EMAIL)})
    assert list(read(merged).tables) == ["a", "b"]
    assert merged.startswith("store: app\nregion: eu\ntables:")
    assert ("# none yet" in merged) == ("# none yet" in tables)


def test_the_last_line_needs_no_end() -> None:
    text = "store: app\nregion: eu\ntables:\n  a:\n    what: x\n    fields:\n      b: {category: user}"
    merged = merge_fields(text, {"a": table(c=EMAIL)})
    assert merged == text + "\n      c: {category: user.contact.email}"
    assert read(merge_fields(text, {"d": table(c=EMAIL)})).tables["d"] == table(c=EMAIL)


def test_new_fields_of_the_last_table_stand_above_new_tables() -> None:
    text = "store: app\nregion: eu\ntables:\n  a:\n    what: x\n    fields:\n      b: {category: user}\n"
    merged = merge_fields(text, {"d": table(e=EMAIL), "a": table(c=EMAIL)})
    assert [line.strip().split(":")[0] for line in merged.split("\n")[6:]] == ["b", "c", "", "d", "what", "fields", "e", ""]


def test_windows_line_ends_stay() -> None:
    merged = merge_fields(RENDERED.replace("\n", "\r\n"), {"accounts": table(fax=EMAIL)})
    assert merged.count("\r\n") == merged.count("\n") == RENDERED.count("\n") + 1


def test_mixed_line_ends_stay() -> None:
    mixed = RENDERED.replace("\n", "\r\n", 9)
    merged = merge_fields(mixed, {"accounts": table(fax=EMAIL)})
    assert merged.replace("      fax: {category: user.contact.email}\n", "") == mixed


@pytest.mark.parametrize(
    "text",
    [
        "store: app\nregion: eu\ntables:\n  a: {what: x, fields: &f {b: {category: user}}}\n  c: {what: x, fields: *f}\n",
        "store: app\nregion: eu\ntables:\n  a:\n    what: x\n    fields: &f\n      b: {category: user}\n"
        "  c: {what: x, fields: *f}\n",
    ],
)
def test_a_map_that_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        merge_fields(text, {"c": table(d=EMAIL)}, file="map/app.yaml")


def test_what_is_no_map_is_refused_with_its_place() -> None:
    with pytest.raises(PolicyErrors, match=r"map/app.yaml:2:1: unknown key 'regoin'"):
        merge_fields(APP.replace("region", "regoin"), {}, file="map/app.yaml")


@settings(deadline=None)
@given(instances(StoreMap), instances(StoreMap))
def test_merging_adds_and_never_changes(one: StoreMap, other: StoreMap) -> None:
    try:
        known = {table_of(one.store, local): local for local in one.tables}
        also = {table_of(one.store, local): local for local in other.tables}
    except ValueError:
        return  # a name that load refuses
    if len(known) < len(one.tables) or len(also) < len(other.tables):
        return
    before = render_map(one)
    merged = merge_fields(before, other.tables)
    after = read(merged)
    for whole, local in known.items():
        added = other.tables[also[whole]].fields if whole in also else {}
        assert after.tables[local].fields == {**added, **one.tables[local].fields}
    assert len(after.tables) == len({*known, *also})
    lines: Any = iter(merged.split("\n"))
    if one.tables and all(entry.fields for entry in one.tables.values()):
        assert all(line in lines for line in before.split("\n"))


def test_defaults_are_not_written() -> None:
    assert plain_of(table(email=EMAIL)) == {"what": "x", "fields": {"email": {"category": "user.contact.email"}}}
