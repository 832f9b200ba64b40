from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import PolicyError, PolicyErrors
from kept.base.names import Column
from kept.policy.datamap import FieldMap, Link, StoreMap, Subject
from kept.policy.decode import decode
from kept.policy.fides import import_dataset
from kept.policy.taxonomy import Category
from kept.policy.yaml_tree import read_yaml

from .instances import as_yaml, texts

SHOP = """
dataset:
  - fides_key: shop
    organization_fides_key: default_organization
    name: Shop
    description: Where we sell.
    retention: 30 days after leaving
    collections:
      - name: customers
        description: |
          One row for
          each customer.
        data_subjects: [customer]
        data_uses: [essential.service]
        fields:
          - name: id
            data_categories: [user.unique_id]
            fides_meta: {primary_key: True, data_type: integer}
          - name: email
            data_categories: [user.contact.email]
            data_qualifier: aggregated.anonymized
            fides_meta: {identity: email, masking_strategy_override: {strategy: null_rewrite}}
          - name: address
            description: Where parcels go.
            fields:
              - {name: city, data_categories: [user.contact.address.city]}
              - name: street
                data_categories: [user.contact.address.street]
                fides_meta: {references: [{dataset: shop, field: streets.id, direction: from}]}
          - name: branch
            data_categories: [system.operations]
            fides_meta:
              references:
                - {dataset: shop, field: branches.id, direction: to}
                - {dataset: shop, field: cities.id, direction: to}
          - {name: nick, data_categories: [user, user.account.username, user.name]}
          - {name: old, data_categories: [user.provided.identifiable.contact.email]}
          - {name: odd, data_categories: [email]}
          - {name: created, data_categories: [system.operations]}
          - {name: version}
      - name: orders
        data_categories: [user.behavior.purchase_history]
        fields:
          - name: id
            fides_meta: {primary_key: yes, references: [{dataset: shop, field: items.order_id, direction: to}]}
          - name: customer
            data_categories: [user.unique_id]
            fides_meta: {references: [{dataset: shop, field: customers.id, direction: from}, {dataset: crm, field: people.id}]}
      - name: items
        fields: [{name: order_id}, {name: sku, data_categories: [system.operations]}]
      - {name: branches, fields: [{name: id, data_categories: [system.operations]}]}
      - {name: cities, fields: [{name: id}, {name: name, data_categories: [user.contact.address.city]}]}
      - name: streets
        fields: [{name: id}]
      - name: logins
        fields: [{name: mail, data_categories: [user.contact.email], fidesops_meta: {identity: email}}]
      - name: machines
        fields: [{name: load, data_categories: [system.operations]}]
      - {name: unknown, third_party: x, fields: [{name: a}]}
      - {name: half, fields: [{name: load, data_categories: [system.operations]}, {name: who}]}
      - {name: logins, fields: []}
"""


def carried(text: str) -> tuple[StoreMap, tuple[str, ...]]:
    written, notes = import_dataset(text, "shop.yml", "web", "eu")
    errors: list[PolicyError] = []
    tree = read_yaml(written, "map", errors)
    value = decode(tree, StoreMap, errors) if tree else None
    assert errors == []
    assert value is not None
    return value, notes


def category(key: str) -> Category:
    return Category(key=key)


def test_tables_fields_subjects_and_links_are_carried_over() -> None:
    store, _ = carried(SHOP)
    assert (store.store, store.region) == ("web", "eu")
    assert list(store.tables) == ["customers", "orders", "items", "cities", "streets", "logins"]
    customers = store.tables["customers"]
    assert customers.what == "One row for each customer."
    assert customers.subject == Subject(kind="customer", key="id")
    assert customers.fields == {
        "id": FieldMap(category=category("user.unique_id")),
        "email": FieldMap(category=category("user.contact.email"), erasure="null"),
        "address": FieldMap(
            category=category("user.contact.address"),
            note="Where parcels go; also user.contact.address.city, user.contact.address.street",
        ),
        "nick": FieldMap(category=category("user.account.username"), note="also user, user.name"),
        "old": FieldMap(category=category("user")),
    }
    assert customers.not_personal == ("branch", "created")
    assert customers.links == (Link(column="address", to=Column.parse("web.streets.id")),)
    assert store.tables["orders"].links == (Link(column="customer", to=Column.parse("web.customers.id")),)
    assert store.tables["orders"].fields["id"].category == category("user.behavior.purchase_history")
    assert store.tables["items"].links == (Link(column="order_id", to=Column.parse("web.orders.id")),)
    assert store.tables["logins"].subject is None
    assert store.tables["cities"].links == (Link(column="id", to=Column.parse("web.customers.branch"), kind="shared"),)
    assert store.not_personal == ("branches", "machines")


@pytest.mark.parametrize(
    "words",
    [
        "shop: kept for '30 days after leaving'",
        "web.customers: used for essential.service; name purposes",
        "web.customers.email: the qualifier aggregated.anonymized",
        "web.customers.address: what is nested in it",
        "web.customers.nick: one category a field; user.account.username was taken, and user, user.name noted",
        "web.customers.old: the category 'user.provided.identifiable.contact.email' is not in the taxonomy; user above it",
        "web.customers.odd: the category 'email' is not in the taxonomy; the nearest are user.contact.email",
        "web.customers: without a known data category, so not in the map: odd, version",
        "web.customers: taken to be people, because email identifies them",
        "web.orders.id: has the category of its collection",
        "web.orders.customer: crm.people.id is not in this file",
        "web.logins: mail identifies people; name the key",
        "web.logins: a second collection of this name",
        "web.unknown: nothing says that it holds",
        "review the `erasure:` of every table",
        "web.half: nothing says that it holds, or does not hold, personal data",
        "the key 'third_party' (1 time) has no place",
    ],
)
def test_what_is_not_carried_over_is_noted(words: str) -> None:
    notes = carried(SHOP)[1]
    assert [note for note in notes if words in note] != [], "\n".join(notes)


def test_what_steers_the_other_tool_is_not_noted() -> None:
    notes = "\n".join(carried(SHOP)[1])
    for word in ("data_type", "organization_fides_key", "'name'"):
        assert word not in notes


def test_schemas_and_several_datasets() -> None:
    text = """
dataset:
  - fides_key: a
    fides_meta: {namespace: {schema: audit}}
    collections:
      - name: log
        fields: [{name: who, data_categories: [user.name], fides_meta: {references: [{dataset: b, field: p.id}]}}]
  - fides_key: b
    collections: [{name: p, fields: [{name: id, data_categories: [user.unique_id]}]}]
"""
    store, notes = carried(text)
    assert list(store.tables) == ["audit.log", "p"]
    assert store.tables["audit.log"].links == (Link(column="who", to=Column.parse("web.p.id")),)
    assert "the file holds 2 datasets (a, b); all are taken to be in the store 'web'" in notes


def test_a_single_dataset_without_its_list() -> None:
    store, _ = carried("fides_key: a\ncollections: [{name: 'odd.name', fields: [{name: x, data_categories: [user]}]}]")
    assert list(store.tables) == ['"odd.name"']


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "shop.yml:1:1: the file is empty"),
        ("- a", "shop.yml:1:1: this file holds no Fideslang dataset"),
        ("system: []", "shop.yml:1:1: this file holds no Fideslang dataset"),
        ("dataset: {}", "shop.yml:1:10: dataset: expected a list"),
        ("dataset:\n- fides_key: a", "shop.yml:2:3: the key 'collections' is missing"),
        ("dataset:\n- fides_key: a\n  collections:\n  - name: b\n    fields: [c]", "shop.yml:5:14: fields: expected keys"),
        ("dataset: [", "shop.yml:1:11: this is not YAML"),
    ],
)
def test_what_is_no_dataset_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyErrors) as caught:
        import_dataset(text, "shop.yml", "web", "eu")
    assert str(caught.value).startswith(said)


words = st.one_of(st.sampled_from(["a", "b", "a.b", "", "user.name", "user.x", "system"]), texts)
metas = st.fixed_dictionaries(
    {},
    optional={
        "primary_key": st.booleans(),
        "identity": words,
        "references": st.lists(
            st.fixed_dictionaries(
                {"dataset": st.just("d"), "field": st.sampled_from(["a.b", "b.a", "a", ".x", "a."])},
                optional={"direction": st.sampled_from(["to", "from"])},
            ),
            max_size=2,
        ),
    },
)
leaf = st.fixed_dictionaries(
    {"name": words}, optional={"data_categories": st.lists(words, max_size=2), "fides_meta": metas, "x": words}
)
fields = st.recursive(
    leaf, lambda inner: st.fixed_dictionaries({"name": words, "fields": st.lists(inner, max_size=2)}), max_leaves=4
)
collections = st.fixed_dictionaries(
    {"name": words, "fields": st.lists(fields, max_size=3)}, optional={"data_categories": st.lists(words)}
)


@given(st.lists(collections, max_size=3))
def test_every_dataset_becomes_a_map_that_reads(found: list[object]) -> None:
    store, _ = carried(as_yaml({"dataset": [{"fides_key": "d", "collections": found}]}))
    for table in store.tables.values():
        for link in table.links:
            assert link.to.table.local in store.tables
