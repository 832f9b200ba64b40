"""What a person could type, in the order they would type it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kept.cli.main import cli
from kept.promises.registry import terms
from tests.cli.shop import TABLES, TODAY, Shop, script
from tests.company import KEPT, Company, on_sqlite
from tests.warm import run


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The example company; tests here leave its stores as they are."""
    return on_sqlite(tmp_path_factory.mktemp("company"))


def lines(ran: subprocess.CompletedProcess[str]) -> list[str]:
    return [" ".join(line.split()) for line in ran.stdout.splitlines()]


def test_from_nothing_to_a_verified_record(tmp_path: Path) -> None:
    script(tmp_path / "app.sqlite3", TABLES)
    shop = Shop(folder=tmp_path, url=f"sqlite:///{tmp_path / 'app.sqlite3'}")

    ran = shop.kept("check")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: there is no privacy folder here; nothing was changed. Make one with `kept init`")

    ran = shop.kept("init", "--company", "Corner Shop")
    assert ran.returncode == 0
    assert "files in privacy" in ran.stdout
    assert "Privacy policy of Corner Shop" in (shop.privacy / "policy.md").read_text()
    again = shop.kept("init")
    assert again.returncode == 2
    assert "privacy already holds" in again.stderr

    assert shop.kept("status").stdout.startswith("Nothing was checked yet: kept check")

    ran = shop.kept("scan", "app")
    assert ran.returncode == 1
    assert "app.accounts.email user.contact.email" in " ".join(ran.stdout.split())
    assert lines(ran)[-1] == "privacy/map/app.yaml was left as it is; --output FILE writes the proposal beside it."

    ran = shop.kept("check", "--as-of", TODAY)
    assert ran.returncode == 1
    assert "1 row of app.accounts older than 2 years" in ran.stdout
    assert "3 rows of app.events older than 1 year" in ran.stdout
    assert "policy coverage 4 of 6 clauses have a promise" in ran.stdout
    assert lines(ran)[-1] == "without one: §3.1 §4.1"

    ran = shop.kept("plan", "--as-of", TODAY)
    assert ran.returncode == 1
    assert lines(ran)[-1] == "Nothing was changed. To do it: kept apply kept-plan.json"
    assert "3 §2.2 app.events delete rows 30 3 27" in lines(ran)
    assert "ann30@" not in ran.stdout, "samples are masked"

    ran = shop.kept("apply", "--as-of", TODAY)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "✓ 1 app.events: delete rows 1 row" in lines(ran)
    assert "✗ broken 0" in ran.stdout

    assert shop.kept("check", "--as-of", TODAY).returncode == 0
    nothing = shop.kept("plan", "--as-of", TODAY, "-o", "second.json")
    assert (nothing.returncode, lines(nothing)) == (0, ["Nothing to do: no promise is broken."])
    assert not (tmp_path / "second.json").exists()

    assert shop.kept("ledger", "export", "ledger").returncode == 0
    key = shop.kept("ledger", "key").stdout.strip()
    ran = shop.kept("verify", "ledger", "--key", key)
    assert ran.returncode == 0
    assert lines(ran)[0].startswith("✓ verified")
    assert "Nobody owes anything." in shop.kept("status").stdout


def test_scan_proposes_a_map_and_then_shows_only_what_changed(shop: Shop) -> None:
    (shop.privacy / "map" / "app.yaml").unlink()
    first = shop.kept("scan", "app")
    assert first.returncode == 1
    assert lines(first)[-1].startswith("The proposed map is in privacy/map/app.yaml: read it")
    proposed = (shop.privacy / "map" / "app.yaml").read_text()
    assert "category: user.contact.email" in proposed
    assert "links: [{column: account_id, to: app.accounts.id}]" in proposed
    assert shop.kept("check").returncode in (1, 2), "a proposed map loads"

    second = shop.kept("scan", "app")
    assert (second.returncode, lines(second)) == (0, ["✓ nothing changed in app: 9 columns as before"])

    script(shop.folder / "app.sqlite3", "ALTER TABLE accounts ADD phone TEXT; ALTER TABLE events DROP feature;")
    third = shop.kept("scan", "app")
    assert third.returncode == 1
    assert "app.accounts.phone user.contact.phone_number" in " ".join(third.stdout.split())
    assert "gone app.events.feature" in lines(third)
    assert "email" not in third.stdout, "only what changed"
    assert (shop.privacy / "map" / "app.yaml").read_text() == proposed
    assert shop.kept("scan", "app").returncode == 0

    elsewhere = shop.kept("scan", "app", "--output", "proposal.yaml")
    assert elsewhere.returncode == 0
    assert "phone" in (shop.folder / "proposal.yaml").read_text()
    taken = shop.kept("scan", "app", "--output", "proposal.yaml")
    assert (taken.returncode, taken.stdout) == (2, "")
    assert "proposal.yaml is there already; nothing was changed" in taken.stderr

    seen = json.loads(shop.kept("scan", "app", "--full", "--format", "json").stdout)
    email = next(one for one in seen if one["column"] == "app.accounts.email")
    assert set(email) == {"column", "type", "category", "kind", "confidence", "reason", "looked"}
    assert (email["category"], email["looked"]) == ("user.contact.email", 30)


def test_scan_looks_at_as_many_rows_as_it_is_told(shop: Shop) -> None:
    def looked(*words: str) -> int:
        seen = json.loads(shop.kept("scan", "app", "--format", "json", *words).stdout)
        return int(next(one["looked"] for one in seen if one["column"] == "app.accounts.email"))

    assert looked("--sample", "7") <= 15
    shop.change("kept.toml", "# sample = 20000 ", "sample = 7 ")
    assert looked() <= 15
    assert looked("--full") == 30


@pytest.mark.parametrize("words", [("scan", "nope"), ("scan", "app", "--sample", "0")])
def test_a_scan_that_makes_no_sense(shop: Shop, words: tuple[str, ...]) -> None:
    ran = shop.kept(*words)
    assert (ran.returncode, ran.stdout) == (2, "")


def test_a_narrow_terminal_cuts_nothing(company: Company) -> None:
    scan = company.kept("scan", "app", "--all", COLUMNS="80")
    assert "app.accounts.password_hash  user.authorization.credentials" in scan.stdout
    plan = company.kept("plan", "--as-of", TODAY, "--no-samples", COLUMNS="80")
    for text in (scan.stdout, plan.stdout, company.kept("check", "--as-of", TODAY, COLUMNS="80").stdout):
        assert "…" not in re.sub(r"… and \d+ more", "", text)
    assert max(len(line) for line in plan.stdout.splitlines()) <= 80


def test_the_hint_after_a_plan_is_what_has_to_be_typed(company: Company, tmp_path: Path) -> None:
    folder = tmp_path / "privacy folder"
    shutil.copytree(company.privacy, folder)
    elsewhere = Company(folder=tmp_path, urls=company.urls, planted={})
    ran = elsewhere.kept("plan", "--folder", str(folder), "--as-of", TODAY, "-o", "a plan.json")
    assert ran.returncode == 1
    assert lines(ran)[-1] == f"Nothing was changed. To do it: kept apply 'a plan.json' --folder '{folder}'"
    later = elsewhere.kept("plan", "--folder", str(folder), "--as-of", "2099-01-01", "--allow-share", "1", "--no-samples")
    assert lines(later)[-1].endswith(f"kept apply kept-plan.json --folder '{folder}' --as-of 2099-01-01T00:00:00")


def test_where_the_folder_is_looked_for(company: Company, tmp_path: Path) -> None:
    elsewhere = Company(folder=tmp_path, urls=company.urls, planted={})
    assert elsewhere.kept("status").returncode == 2
    assert elsewhere.kept("status", KEPT_FOLDER=str(company.privacy)).returncode == 0
    assert elsewhere.kept("status", "-f", str(company.privacy)).returncode == 0
    inside = Company(folder=company.privacy, urls=company.urls, planted={})
    assert inside.kept("status").returncode == 0
    assert not (tmp_path / ".kept").exists()


def test_a_plan_as_json_is_the_file_itself(company: Company) -> None:
    ran = company.kept("plan", "--as-of", TODAY, "--format", "json", "-o", "as.json")
    assert ran.returncode == 1
    assert ran.stdout == (company.folder / "as.json").read_text()
    assert set(json.loads(ran.stdout)) == {"kept_plan", "digest", "plan"}


def test_a_plan_with_nothing_to_do_is_json_too(shop: Shop) -> None:
    script(shop.folder / "app.sqlite3", "DELETE FROM events; DELETE FROM accounts WHERE id = 30")
    ran = shop.kept("plan", "--as-of", TODAY, "--format", "json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["plan"]["steps"] == []


def test_a_plan_for_a_day_to_come_waits_for_it(shop: Shop) -> None:
    assert shop.kept("plan", "--as-of", "2099-01-01", "--allow-share", "1").returncode == 1
    ran = shop.kept("apply")
    assert ran.returncode == 2
    assert "the plan is for 2099-01-01, which has not come" in ran.stderr
    assert "say --as-of 2099-01-01" in ran.stderr
    assert shop.kept("apply", "--as-of", "2099-01-01").returncode != 2


def test_status_tells_what_is_owed_and_what_was_checked(shop: Shop) -> None:
    script(shop.folder / "app.sqlite3", "ALTER TABLE accounts ADD phone TEXT; UPDATE accounts SET phone = '+353 1 679 2301'")
    assert shop.kept("plan", "--as-of", TODAY, "--allow-share", "1").returncode == 1
    assert shop.kept("apply", "--as-of", TODAY).returncode == 1
    told = shop.kept("status").stdout
    assert f"check    1  {datetime.now(UTC):%-d %b %Y}" in told
    assert "Bring the map of app up to date" in told
    status = json.loads(shop.kept("status", "--format", "json").stdout)
    assert set(status) == {"last_run", "obligations", "unfinished_plans", "ledger"}
    assert status["last_run"]["broken"] == 1
    assert [one["owner"] for one in status["obligations"]] == ["privacy officer"]
    assert status["unfinished_plans"] == []
    assert status["ledger"]["size"] > 5


def test_verify_with_a_key_an_older_checkpoint_and_a_changed_entry(shop: Shop) -> None:
    shop.kept("check", "--as-of", TODAY)
    assert shop.kept("ledger", "export", "ledger").returncode == 0
    ledger = shop.folder / "ledger"
    shutil.copy(ledger / "checkpoint", shop.folder / "before")
    shop.kept("check", "--as-of", TODAY)
    assert shop.kept("ledger", "export", "ledger").returncode == 0

    unkeyed = shop.kept("verify", "ledger")
    assert unkeyed.returncode == 0
    assert "the key came with the folder" in unkeyed.stdout
    key = shop.kept("ledger", "key").stdout.strip()
    ran = shop.kept("verify", "ledger", "--key", key, "--since", "before")
    assert ran.returncode == 0
    assert "nothing before the checkpoint you kept was rewritten" in ran.stdout
    assert "the key came with" not in ran.stdout
    values = json.loads(shop.kept("verify", "ledger", "--key", key, "--format", "json").stdout)
    assert set(values) == {"size", "root", "origin", "key_was_given"}
    assert values["key_was_given"] is True

    other = shop.kept("verify", "ledger", "--key", key[:-4] + "AAAA")
    assert other.returncode == 2
    bundle = next(path for path in (ledger / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"run", b"fun", 1))
    tampered = shop.kept("verify", "ledger", "--key", key)
    assert tampered.returncode == 2
    assert tampered.stdout == ""
    assert tampered.stderr.startswith("stop: ")


def test_explain_lists_every_promise_and_prints_each() -> None:
    typed = CliRunner(env={"COLUMNS": "160"})
    listed = typed.invoke(cli, ["explain"]).stdout
    for code, kind in terms().items():
        assert f"{code} {kind.title} {kind.law}" in [" ".join(line.split()) for line in listed.splitlines()]
        page = typed.invoke(cli, ["explain", code])
        assert page.exit_code == 0
        assert page.stdout.startswith(f"{code}  {kind.title}")
        assert f"promise: {code}" in page.stdout
    unknown = run([*KEPT, "explain", "retentoin"])
    assert unknown.returncode == 2
    assert "no promise is called 'retentoin'; they are: answered-in-time," in unknown.stderr


FIDES = """
dataset:
  - fides_key: shop
    name: Shop
    collections:
      - name: customers
        fields:
          - name: id
            data_categories: [user.unique_id]
            fides_meta: {primary_key: true}
          - name: email
            data_categories: [user.contact.email]
"""


def test_a_fideslang_dataset_becomes_a_map_that_loads(shop: Shop) -> None:
    (shop.folder / "dataset.yml").write_text(FIDES)
    shown = shop.kept("import", "fides", "dataset.yml", "--store", "app", "--region", "eu")
    assert shown.returncode == 0
    assert "category: user.contact.email" in shown.stdout
    taken = shop.kept("import", "fides", "dataset.yml", "--store", "app", "-o", "privacy/map/app.yaml")
    assert taken.returncode == 2
    (shop.privacy / "map" / "app.yaml").unlink()
    written = shop.kept("import", "fides", "dataset.yml", "--store", "app", "--region", "eu", "-o", "privacy/map/app.yaml")
    assert (written.returncode, written.stdout) == (0, "")
    assert "app.customers" in shop.kept("check").stdout


def test_people_who_were_erased_before_are_noticed_when_they_are_back(shop: Shop) -> None:
    shop.change(
        "promises.yaml", "      - promise: documented ", "      - promise: erased-people-stay-gone\n      - promise: documented "
    )
    (shop.folder / "erased.txt").write_text("7\n\n 8 \n424242424242\n")
    ran = shop.kept("import", "erased", "app.accounts.id", "erased.txt")
    assert (ran.returncode, lines(ran)) == (0, ["✓ 3 people remembered as erased from app.accounts.id"])
    command = [*KEPT, "import", "erased", "app.accounts.id"]
    piped = run(command, cwd=shop.folder, env=shop.environment, typed="9\n")
    assert piped.returncode == 0
    assert piped.stdout == "✓ 1 person remembered as erased from app.accounts.id\n"
    assert "erased people are back: 3 rows in app.accounts.id" in shop.kept("check", "--as-of", TODAY).stdout
    state = b"".join(path.read_bytes() for path in (shop.privacy / ".kept").glob("state.sqlite3*"))
    assert b"424242424242" not in state, "a keyed hash is kept, not the key"


@pytest.mark.parametrize("column", ["app.accounts.email", "nope"])
def test_people_are_remembered_only_by_the_key_that_the_map_names(shop: Shop, column: str) -> None:
    (shop.folder / "erased.txt").write_text("7\n")
    ran = shop.kept("import", "erased", column, "erased.txt")
    assert (ran.returncode, ran.stdout) == (2, "")


def every_command() -> list[tuple[str, ...]]:
    context = click.Context(cli)
    found: list[tuple[str, ...]] = [()]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.list_commands(context)]
    return found


def test_every_help_fits_its_terminal_and_ends_its_sentences() -> None:
    typed = CliRunner()
    for words in every_command():
        ran = typed.invoke(cli, [*words, "--help"], prog_name="kept", terminal_width=80)
        assert ran.exit_code == 0
        assert ran.stdout.startswith(f"Usage: {' '.join(('kept', *words))} ")
        assert max(len(line) for line in ran.stdout.splitlines()) <= 80, words
        assert "..." not in re.sub(r"\[?[A-Z]+\]?\.\.\.", "", ran.stdout), f"a sentence of {words} is cut"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("chek",), "There is no command 'chek'; did you mean 'check'?"),
        (("ledger", "exprt"), "There is no command 'exprt'; did you mean 'export'?"),
        (("zzz",), "there are: init, scan, check"),
        (("__init__",), "There is no command '__init__'"),
        (("check", "--format", "xml"), "'xml' is not one of"),
        (("check", "--as-of", "tomorrow"), "'tomorrow' does not match"),
        (("check", "--as-of", "9999-12-31"), "give a day between 1970 and 2999"),
        (("plan", "--allow-share", "20"), "20.0 is not in the range"),
    ],
)
def test_what_is_mistyped_is_told(shop: Shop, words: tuple[str, ...], says: str) -> None:
    ran = shop.kept(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_kept_alone_shows_its_commands() -> None:
    ran = subprocess.run([*KEPT], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "init     Write a commented privacy folder" in ran.stdout + ran.stderr
    version = subprocess.run([*KEPT, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"kept \d+\.\d+\.\d+\S*\n", version)
