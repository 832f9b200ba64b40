from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from kept.base.errors import PolicyError
from kept.policy.datamap import StoreMap
from kept.policy.decode import decode
from kept.policy.holds import HoldsFile
from kept.policy.processors import ProcessorsFile
from kept.policy.purposes import PurposesFile
from kept.policy.schema import schema_of, schemas
from kept.policy.settings import Settings
from kept.policy.written import plain_of
from kept.policy.yaml_tree import read_yaml

from .folders import APP, GOOD, HOLDS, PROCESSORS, PROMISES, PURPOSES, SETTINGS
from .instances import as_yaml, instances
from .terms import TERMS

FILES = {
    "map.json": APP,
    "promises.json": PROMISES,
    "purposes.json": PURPOSES,
    "kept.json": SETTINGS,
    "holds.json": HOLDS,
    "processors.json": PROCESSORS,
}
TYPES = {
    "map.json": StoreMap,
    "purposes.json": PurposesFile,
    "kept.json": Settings,
    "holds.json": HoldsFile,
    "processors.json": ProcessorsFile,
}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas(TERMS)[name])


def as_editors_see(name: str, text: str) -> Any:
    """Return a file as an editor's YAML 1.2 or TOML reader does, with days as texts."""
    value = tomllib.loads(text) if name == "kept.json" else YAML(typ="safe").load(text)
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("name", sorted(schemas(TERMS)))
def test_every_schema_is_a_schema(name: str) -> None:
    schema = schemas(TERMS)[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_good_file_is_valid(name: str) -> None:
    assert [error.message for error in validator(name).iter_errors(as_editors_see(name, FILES[name]))] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("map.json", "region: eu", "regoin: eu"),
        ("map.json", "region: eu", "region: [eu]"),
        ("map.json", "region: eu", "region: null"),
        ("map.json", "region: eu\n", ""),
        ("map.json", "purposes: [service]", "purposes: service"),
        ("map.json", "then: anonymise", "then: anonymize"),
        ("map.json", "user.contact.email", "user.contact.emal"),
        ("map.json", "keep: 24 months", "keep: 24 moons"),
        ("map.json", "to: app.accounts.id", "to: accounts"),
        ("promises.json", "promise: retention", "promise: retentions"),
        ("promises.json", "keep: 12 months", "keep: 12"),
        ("promises.json", "keep: 12 months", "kept: 12 months"),
        ("promises.json", "        keep: 12 months\n", ""),
        ("promises.json", "allowed: [user.contact, user.unique_id]", "allowed: [contact]"),
        ("promises.json", "owner: data engineering", "owners: data engineering"),
        ("purposes.json", "[contract]", "[contracts]"),
        ("purposes.json", "2025-11-03", "03.11.2025"),
        ("kept.json", "env:APP_DATABASE_URL", "postgresql://h/d"),
        ("kept.json", "safety_share = 0.1", 'safety_share = "0.1"'),
        ("kept.json", "safety_share = 0.1", "safety_shares = 0.1"),
        ("holds.json", "app.accounts.id:", "accounts:"),
        ("holds.json", "tables: [app.accounts]", "tables: [accounts]"),
        ("processors.json", "user.contact.email", "user.contact.emal"),
        ("processors.json", "    region: us\n", ""),
    ],
)
def test_a_bad_file_is_not(name: str, old: str, new: str) -> None:
    assert old in FILES[name]
    assert not validator(name).is_valid(as_editors_see(name, FILES[name].replace(old, new, 1)))


@pytest.mark.parametrize("name", sorted(TYPES))
def test_what_is_written_and_read_is_valid(name: str) -> None:
    schema = validator(name)

    @settings(deadline=None)
    @given(instances(TYPES[name]))
    def holds(value: Any) -> None:
        plain = plain_of(value)
        assert [error.message for error in schema.iter_errors(plain)] == []

    holds()


@pytest.mark.parametrize("code", sorted(TERMS))
def test_terms_that_are_written_and_read_are_valid(code: str) -> None:
    schema = validator("promises.json")

    @settings(deadline=None)
    @given(instances(TERMS[code]), st.text(max_size=5))
    def holds(value: Any, clause: str) -> None:
        written = {"clauses": {clause: {"promises": [{"promise": code, **plain_of(value)}]}}}
        assert [error.message for error in schema.iter_errors(written)] == []

    holds()


def damaged(plain: Any, change: Callable[[Any], Any], at: int) -> Any:
    """Return the tree with one of its nodes changed."""
    nodes: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, inner in list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []:
            nodes.append((node, key))
            walk(inner)

    walk(plain)
    if nodes:
        holder, key = nodes[at % len(nodes)]
        holder[key] = change(holder[key])
    return plain


changes = st.sampled_from(
    [lambda _: None, lambda _: [], lambda _: {}, lambda _: "x", lambda _: 1, lambda old: [old], lambda old: {"x": old}]
)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_what_decoding_accepts_of_damaged_files_the_schema_accepts(name: str) -> None:
    schema = validator(name)

    @settings(deadline=None)
    @given(instances(TYPES[name]), changes, st.integers(0, 1000))
    def holds(value: Any, change: Callable[[Any], Any], at: int) -> None:
        plain = damaged(plain_of(value), change, at)
        errors: list[PolicyError] = []
        tree = read_yaml(as_yaml(plain), "f", errors)
        if tree and decode(tree, TYPES[name], errors) is not None and not errors:
            assert [error.message for error in schema.iter_errors(plain)] == []

    holds()


def test_every_key_has_a_description() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        found = []
        for key, inner in schema.get("properties", {}).items():
            if "description" not in inner:
                found.append(f"{path}.{key}")
        for name, inner in schema.get("$defs", {}).items():
            found += undescribed(inner, name)
        return found

    for name in TYPES:
        assert undescribed(schemas(TERMS)[name], name) == []


def test_a_type_no_file_can_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be written"):
        schema_of(Impossible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    moment: datetime


def test_the_names_of_the_schemas_are_those_of_the_files() -> None:
    stems = {name.split("/")[0].split(".")[0] for name in GOOD} - {"policy"}
    assert {name.removesuffix(".json") for name in schemas(TERMS)} == stems
