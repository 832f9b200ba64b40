from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import PolicyError, PolicyErrors
from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.policy.folder import Folder, read_folder
from kept.policy.load import load, load_settings
from kept.policy.settings import EnvReference
from kept.policy.taxonomy import Category

from .folders import APP, GOOD, POLICY, PROMISES, SETTINGS, write_folder
from .terms import TERMS, Categories, Documented, Retention


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "privacy", {})


def test_the_whole_folder_becomes_one_policy(folder: Path) -> None:
    policy = load(folder, TERMS)
    assert (policy.title, policy.version, policy.effective) == ("Privacy policy of Example", "3", date(2026, 1, 1))
    assert policy.introduction == "We make promises."
    assert [(clause.id, clause.title, clause.version) for clause in policy.clauses] == [
        ("1.1", "What we collect", 1),
        ("5.2", "How long we keep telemetry", 2),
    ]
    assert policy.coverage().without == ()
    assert list(policy.purposes) == ["telemetry", "service"]
    assert policy.purposes["service"].bases_in == {"in": ("consent",)}
    assert policy.settings.stores["app"].url == EnvReference(variable="APP_DATABASE_URL")
    assert policy.settings.transfers[0].destination == "us"


def test_promises_carry_their_terms_their_owner_and_their_place(folder: Path) -> None:
    bound = load(folder, TERMS).bound
    assert [(each.clause, each.code, each.owner) for each in bound] == [
        ("1.1", "documented", "data engineering"),
        ("1.1", "categories", "data engineering"),
        ("5.2", "retention", "privacy lead"),
    ]
    assert bound[0].terms == Documented()
    assert bound[1].terms == Categories(allowed=(Category(key="user.contact"), Category(key="user.unique_id")))
    assert bound[2].terms == Retention(keep=Period(months=12), purposes=("telemetry",))
    assert str(bound[2].place) == f"{folder}/promises.yaml:10:9"


def test_the_map_knows_links_clocks_and_rules(folder: Path) -> None:
    policy = load(folder, TERMS)
    events = policy.table(Table(store="app", name="events"))
    accounts = policy.table(Table(store="app", name="accounts"))
    assert events is not None
    assert accounts is not None
    assert events.map.links[0].to == Column(table=accounts.table, name="id")
    assert events.map.retention is not None
    assert events.map.retention.via == "account_id"
    assert accounts.map.retention is not None
    assert accounts.map.retention.open_while == {"status": ("active", "1")}
    assert accounts.erasure_of("email") == "anonymise"
    assert policy.holds["matter-7"].subjects == {Column(table=accounts.table, name="id"): ("17", "0042")}


def test_processors_are_read(tmp_path: Path) -> None:
    posts = load(write_folder(tmp_path, {}), TERMS).processors["posts"]
    assert (posts.name, posts.region, [str(one) for one in posts.categories]) == ("Posts Ltd", "us", ["user.contact.email"])
    assert [posts.in_use(date(2026, 1, day)) for day in (9, 10)] == [False, True]


def test_holds_may_be_missing(tmp_path: Path) -> None:
    assert load(write_folder(tmp_path, {"holds.yaml": None}), TERMS).holds == {}


def test_settings_load_without_a_map(tmp_path: Path) -> None:
    (tmp_path / "kept.toml").write_text(SETTINGS)
    assert load_settings(tmp_path).company.name == "Example"
    (tmp_path / "kept.toml").write_text("company = 1")
    with pytest.raises(PolicyErrors, match=r"kept.toml:1:11: company: expected keys with values"):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path, {name: None})
    if name in ("holds.yaml", "processors.yaml"):
        load(tmp_path, TERMS)
        return
    with pytest.raises(PolicyErrors) as caught:
        load(tmp_path, TERMS)
    said = str(caught.value)
    assert ("map" if name.startswith("map/") else name) in said
    assert "kept init" in said or "kept scan" in said


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(PolicyErrors, match=r"there is no such folder.*kept init"):
        load(tmp_path / "nowhere", TERMS)


def test_the_digest_changes_with_any_byte_and_any_name(folder: Path) -> None:
    before = load(folder, TERMS).digest
    assert load(folder, TERMS).digest == before
    assert len(before) == 64
    seen = {before}
    for name, content in GOOD.items():
        (folder / name).write_text(content + "\n")
        seen.add(load(folder, TERMS).digest)
        (folder / name).write_text(content)
    assert len(seen) == len(GOOD) + 1


def test_the_digest_tells_names_and_contents_apart(tmp_path: Path) -> None:
    contents = [
        {"a": b"1", "b": b"2"},
        {"a": b"2", "b": b"1"},
        {"a": b"12", "b": b""},
        {"ab": b"12"},
        {"c": b"1", "b": b"2"},
        {"a": b"1"},
    ]
    assert len({Folder(path=tmp_path, errors=[], contents=each).digest() for each in contents}) == len(contents)
    assert (
        Folder(path=tmp_path, errors=[], contents={"b": b"2", "a": b"1"}).digest()
        == Folder(path=tmp_path, errors=[], contents=contents[0]).digest()
    )


def test_files_that_are_not_read_do_not_change_the_digest(folder: Path) -> None:
    before = load(folder, TERMS).digest
    (folder / "map" / "README.md").write_text("notes")
    (folder / "map" / ".app.yaml").write_text("not: [yaml")
    assert load(folder, TERMS).digest == before


def test_every_error_is_told_at_once_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    files = {
        "policy.md": POLICY.replace("version: 2", "version: two"),
        "promises.yaml": PROMISES.replace("12 months", "a year"),
        "map/app.yaml": APP.replace("region: eu", "regoin: eu").replace("what: One row for each use", "wat: One row for each use"),
        "kept.toml": SETTINGS.replace("env:APP_DATABASE_URL", "postgresql://app:hunter2@db/app"),
    }
    with pytest.raises(PolicyErrors) as caught:
        load(write_folder(tmp_path, files), TERMS)
    places = [str(error.place).removeprefix(f"{tmp_path}/") for error in caught.value.errors]
    assert places == [
        "kept.toml:10:7",
        "map/app.yaml:1:1",
        "map/app.yaml:2:1",
        "map/app.yaml:19:5",
        "map/app.yaml:19:5",
        "policy.md:20:10",
        "promises.yaml:11:15",
    ]
    assert "hunter2" not in str(caught.value)


def test_a_map_that_cannot_be_read_is_not_held_against_the_others(tmp_path: Path) -> None:
    files = {"map/app.yaml": APP.replace("region: eu", "regoin: eu"), "promises.yaml": PROMISES + "        tables: [app.gone]\n"}
    with pytest.raises(PolicyErrors) as caught:
        load(write_folder(tmp_path, files), TERMS)
    assert {error.place.file.removeprefix(f"{tmp_path}/") for error in caught.value.errors} == {"map/app.yaml"}


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_other_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path, end: str, mark: bytes) -> None:
    files = {name: mark + content.replace("\n", end).encode() for name, content in GOOD.items()}
    one, other = load(write_folder(tmp_path / "one", {}), TERMS), load(write_folder(tmp_path / "two", files), TERMS)
    assert (one.stores, one.settings, one.holds, one.purposes) == (other.stores, other.settings, other.holds, other.purposes)
    assert [(clause.text, clause.place.line) for clause in one.clauses] == [
        (clause.text, clause.place.line) for clause in other.clauses
    ]
    assert one.digest != other.digest


BROKEN_BYTES = st.builds(
    lambda content, at, what: content[: at % (len(content) + 1)] + what + content[(at + len(what)) % (len(content) + 1) :],
    st.sampled_from([content.encode() for content in GOOD.values()]),
    st.integers(0, 5000),
    st.one_of(
        st.binary(max_size=8), st.sampled_from([b"---\n", b"&a", b"*a", b"[", b"{", b"\t", b": ", b"- ", b"'", b'"', b"<<: 1"])
    ),
)


@given(st.sampled_from(sorted(GOOD)), st.one_of(st.binary(max_size=200), BROKEN_BYTES))
def test_no_bytes_raise_anything_but_policy_errors(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    folder = write_folder(tmp_path_factory.mktemp("privacy"), {name: content})
    try:
        load(folder, TERMS)
        told: tuple[PolicyError, ...] = ()
    except PolicyErrors as caught:
        told = caught.errors
    assert told or not read_folder(folder).errors
    assert all(error.place.file.startswith(str(folder)) for error in told)


def test_reading_a_folder_collects_and_does_not_raise(folder: Path) -> None:
    assert read_folder(folder).errors == []
