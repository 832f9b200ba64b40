"""Sealed fields in a whole project: forms, the admin, migrations, system checks, files, other processes."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.test import Client
from django.utils.datastructures import MultiValueDict

from kept.base.errors import KeyDestroyed, KeysUnreachable, Refused, SealBroken
from kept.vault import destroy
from kept.vault.django import BlindIndexField, SealedFileField, SealedJSONField, SealedTextField
from kept.vault.django.files import OpenedFile
from kept.vault.django.use import in_use
from kept.vault.files import looks_sealed, sealed_size
from tests.vault.site.people.models import Account, Friend, Note
from tests.vault.site.shared import everything, query

ROOT = Path(__file__).resolve().parents[3]
ADA = "Ada.Lovelace@Example.org"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """Every check begins with tables that hold nothing."""
    yield
    User.objects.all().delete()
    for model in (Friend, Note, Account):
        query("DELETE FROM " + connection.ops.quote_name(model._meta.db_table))


@pytest.fixture
def ada() -> Account:
    """Ada, whom the database has just numbered."""
    return Account.objects.create(email=ADA, phone="+49 30 901820", profile={"born": "1815"}, secret="Countess")


def again(instance: Any) -> Any:
    """Return an instance as the database has it now."""
    return type(instance)._base_manager.get(pk=instance.pk)


# Forms and the admin.


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes none at run time
    """Every field of an account."""

    class Meta:
        model = Account
        fields = "__all__"


def sent(**values: str) -> dict[str, str]:
    """Return what a browser sends for an account's form."""
    return {"email": "new@example.org", "phone": "", "profile": "", "secret": "", "status": "open", **values}


def test_a_form_shows_the_values_and_writes_them_sealed(ada: Account) -> None:
    form = AccountForm(instance=again(ada))
    assert list(form.fields) == ["email", "phone", "profile", "secret", "passport", "status"]
    page = form.as_p()
    assert [word for word in (ADA, "+49 30 901820", "&quot;born&quot;", "Countess") if word not in page] == []
    assert "kept1:" not in page
    same = sent(email=ADA, phone="+49 30 901820", profile='{"born": "1815"}', secret="Countess")
    assert not AccountForm(same, instance=again(ada)).has_changed()
    changed = AccountForm({**same, "secret": "Baroness"}, instance=again(ada))
    assert changed.changed_data == ["secret"]
    changed.save()
    assert (again(ada).secret, again(ada).email, again(ada).profile) == ("Baroness", ADA, {"born": "1815"})
    new = AccountForm(sent(profile="[1]")).save()
    assert (again(new).email, again(new).phone, again(new).profile) == ("new@example.org", "", [1])
    assert "Baroness" not in everything("accounts")


def test_a_form_says_what_is_wrong_as_with_plain_fields(ada: Account) -> None:
    wrong = AccountForm(sent(email="", profile="{"))
    assert not wrong.is_valid()
    assert sorted(wrong.errors) == ["email", "profile"]
    double = AccountForm(sent(email=ADA.upper()))
    assert double.errors == {"email": ["Account with this Email already exists."]}
    itself = AccountForm(sent(email=ADA.upper()), instance=again(ada))
    assert itself.is_valid()


def test_the_admin_lists_finds_adds_changes_and_deletes(ada: Account) -> None:
    User.objects.create_superuser("root", password="root")
    client = Client()
    assert client.login(username="root", password="root")
    listed = client.get("/admin/people/account/").content.decode()
    assert ADA in listed
    found = client.get("/admin/people/account/", {"q": ADA.upper()}).content.decode()
    assert "1 account" in found
    assert "0 accounts" in client.get("/admin/people/account/", {"q": "nobody@example.org"}).content.decode()
    assert client.post("/admin/people/account/add/", sent(email="admin@example.org")).status_code == 302
    assert Account.objects.get(email="ADMIN@example.org").status == "open"
    page = client.get(f"/admin/people/account/{ada.pk}/change/").content.decode()
    assert ADA in page
    assert "Countess" in page
    assert client.post(f"/admin/people/account/{ada.pk}/change/", sent(email="second@example.org")).status_code == 302
    assert again(ada).email == "second@example.org"
    assert client.post(f"/admin/people/account/{ada.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Account.objects.filter(pk=ada.pk).exists()


def test_the_form_of_somebody_who_was_erased_says_so(ada: Account) -> None:
    destroy(in_use().vault, [f"account:{ada.pk}"])
    form = AccountForm(instance=again(ada))
    with pytest.raises(KeyDestroyed):
        form.as_p()


# Migrations and system checks.


def test_the_migration_has_every_column_and_nothing_is_left_to_migrate() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("check", fail_level="WARNING")
    state = MigrationLoader(connection).project_state().models["people", "account"]
    assert isinstance(state.fields["email_index"], BlindIndexField)
    with connection.cursor() as cursor:
        found = {column.name for column in connection.introspection.get_table_description(cursor, "accounts")}
    assert found == {"id", "email", "telephone", "profile", "secret", "passport", "status", "email_index", "phone_index"}


@pytest.mark.parametrize(
    "field",
    [
        SealedTextField(kind="account", person="id", index="email", unique=True, row="id", place="app.old.email", blank=True),
        SealedTextField(kind="account", person="id", null=True, db_column="other", verbose_name="secret"),
        SealedJSONField(kind="account", person="id", default=dict),
        SealedFileField(kind="account", person="id", upload_to="scans", row="id", max_length=200),
        BlindIndexField(),
        BlindIndexField(unique=True),
    ],
    ids=lambda field: type(field).__name__,
)
def test_a_field_is_made_again_from_what_a_migration_writes(field: models.Field[Any, Any]) -> None:
    clone = field.clone()
    assert clone.deconstruct()[1:] == field.deconstruct()[1:]
    written, _ = MigrationWriter.serialize(field)
    assert "kept.vault.django" in written


def test_models_as_a_migration_knows_them_seal_and_open_too(ada: Account) -> None:
    historical = MigrationLoader(connection).project_state().apps.get_model("people", "Account")
    assert [field.name for field in historical._meta.local_fields].count("email_index") == 1
    assert historical._base_manager.get(email=ADA.lower()).email == ADA
    made = historical._base_manager.create(email="historical@example.org", profile={"a": 1})
    assert Account.objects.get(email="HISTORICAL@example.org").pk == made.pk
    assert "historical@" not in everything("accounts")


def test_a_column_that_is_there_becomes_a_sealed_one_by_a_migration() -> None:
    old = ProjectState()
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.TextField()),
        ("profile", models.JSONField(null=True)),
    ]
    create = migrations.CreateModel("Person", fields, options={"db_table": "persons"})
    sealed = migrations.AlterField("Person", "email", SealedTextField(kind="person", person="id", index="email"))
    index = migrations.AddField("Person", "email_index", BlindIndexField())
    profile = migrations.AlterField("Person", "profile", SealedJSONField(kind="person", person="id", null=True))
    for operation in (create, sealed, index, profile):
        new = old.clone()
        operation.state_forwards("later", new)
        with connection.schema_editor() as editor:
            operation.database_forwards("later", editor, old, new)
        if operation is create:
            query("""INSERT INTO persons (email, profile) VALUES ('old@example.org', '{"born": 1815}')""")
        old = new
    model = old.apps.get_model("later", "Person")
    person = model._base_manager.get()
    assert (person.email, person.profile) == ("old@example.org", {"born": 1815})
    person.save()
    assert not [word for word in ("old@", "born", "1815") if word in everything("persons")]
    assert model._base_manager.get().profile == {"born": 1815}
    assert model._base_manager.get(email="OLD@example.org").pk == person.pk
    assert MigrationAutodetector(old, old.clone()).changes(MigrationLoader(connection).graph) == {}
    query("DROP TABLE persons")


def test_what_does_not_go_together_is_said_by_the_system_checks() -> None:
    with pytest.raises(Refused):
        SealedTextField(kind="account", person="id", index="colour")
    with pytest.raises(Refused):
        SealedTextField(kind="account", person="id", unique=True)
    with pytest.raises(TypeError):
        SealedJSONField(kind="account", person="id", index="exact")

    class Wrong(models.Model):
        nobody = SealedTextField(kind="account", person="owner")
        ordered = SealedTextField(kind="account", person="id", row="rows")
        default = SealedTextField(kind="account", person="id", db_default="x")

        class Meta:
            app_label = "people"
            ordering = ("-ordered",)
            unique_together = (("ordered", "default"),)

    try:
        found = [error.msg for error in Wrong.check(databases=["default"]) if error.id in ("kept.E001", "kept.E002")]
    finally:
        del apps.all_models["people"]["wrong"]
        apps.clear_cache()
    assert len(found) == 6
    assert sum("no field" in message for message in found) == 2


# Files.


def stored(name: str | None) -> bytes:
    """Return the bytes of a file in the storage."""
    return (Path(settings.MEDIA_ROOT) / str(name)).read_bytes()


def test_a_file_is_sealed_in_the_storage_and_opened_on_the_way_out(ada: Account) -> None:
    content = bytes(range(256)) * 1000
    ada.passport.save("passport.pdf", ContentFile(content))
    assert ada.passport.name == "passports/passport.pdf"
    there = stored(ada.passport.name)
    assert looks_sealed(there)
    assert (len(there), content[:64] in there) == (sealed_size(len(content)), False)
    found = again(ada).passport
    assert (found.size, found.read()) == (len(content), content)
    with found.open() as file:
        file.seek(70_000)
        assert (file.read(10), file.tell()) == (content[70_000:70_010], 70_010)
        file.seek(-5, io.SEEK_END)
        assert file.read() == content[-5:]
    with again(ada).passport.open() as file:
        assert b"".join(file.chunks(1000)) == content
    with pytest.raises(Refused, match="cannot be opened as"):
        again(ada).passport.open("wb")
    found.close()


def test_a_new_person_and_their_file_are_saved_at_once() -> None:
    new = Account(email="new@example.org", passport=ContentFile(b"scan" * 100, name="scan.jpg"))
    new.save()
    assert again(new).passport.name.startswith("passports/scan")
    assert looks_sealed(stored(new.passport.name))
    with again(new).passport.open() as file:
        assert file.read() == b"scan" * 100
    form = AccountForm(sent(email="form@example.org"), MultiValueDict({"passport": [SimpleUploadedFile("form.txt", b"upload")]}))
    saved = form.save()
    with again(saved).passport.open() as file:
        assert file.read() == b"upload"
    note = Note.objects.create(account=new, text="with a scan", scan=ContentFile(b"bound", name="bound.txt"))
    with again(note).scan.open() as file:
        assert file.read() == b"bound"


def test_a_file_is_bound_to_its_person_and_where_asked_to_its_row(ada: Account) -> None:
    bob = Account.objects.create(email="bob@example.org", passport=ContentFile(b"bob's", name="bob.txt"))
    ada.passport.save("ada.txt", ContentFile(b"ada's"))
    notes = [Note.objects.create(account=ada, text="x", scan=ContentFile(b"scan", name="n.txt")) for _ in range(2)]
    query("UPDATE accounts SET passport = %s WHERE id = %s", ada.passport.name, bob.pk)
    query("UPDATE notes SET scan = %s WHERE id = %s", notes[0].scan.name, notes[1].pk)
    for file in (again(bob).passport, again(notes[1]).scan):
        with pytest.raises(SealBroken):
            file.open()
    note = again(notes[0])
    note.account = bob
    for update_fields in (None, ["account"]):
        with pytest.raises(Refused, match="given to another person"):
            note.save(update_fields=update_fields)
    destroy(in_use().vault, [f"account:{ada.pk}"])
    with pytest.raises(KeyDestroyed):
        again(ada).passport.open()
    again(ada).passport.delete()
    assert not default_storage.exists("passports/ada.txt")


def test_a_file_in_the_clear_reads_as_it_is(ada: Account) -> None:
    name = default_storage.save("passports/old.txt", ContentFile(b"old"))
    query("UPDATE accounts SET passport = %s WHERE id = %s", name, ada.pk)
    with again(ada).passport.open() as file:
        assert file.read() == b"old"
    assert again(ada).passport.size == 3


def test_a_large_file_passes_in_little_memory(ada: Account) -> None:
    with TemporaryUploadedFile("large.bin", "application/octet-stream", 0, None) as upload:
        for number in range(64):
            upload.write(bytes([number]) * 262_144)
        upload.size = 64 * 262_144
        ada.status = "warm"
        ada.save()
        tracemalloc.start()
        ada.passport.save("large.bin", upload)
        with again(ada).passport.open() as file:
            total = sum(len(chunk) for chunk in file.chunks())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert Path(upload.temporary_file_path()).exists()
    assert total == 16 * 2**20
    assert peak < 3 * 2**20
    assert looks_sealed(stored(ada.passport.name))


def test_any_storage_will_do(ada: Account) -> None:
    field = Account._meta.get_field("passport")
    assert isinstance(field, SealedFileField)
    before, field.storage = field.storage, InMemoryStorage()
    try:
        here = again(ada)
        here.passport.save("memory.txt", ContentFile("as text"))
        with field.storage.open(here.passport.name) as file:
            assert looks_sealed(file.read())
        with again(ada).passport.open() as file:
            assert isinstance(file.file, OpenedFile)
            assert file.read() == b"as text"
    finally:
        field.storage = before


def test_no_file_is_stored_when_the_key_cannot_be_had(ada: Account) -> None:
    keys = in_use().vault.folder / "keys.sqlite3"
    in_use().vault.cache.clear()
    keys.rename(keys.with_suffix(".away"))
    in_use().vault.database.close()
    try:
        with pytest.raises(KeysUnreachable):
            ada.passport.save("unreachable.txt", ContentFile(b"x"))
        with pytest.raises(KeysUnreachable):
            Account(email="", passport=ContentFile(b"x", name="unreachable.txt")).save()
    finally:
        keys.with_suffix(".away").rename(keys)
    assert not default_storage.exists("passports/unreachable.txt")
    assert Account.objects.count() == 1


# Other processes.

ELSEWHERE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.vault.site.settings"
sys.path.insert(0, os.environ["SITE_HOME"])
import django
django.setup()
from kept.base.errors import KeptError
from tests.vault.site.people.models import Account
account = Account.objects.get(email=sys.argv[1])
for line in sys.stdin:
    try:
        print(account.email, flush=True)
    except KeptError as error:
        print(error.code, flush=True)
    Account.objects.create(email=line.strip())
"""


def test_another_process_opens_what_this_one_sealed_until_the_key_is_destroyed(ada: Account) -> None:
    words = [sys.executable, "-c", ELSEWHERE, ADA.lower()]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write("there@example.org\n")
        other.stdin.flush()
        assert other.stdout.readline() == f"{ADA}\n"
        destroy(in_use().vault, [f"account:{ada.pk}"])
        other.stdin.write("after@example.org\n")
        other.stdin.flush()
        assert other.stdout.readline() == "key-destroyed\n"
        other.communicate()
    assert Account.objects.get(email="THERE@example.org").email == "there@example.org"
