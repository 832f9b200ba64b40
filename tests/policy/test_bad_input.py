"""What the privacy folder must refuse: the changed file, where the error must stand, and words it must say."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from kept.base.errors import PolicyErrors
from kept.policy.load import load
from kept.policy.source import LARGEST_FILE

from .folders import APP, HOLDS, POLICY, PROCESSORS, PROMISES, PURPOSES, SETTINGS, write_folder
from .terms import TERMS


def app(old: str, new: str) -> tuple[str, str]:
    assert old in APP
    return "map/app.yaml", APP.replace(old, new, 1)


def promises(old: str, new: str) -> tuple[str, str]:
    assert old in PROMISES
    return "promises.yaml", PROMISES.replace(old, new, 1)


def purposes(old: str, new: str) -> tuple[str, str]:
    assert old in PURPOSES
    return "purposes.yaml", PURPOSES.replace(old, new, 1)


def policy(old: str, new: str) -> tuple[str, str]:
    assert old in POLICY
    return "policy.md", POLICY.replace(old, new, 1)


def settings(old: str, new: str) -> tuple[str, str]:
    assert old in SETTINGS
    return "kept.toml", SETTINGS.replace(old, new, 1)


def holds(old: str, new: str) -> tuple[str, str]:
    assert old in HOLDS
    return "holds.yaml", HOLDS.replace(old, new, 1)


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
DEEP = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))

AGENT = '\n[requests.agents.PERMIT]\nname = "Permit"\nkey = "{key}"\n'
AGENT_AT = SETTINGS.count("\n") + 4

CASES: list[tuple[str, tuple[str, str | bytes], str, str]] = [
    # the map
    ("unknown key", app("region: eu", "regoin: eu"), "map/app.yaml:2:1", "unknown key 'regoin'. Did you mean 'region'?"),
    ("missing key", app("region: eu\n", ""), "map/app.yaml:1:1", "the key 'region' is missing"),
    ("missing key of a table", app("    what: One row for each account.\n", ""), "map/app.yaml:5:5", "What the table holds"),
    ("a list for a text", app("region: eu", "region: [eu]"), "map/app.yaml:2:9", "region: expected a text, found a list"),
    ("nothing for a text", app("region: eu", "region:"), "map/app.yaml:2:8", "region: expected a text, found nothing"),
    ("null for a text", app("region: eu", "region: null"), "map/app.yaml:2:9", "put the word null in quotes"),
    ("a text for a list", app("purposes: [service]", "purposes: service"), "map/app.yaml:7:15", "Write it as a list"),
    ("a text for keys", app("{kind: account, key: id}", "account"), "map/app.yaml:6:14", "expected keys with values, found a text"),
    (
        "a list for keys",
        app("{kind: account, key: id}", "[account]"),
        "map/app.yaml:6:14",
        "expected keys with values, found a list",
    ),
    ("keys for a list", app("purposes: [service]", "purposes: {service: 1}"), "map/app.yaml:7:15", "expected a list, found keys"),
    ("duplicate key", app("region: eu", "region: eu\nregion: us"), "map/app.yaml:3:1", "'region' is already given on line 2"),
    ("duplicate table", app("  events:", "  accounts:"), "map/app.yaml:18:3", "'accounts' is already given on line 4"),
    ("one table in two spellings", app("  events:", '  "\\"accounts\\"":'), "map/app.yaml:18:3", "is the same table as 'accounts'"),
    ("unknown word of a choice", app("then: anonymise", "then: anonymize"), "map/app.yaml:15:13", "Did you mean 'anonymise'?"),
    (
        "unknown category",
        app("user.contact.email", "user.contact.mail"),
        "map/app.yaml:17:25",
        "the nearest are user.contact.email",
    ),
    ("a bad period", app("keep: 24 months", "keep: 24"), "map/app.yaml:11:13", "'24' is not a period"),
    ("a bad column", app("to: app.accounts.id", "to: accounts"), "map/app.yaml:21:34", "expected store.table.column"),
    ("a bad table name", app("  events:", "  a.b.c:"), "map/app.yaml:18:3", "expected table or schema.table"),
    ("an empty key", app("  events:", '  "":'), "map/app.yaml:18:3", "is not a dotted name"),
    (
        "purpose of a table",
        app("purposes: [telemetry]", "purposes: [telemetri]"),
        "map/app.yaml:22:16",
        "Did you mean 'telemetry'?",
    ),
    (
        "purpose of a field",
        app("{category: user.unique_id.pseudonymous}", "{category: user.unique_id, purposes: [service, ads]}"),
        "map/app.yaml:25:66",
        "purposes.yaml has no purpose 'ads'",
    ),
    ("file and store differ", app("store: app", "store: ap"), "map/app.yaml:1:8", "named app.yaml and its store 'ap'"),
    ("a link to nowhere", app("to: app.accounts.id", "to: app.account.id"), "map/app.yaml:21:34", "Did you mean 'app.accounts'?"),
    ("a link to another store", app("to: app.accounts.id", "to: crm.people.id"), "map/app.yaml:21:34", "no table 'crm.people'"),
    ("an integration nobody knows", app("integration: crm", "integration: cmr"), "map/app.yaml:9:18", "Did you mean 'crm'?"),
    ("a clock behind no link", app("via: account_id", "via: account"), "map/app.yaml:23:57", "Did you mean 'account_id'?"),
    (
        "a clock behind a link and then none",
        app("via: account_id", "via: account_id.crm"),
        "map/app.yaml:23:57",
        "a link of 'accounts'",
    ),
    ("a clock behind a dot", app("via: account_id", "via: account_id."), "map/app.yaml:23:57", "is not a dotted name"),
    # YAML itself
    ("an empty file", ("map/app.yaml", ""), "map/app.yaml:1:1", "the file is empty"),
    ("only comments", ("map/app.yaml", "# nothing\n"), "map/app.yaml:1:1", "the file is empty"),
    ("a list at the top", ("map/app.yaml", "- app\n"), "map/app.yaml:1:1", "the file: expected keys with values, found a list"),
    ("a text at the top", ("map/app.yaml", "app\n"), "map/app.yaml:1:1", "the file: expected keys with values, found a text"),
    ("a tab", app("    what: One row for each account.", "\twhat: x"), "map/app.yaml:5:1", "a tab is used for indentation"),
    ("an open bracket", app("purposes: [service]", "purposes: [service"), "map/app.yaml:8:11", "this is not YAML"),
    ("an open quote", app("region: eu", 'region: "eu'), "map/app.yaml:26:17", "this is not YAML"),
    ("a colon in a text", app("One row for each account.", "One row: for each"), "map/app.yaml:5:18", "a colon stands where"),
    ("a second document", ("map/app.yaml", APP + "---\nstore: app\n"), "map/app.yaml:27:1", "a second YAML document"),
    ("a tag", app("region: eu", "region: !!python/object:os.system eu"), "map/app.yaml:2:9", "has no meaning here"),
    ("an alias of nothing", app("region: eu", "region: *eu"), "map/app.yaml:2:9", "*eu refers to nothing"),
    ("an alias of itself", app("tables:", "tables: &t\n  loop: *t"), "map/app.yaml:4:9", "*t refers to what it stands in"),
    ("references that multiply", ("map/app.yaml", LAUGHS), "map/app.yaml:7:5", "multiply to more than 1,000,000"),
    ("deep by references", ("map/app.yaml", DEEP), "map/app.yaml:50:12", "nested more than 50 deep"),
    ("too deep", ("map/app.yaml", "a: " + "[" * 60 + "]" * 60), "map/app.yaml:1:53", "nested more than 50 deep"),
    ("very much too deep", ("map/app.yaml", "[" * 100_000), "map/app.yaml:1:51", "nested more than 50 deep"),
    ("very much too deep in blocks", ("map/app.yaml", "- " * 100_000 + "x"), "map/app.yaml:1:101", "nested more than 50 deep"),
    ("a list as a key", app("region: eu", "? [region]\n: eu"), "map/app.yaml:2:3", "a key must be a text"),
    ("merging a text", app("region: eu", "region: eu\n<<: x"), "map/app.yaml:3:5", "<< must be given a mapping"),
    ("a NUL in escapes", app("region: eu", 'region: "\\0"'), "map/app.yaml:2:9", "a NUL"),
    # bytes
    ("not UTF-8", ("map/app.yaml", b"store: app\nregion: \xe9u\n"), "map/app.yaml:2:9", "byte 0xe9 is not UTF-8"),
    (
        "not UTF-8 behind a mark",
        ("map/app.yaml", b"\xef\xbb\xbfstore: app\r\nregion: \xe9u\n"),
        "map/app.yaml:2:9",
        "byte 0xe9 is not",
    ),
    ("not UTF-8 behind old line ends", ("map/app.yaml", b"store: app\rregion: \xe9u\r"), "map/app.yaml:2:9", "byte 0xe9 is not"),
    ("UTF-16", ("map/app.yaml", "store: app".encode("utf-16")), "map/app.yaml:1:1", "is not UTF-8"),
    ("cut in a character", ("policy.md", POLICY.encode() + b"caf\xc3"), "policy.md:26:4", "byte 0xc3 is not UTF-8"),
    ("a NUL", app("region: eu", "region: e\0u"), "map/app.yaml:2:10", "a NUL stands in the file"),
    ("a control character", settings("Example", "Ex\x1bample"), "kept.toml:4:11", "U+001B"),
    # promises.yaml
    ("a clause of no prose", promises('"5.2"', '"5.3"'), "promises.yaml:8:3", "has no clause '5.3'. Did you mean '5.2'?"),
    (
        "a promise of no kind",
        promises("promise: retention", "promise: retentoin"),
        "promises.yaml:10:18",
        "Did you mean 'retention'?",
    ),
    ("a promise without a code", promises("promise: retention\n        keep", "keep"), "promises.yaml:10:9", "begin with its code"),
    ("a promise as a text", promises("- promise: documented", "- documented"), "promises.yaml:5:9", "Write `promise:`"),
    ("an unknown term", promises("keep: 12 months", "kepe: 12 months"), "promises.yaml:11:9", "Did you mean 'keep'?"),
    ("a missing term", promises("        keep: 12 months\n", ""), "promises.yaml:10:9", "the key 'keep' is missing"),
    ("a purpose of a promise", promises("[telemetry]", "[service, telmetry]"), "promises.yaml:12:29", "Did you mean 'telemetry'?"),
    (
        "a table that is not mapped",
        promises("purposes: [telemetry]", "tables: [app.events, app.logs]"),
        "promises.yaml:12:30",
        "the map has no table 'app.logs'",
    ),
    (
        "a store that is not mapped",
        promises("promise: documented", "promise: documented\n        stores: [ap]"),
        "promises.yaml:6:18",
        "Did you mean 'app'?",
    ),
    (
        "a store of one promise",
        promises("promise: documented", "promise: least-privilege\n        store: db\n        roles: {}"),
        "promises.yaml:6:16",
        "the map has no store 'db'",
    ),
    (
        "tables deep in the terms",
        promises(
            "promise: documented",
            "promise: least-privilege\n        store: app\n        roles: {}\n        deep: {app.accounts.id: [app.gone]}",
        ),
        "promises.yaml:8:34",
        "the map has no table 'app.gone'",
    ),
    (
        "a share in quotes",
        promises("promise: documented", "promise: least-privilege\n        store: app\n        roles: {}\n        share: '0.5'"),
        "promises.yaml:8:16",
        "share: expected a number, found a text in quotes",
    ),
    ("no clauses", ("promises.yaml", "claws: {}\n"), "promises.yaml:1:1", "expected clause ids"),
    ("clauses as a list", ("promises.yaml", "clauses: []\n"), "promises.yaml:1:10", "expected clause ids"),
    (
        "a clause as a list",
        ("promises.yaml", 'clauses:\n  "5.2": [retention]\n'),
        "promises.yaml:2:10",
        "expected keys with values",
    ),
    (
        "promises as a text",
        ("promises.yaml", 'clauses:\n  "5.2": {promises: x}\n'),
        "promises.yaml:2:21",
        "promises: expected a list",
    ),
    ("no promises", ("promises.yaml", 'clauses:\n  "5.2": {owner: me}\n'), "promises.yaml:2:10", "promises: expected a list"),
    ("an owner of nothing", promises("owner: data engineering", "owner:"), "promises.yaml:3:11", "owner: expected a text"),
    ("an unknown key of a clause", promises("owner:", "owned:"), "promises.yaml:3:5", "Did you mean 'owner'?"),
    ("an unknown key of the file", ("promises.yaml", PROMISES + "extra: 1\n"), "promises.yaml:13:1", "unknown key 'extra'"),
    # purposes.yaml
    ("a basis of no law", purposes("[contract]", "[contracts]"), "purposes.yaml:8:13", "Did you mean 'contract'?"),
    (
        "a date of no calendar",
        purposes("2025-11-03", "2025-02-30"),
        "purposes.yaml:5:22",
        "'2025-02-30' is not a day of the calendar",
    ),
    ("a date in another order", purposes("2025-11-03", "03.11.2025"), "purposes.yaml:5:22", "written as year-month-day"),
    ("a date with a time", purposes("2025-11-03", "2025-11-03T10:00:00"), "purposes.yaml:5:22", "written as year-month-day"),
    (
        "a truth of YAML 1.1",
        purposes("bases: [contract]", "bases: [contract]\n    optional: yes"),
        "purposes.yaml:9:15",
        "'yes' is neither true nor false",
    ),
    # kept.toml
    ("a password", settings('"env:APP_DATABASE_URL"', '"postgresql://u:hunter2@h/d"'), "kept.toml:10:7", "environment variable"),
    ("a password for a store", settings("[stores.app]\nurl", "[stores]\napp"), "kept.toml:10:7", "expected keys with values"),
    ("an unknown key in TOML", settings("timeout", "timeot"), "kept.toml:11:1", "Did you mean 'timeout'?"),
    ("an unknown table in TOML", settings("[company]", "[cmpany]"), "kept.toml:3:2", "Did you mean 'company'?"),
    ("a missing key in TOML", settings('contact = "privacy@example.org"\n', ""), "kept.toml:3:1", "'contact' is missing"),
    ("a number in quotes", settings("safety_share = 0.1", 'safety_share = "0.1"'), "kept.toml:1:16", "Take the quotes away"),
    (
        "a share above the whole",
        settings("safety_share = 0.1", "safety_share = 20"),
        "kept.toml:1:16",
        "a share above 0 and up to 1",
    ),
    ("infinity", settings("safety_share = 0.1", "safety_share = inf"), "kept.toml:1:16", "'inf' is not a number"),
    ("a sample below nothing", settings('timeout = "30 days"', "sample = -1"), "kept.toml:11:10", "cannot be below 0"),
    ("a fraction of a row", settings('timeout = "30 days"', "sample = 1.5"), "kept.toml:11:10", "'1.5' is not a whole number"),
    ("no key", ("kept.toml", SETTINGS + AGENT.format(key="abc")), f"kept.toml:{AGENT_AT}:7", "no verifying key of an agent"),
    ("a key in hex", ("kept.toml", SETTINGS + AGENT.format(key="0f" * 32)), f"kept.toml:{AGENT_AT}:7", "44 characters"),
    ("no time", settings("30 days", "0 days"), "kept.toml:11:11", "timeout: no time at all"),
    ("a moment for a day", settings("2025-01-31", "2025-01-31T10:00:00Z"), "kept.toml:15:17", "written as year-month-day"),
    (
        "a store without a map",
        settings("[integrations.crm]", '[stores.logs]\nurl = "env:L"\n[integrations.crm]'),
        "kept.toml:13:9",
        "scan logs",
    ),
    ("a duplicate key in TOML", settings('name = "Example"', 'name = "Example"\nname = "x"'), "kept.toml:5:11", "cannot overwrite"),
    ("not TOML", settings("safety_share = 0.1", "safety_share: 0.1"), "kept.toml:1:13", "this is not TOML"),
    ("TOML that stops", ("kept.toml", 'a = "x'), "kept.toml:1:7", "this is not TOML"),
    ("an endless number", ("kept.toml", f"a = {'9' * 5000}"), "kept.toml", "this is not TOML"),
    ("a deep list in TOML", ("kept.toml", "a = " + "[" * 50_000), "kept.toml", "nested too deep"),
    ("an empty kept.toml", ("kept.toml", "# nothing\n"), "kept.toml:1:1", "the file is empty"),
    (
        "an item of a list of tables",
        settings('destination = "us"', "destination = []"),
        "kept.toml:19:15",
        "expected a text, found a list",
    ),
    # policy.md
    ("no front matter", ("policy.md", "# Policy\n"), "policy.md:1:1", "the document's own block is missing"),
    ("an empty policy", ("policy.md", " \n\n"), "policy.md:1:1", "the file is empty"),
    ("no clause", ("policy.md", POLICY.split("---\nid:")[0]), "policy.md", "has no clause"),
    ("front matter that does not end", ("policy.md", "---\ntitle: x\n"), "policy.md:1:1", "is not closed"),
    ("a clause block that does not end", ("policy.md", POLICY + "\n---\nid: x\n"), "policy.md:27:1", "is not closed"),
    ("an empty front matter", ("policy.md", "---\n---\n" + POLICY[4:]), "policy.md:2:1", "this block is empty"),
    ("no title of the document", policy("title: Privacy policy of Example\n", ""), "policy.md:2:1", "'title' is missing"),
    ("no id", policy('id: "5.2"\n', ""), "policy.md:19:1", "the key 'id' is missing"),
    ("no version", policy("version: 2\n", ""), "policy.md:19:1", "the key 'version' is missing"),
    ("no day", policy("effective: 2026-01-01\ntitle", "title"), "policy.md:19:1", "the key 'effective' is missing"),
    ("a bad day", policy("2026-01-01\ntitle", "2026-13-01\ntitle"), "policy.md:21:12", "'2026-13-01' is not a day"),
    ("a vague day", policy("2026-01-01\ntitle", "next spring\ntitle"), "policy.md:21:12", "written as year-month-day"),
    ("a version in words", policy("version: 2", "version: two"), "policy.md:20:10", "'two' is not a whole number"),
    ("a version of nought", policy("version: 2", "version: 0"), "policy.md:20:10", "Count versions from 1"),
    ("an unknown key in a block", policy("version: 2", "version: 2\nefective: x"), "policy.md:21:1", "Did you mean 'effective'?"),
    ("a duplicate id", policy('"5.2"', '"1.1"'), "policy.md:19:1", "clause '1.1' is already on line 10"),
    ("an id with spaces", policy('"5.2"', '"5 2"'), "policy.md:19:5", "'5 2' is not a clause id"),
    ("no title of a clause", policy("title: How long we keep telemetry\n", ""), "policy.md:19:1", "clause '5.2' has no title"),
    ("no text", policy("Twelve months.", ""), "policy.md:19:1", "clause '5.2' has no text"),
    (
        "a code fence without end",
        policy("Names and", "```\nNames and"),
        "policy.md:16:1",
        "code fence that begins here is never closed",
    ),
    ("a comment without end", policy("Names and", "<!-- Names and"), "policy.md:16:1", "comment that begins here is never closed"),
    ("YAML in a block", policy("version: 2", "version: [2"), "policy.md:21:10", "this is not YAML"),
    # processors.yaml
    (
        "a processor for no purpose",
        ("processors.yaml", PROCESSORS.replace("[service]", "[servise]")),
        "processors.yaml:5:16",
        "Did you mean 'service'?",
    ),
    (
        "an agreement that is no address",
        ("processors.yaml", PROCESSORS.replace("https:", "javascript:")),
        "processors.yaml:10:16",
        "is no address",
    ),
    # holds.yaml
    ("a hold on no table", holds("[app.accounts]", "[app.acounts]"), "holds.yaml:7:14", "Did you mean 'app.accounts'?"),
    ("a hold on people of no table", holds("app.accounts.id", "app.people.id"), "holds.yaml:8:16", "no table 'app.people'"),
    ("a hold on no column", holds("app.accounts.id", "id"), "holds.yaml:8:16", "is not a"),
    ("people of a hold not in a list", holds('[17, "0042"]', "ada"), "holds.yaml:8:33", "expected a list, found a text"),
]


@pytest.mark.parametrize(("change", "place", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str | bytes], place: str, words: str) -> None:
    folder = write_folder(tmp_path / "privacy", dict([change]))
    with pytest.raises(PolicyErrors) as caught:
        load(folder, TERMS)
    said = [str(error).removeprefix(f"{folder}/") for error in caught.value.errors]
    assert any(line.startswith(f"{place}: ") and words in line for line in said), "\n".join(said)
    assert "hunter2" not in str(caught.value)


def test_names_of_files_are_checked(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"map/extra.yml": APP, "purposes.yml": PURPOSES})
    with pytest.raises(PolicyErrors) as caught:
        load(folder, TERMS)
    assert [error.happened for error in caught.value.errors] == ["Kept reads only .yaml"] * 2


def test_a_store_that_only_the_map_knows(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"map/logs.yaml": "store: logs\nregion: eu\ntables: {}\n"})
    with pytest.raises(PolicyErrors, match=r"map/logs.yaml:1:1: kept.toml has no store 'logs'"):
        load(folder, TERMS)


def test_a_clock_in_another_store(tmp_path: Path) -> None:
    logs = """store: logs
region: eu
tables:
  lines:
    what: x
    links: [{column: account_id, to: app.accounts.id}]
    retention: {keep: 1 day, after: closed_at, via: account_id}
    fields: {}
"""
    files = {"map/logs.yaml": logs, "kept.toml": SETTINGS.replace("[integrations", '[stores.logs]\nurl = "env:L"\n[integrations')}
    with pytest.raises(PolicyErrors, match=r"map/logs.yaml:7:53: via: the link leads to another store, 'app'"):
        load(write_folder(tmp_path, files), TERMS)


@pytest.mark.parametrize("name", ["policy.md", "kept.toml", "map/app.yaml"])
def test_a_file_of_50_megabytes_is_refused_at_once(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path, {name: None})
    (folder / name).parent.mkdir(exist_ok=True)
    with (folder / name).open("wb") as file:
        file.truncate(50_000_000)
    started = time.perf_counter()
    with pytest.raises(PolicyErrors, match="larger than 8 MiB"):
        load(folder, TERMS)
    assert time.perf_counter() - started < 5


def test_the_largest_file_is_read_to_its_end(tmp_path: Path) -> None:
    prose = "word " * 100 + "\n"
    text = POLICY + prose * ((LARGEST_FILE - len(POLICY)) // len(prose))
    policy = load(write_folder(tmp_path, {"policy.md": text}), TERMS)
    assert len(policy.clauses[1].text) > LARGEST_FILE * 0.99


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"kept.toml": None})
    (folder / "kept.toml").mkdir()
    with pytest.raises(PolicyErrors, match=r"kept.toml: this is not a file"):
        load(folder, TERMS)


def test_a_pipe_in_place_of_a_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"purposes.yaml": None})
    os.mkfifo(folder / "purposes.yaml")
    with pytest.raises(PolicyErrors, match=r"purposes.yaml: this is not a file"):
        load(folder, TERMS)


def test_a_coarse_form_no_detector_has(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, dict([app("erasure: anonymise}", "coarse: ipp}")]))
    assert load(folder, TERMS).stores["app"].tables["accounts"].fields["email"].coarse == "ipp"
    with pytest.raises(PolicyErrors, match=r"map/app.yaml:17:53: no detector has a coarse form called 'ipp'. Did you mean 'ip'\?"):
        load(folder, TERMS, kinds=["ip", "user-agent"])


def test_a_name_of_a_file_that_is_no_text(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {})
    Path(os.fsdecode(os.fsencode(folder) + b"/map/caf\xe9.yaml")).write_text("store: x")
    with pytest.raises(PolicyErrors) as caught:
        load(folder, TERMS)
    assert "the key 'tables' is missing" in str(caught.value)


def test_a_map_that_is_a_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"map/app.yaml": None})
    (folder / "map").rmdir() if (folder / "map").exists() else None
    (folder / "map").write_text("x")
    with pytest.raises(PolicyErrors, match="the folder of the data map is missing"):
        load(folder, TERMS)


def test_the_thousandth_error_is_told_like_the_first(tmp_path: Path) -> None:
    fields = "".join(f"      c{number}: {{category: nonsense}}\n" for number in range(1000))
    text = "store: app\nregion: eu\ntables:\n  t:\n    what: x\n    fields:\n" + fields
    with pytest.raises(PolicyErrors) as caught:
        load(write_folder(tmp_path, {"map/app.yaml": text}), TERMS)
    assert len([error for error in caught.value.errors if "nonsense" in error.happened]) == 1000
