"""The promises that exist, the folder that `kept init` writes, and the folders of the examples, all taken together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from kept.base.errors import PolicyError
from kept.detectors.registry import detectors
from kept.policy.decode import decode
from kept.policy.init import files
from kept.policy.load import load
from kept.policy.schema import schemas
from kept.policy.written import plain_of
from kept.policy.yaml_tree import read_yaml
from kept.promises.registry import terms

from .instances import as_yaml, instances
from .test_schema import as_editors_see

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/privacy/kept.toml"))
COARSE = [kind for kind, detector in detectors().items() if detector.coarsen]
SCHEMA_OF = {
    "promises.yaml": "promises.json",
    "purposes.yaml": "purposes.json",
    "kept.toml": "kept.json",
    "holds.yaml": "holds.json",
    "processors.yaml": "processors.json",
}


def test_there_are_examples() -> None:
    assert len(FOLDERS) >= 2


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.parent.name for folder in FOLDERS])
def test_an_example_loads_and_its_files_are_valid(folder: Path) -> None:
    policy = load(folder, terms(), kinds=COARSE)
    assert policy.bound
    names = [name for name in SCHEMA_OF if (folder / name).exists()] + [
        f"map/{path.name}" for path in (folder / "map").glob("*.yaml")
    ]
    for name in names:
        schema = SCHEMA_OF.get(name, "map.json")
        seen = as_editors_see(schema, (folder / name).read_text(encoding="utf-8"))
        assert [error.message for error in Draft202012Validator(schemas(terms())[schema]).iter_errors(seen)] == []


def test_a_new_folder_loads_with_every_promise_there_is(tmp_path: Path) -> None:
    written = schemas(terms())
    for name, text in files("Example Ltd", written).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(load(tmp_path, terms(), kinds=COARSE).bound) >= 5
    assert json.loads((tmp_path / "schema" / "promises.json").read_text(encoding="utf-8")) == written["promises.json"]


@pytest.mark.parametrize("code", sorted(terms()))
def test_terms_read_back_and_are_valid(code: str) -> None:
    schema = Draft202012Validator(schemas(terms())["promises.json"])

    @settings(deadline=None, max_examples=30)
    @given(instances(terms()[code]))
    def holds(value: Any) -> None:
        plain = plain_of(value)
        errors: list[PolicyError] = []
        tree = read_yaml(as_yaml(plain), "f", errors)
        assert errors == []
        assert tree is not None
        assert decode(tree, terms()[code], errors) == value
        written = {"clauses": {"1": {"promises": [{"promise": code, **plain}]}}}
        assert [error.message for error in schema.iter_errors(written)] == []

    holds()


@pytest.mark.parametrize("code", sorted(terms()))
def test_every_term_has_a_description(code: str) -> None:
    choices = schemas(terms())["promises.json"]["properties"]["clauses"]["additionalProperties"]["properties"]["promises"]["items"][
        "oneOf"
    ]
    chosen = next(choice for choice in choices if choice["properties"]["promise"]["const"] == code)
    assert chosen["description"]
    assert all(inner.get("description") for inner in chosen["properties"].values())
