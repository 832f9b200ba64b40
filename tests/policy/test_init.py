from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kept.base.errors import Refused
from kept.policy.init import files
from kept.policy.load import load
from kept.policy.policy import Policy
from kept.policy.schema import schemas

from .terms import TERMS
from .test_schema import as_editors_see

SCHEMAS = schemas(TERMS)


def loaded(path: Path, texts: Mapping[str, str]) -> Policy:
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return load(path, TERMS)


def test_a_new_folder_loads_without_an_error(tmp_path: Path) -> None:
    policy = loaded(tmp_path, files("Example Ltd", SCHEMAS))
    assert policy.title == "Privacy policy of Example Ltd"
    assert 5 <= len(policy.clauses) <= 6
    assert {"documented", "categories", "retention", "clock-present"} <= {bound.code for bound in policy.bound}
    assert [clause.id for clause in policy.coverage().without] == ["3.1", "4.1"]


def test_the_promises_and_the_map_agree(tmp_path: Path) -> None:
    policy = loaded(tmp_path, files("Example Ltd", SCHEMAS))
    allowed = next(bound.terms.allowed for bound in policy.bound if bound.code == "categories")
    kept = {bound.terms.purposes: bound.terms.keep for bound in policy.bound if bound.code == "retention"}
    for mapped in policy.tables():
        assert mapped.map.retention is not None
        assert kept[mapped.map.purposes] == mapped.map.retention.keep
        for column, entry in mapped.columns():
            assert any(entry.category.within(category) for category in allowed), str(column)
            assert mapped.purposes_of(column.name)


def test_every_file_refers_to_its_schema_and_is_valid() -> None:
    texts = files("Example Ltd", SCHEMAS)
    referred = {}
    for name, text in texts.items():
        found = re.search(r"(?:\$schema=|#:schema )(\S+)", text.split("\n")[0])
        if found:
            referred[name] = Path(Path(name).parent / found[1]).as_posix().replace("map/../", "")
    assert sorted(referred) == ["kept.toml", "map/app.yaml", "promises.yaml", "purposes.yaml"]
    for name, schema in referred.items():
        assert schema in texts
        file = schema.removeprefix("schema/")
        seen = as_editors_see(file, texts[name])
        assert [error.message for error in Draft202012Validator(SCHEMAS[file]).iter_errors(seen)] == []


def test_what_kept_remembers_is_ignored_by_git() -> None:
    assert ".kept/" in files("Example Ltd", SCHEMAS)[".gitignore"].split("\n")


names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda name: name.strip().isprintable() and bool(name.strip())
)


@given(st.one_of(st.sampled_from(['A "B" \\ C', "---", "a: b # c", "{{ company }}", "'", "```", "<!--", "Ünï"]), names))
def test_any_name_of_a_company_is_kept_as_it_is(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    policy = loaded(tmp_path_factory.mktemp("privacy"), files(name, {}))
    if "{{" not in name:
        assert policy.settings.company.name == name.strip()
        assert policy.title == f"Privacy policy of {name.strip()}"
        assert name.strip() in policy.introduction


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0", "\x7f", "a\u2028b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        files(name, {})
