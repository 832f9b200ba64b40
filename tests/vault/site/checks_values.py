"""Sealed texts and JSON in Django models: written, read, found, moved, dumped. `tests/vault/test_django.py` runs this file."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from kept.base.errors import KeyDestroyed, KeysUnreachable, Refused, SealBroken
from kept.base.names import Column
from kept.base.seals import Cell, SealedBy, SealState
from kept.vault import destroy
from kept.vault.columns import ColumnSeals
from kept.vault.django import SealedTextField, use_vault, warm
from kept.vault.django.use import in_use
from kept.vault.format import looks_sealed
from tests.vault.site.people.models import Account, Friend, Guest, Member, Note, Patron
from tests.vault.site.shared import everything, query, raw

ADA, BOB = "Ada.Lovelace@Example.org", "bob@example.org"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """Every check begins with tables that hold nothing."""
    yield
    for model in (Friend, Note, Account, Patron, Member, Guest):
        query(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


@pytest.fixture
def ada() -> Account:
    """Ada, whom the database has just numbered."""
    return Account.objects.create(email=ADA, phone="+49 30 901820", profile={"born": "1815"}, secret="Countess")


@pytest.fixture
def bob() -> Account:
    """Bob, of whom only the address is known."""
    return Account.objects.create(email=BOB)


def again(instance: Any) -> Any:
    """Return an instance as the database has it now."""
    return type(instance)._base_manager.get(pk=instance.pk)


# What stands in the database.


def test_nothing_stands_in_the_clear_and_everything_reads_as_it_was_given(ada: Account, bob: Account) -> None:
    seen = everything("accounts")
    assert not [word for word in ("Lovelace", "901820", "born", "1815", "Countess", "bob@", "example") if word in seen]
    assert seen.count("kept1:") == 5
    found = Account.objects.get(pk=ada.pk)
    email: str = found.email
    phone: str | None = found.phone
    assert (email, phone, found.profile, found.secret) == (ADA, "+49 30 901820", {"born": "1815"}, "Countess")
    assert (ada.email, again(bob).secret, again(bob).profile) == (ADA, "", None)


def test_no_byte_of_a_database_file_says_it(ada: Account) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a file of one's own")
    ada.secret = "Baroness"
    ada.save()
    seen = Path(str(settings.DATABASES["default"]["NAME"])).read_bytes()
    assert not [word for word in (b"Lovelace", b"Countess", b"Baroness") if word in seen]


def test_a_sealed_value_is_bound_to_its_person_its_column_and_its_row(ada: Account, bob: Account) -> None:
    first, second = (Note.objects.create(account=ada, text=text) for text in ("first", "second"))
    query("UPDATE accounts SET email = %s WHERE id = %s", raw("accounts", "email", ada.pk), bob.pk)
    query("UPDATE accounts SET secret = email WHERE id = %s", ada.pk)
    query("UPDATE notes SET text = %s WHERE id = %s", raw("notes", "text", first.pk), second.pk)
    for instance, name in ((again(bob), "email"), (again(ada), "secret"), (again(second), "text")):
        with pytest.raises(SealBroken):
            getattr(instance, name)
    assert (again(ada).email, again(first).text) == (ADA, "first")


def test_what_kept_seals_and_what_the_models_seal_opens_in_each_other(ada: Account, bob: Account) -> None:
    by = SealedBy(place="app.accounts.email", kind="account", person="id", index="email_index", match="email")
    seals = ColumnSeals(in_use().vault, {Column.parse("app.accounts.email"): by})
    cell = Cell(ada.pk, None, raw("accounts", "email", ada.pk), raw("accounts", "email_index", ada.pk))
    assert seals.open(by, [cell]) == [ADA]
    assert seals.states(by, [cell]) == [SealState.SEALED]
    written = seals.seal(by, [Cell(bob.pk, None, "Bob@Other.example")])[0]
    query("UPDATE accounts SET email = %s, email_index = %s WHERE id = %s", written.value, written.blind, bob.pk)
    assert Account.objects.get(email="bob@OTHER.example").email == "Bob@Other.example"


# Lookups.


def test_rows_are_found_through_the_blind_index(ada: Account, bob: Account) -> None:
    blank = Account.objects.create(email="")
    a, b, c = ada.pk, bob.pk, blank.pk
    found: list[tuple[Q, list[int]]] = [
        (Q(email="  ada.lovelace@EXAMPLE.ORG"), [a]),
        (Q(email__exact="nobody@example.org"), []),
        (Q(email__iexact=BOB.upper()), [b]),
        (~Q(email=ADA.upper()), [b, c]),
        (Q(email__in=[BOB.upper(), ADA.lower()]), [a, b]),
        (Q(email__in=[]), []),
        (~Q(email__in=[BOB.upper()]), [a, c]),
        (Q(email=""), [c]),
        (Q(email__in=["", BOB]), [b, c]),
        (~Q(email=""), [a, b]),
        (Q(phone="0049 (30) 90 18 20"), [a]),
        (Q(phone=None), [b, c]),
        (Q(phone__isnull=False), [a]),
        (~Q(phone="0049 30 901820"), [b, c]),
        (Q(secret__isnull=False), [a, b, c]),
        (Q(profile__isnull=True), [b, c]),
        (Q(pk__in=Account.objects.filter(email=BOB).values("pk")), [b]),
        (Q(email=ADA) | Q(email=BOB), [a, b]),
    ]
    for condition, keys in found:
        assert list(Account.objects.filter(condition).order_by("pk").values_list("pk", flat=True)) == keys, condition
    Note.objects.create(account=ada, text="hers")
    assert Note.objects.get(account__email=ADA.upper()).text == "hers"
    assert Note.objects.exclude(account__email=BOB).count() == 1
    assert ADA.lower() not in str(Account.objects.filter(email=ADA).query).casefold()


REFUSED: list[Callable[[], Any]] = [
    lambda: Account.objects.filter(email__contains="ada"),
    lambda: Account.objects.filter(email__icontains="ada"),
    lambda: Account.objects.filter(email__startswith="ada"),
    lambda: Account.objects.filter(email__gt="ada"),
    lambda: Account.objects.filter(email__regex="ada"),
    lambda: Account.objects.filter(email__lower="ada"),
    lambda: Account.objects.filter(email=F("status")),
    lambda: Account.objects.filter(email__in=Account.objects.values("status")),
    lambda: Account.objects.annotate(low=Lower("email")).filter(low=ADA.lower()),
    lambda: Account.objects.filter(phone__iexact="+49"),
    lambda: Account.objects.filter(secret="Countess"),
    lambda: Account.objects.filter(secret__in=["Countess"]),
    lambda: Account.objects.filter(profile={"born": "1815"}),
    lambda: Account.objects.filter(profile__born="1815"),
    lambda: Account.objects.filter(profile__contains={"born": "1815"}),
]


def test_what_would_compare_sealed_text_is_refused_and_says_so() -> None:
    for number, lookup in enumerate(REFUSED):
        with pytest.raises(FieldError) as refused:
            lookup()
        assert "Lovelace" not in str(refused.value), f"lookup {number}"


def test_rows_are_got_or_made_and_updated_by_their_sealed_value(ada: Account) -> None:
    found, made = Account.objects.get_or_create(email=ADA.upper())
    assert (found.pk, made) == (ada.pk, False)
    carol, made = Account.objects.get_or_create(email="Carol@example.org", defaults={"secret": "hers"})
    assert (made, again(carol).email, again(carol).secret) == (True, "Carol@example.org", "hers")
    same, made = Account.objects.update_or_create(email="carol@EXAMPLE.org", defaults={"email": "c@example.org", "secret": "new"})
    assert (same.pk, made, again(carol).email, again(carol).secret) == (carol.pk, False, "c@example.org", "new")
    assert Account.objects.get(email="C@example.org").pk == carol.pk
    dora, made = Account.objects.update_or_create(email="dora@example.org", defaults={"status": "new"})
    assert (made, again(dora).email) == (True, "dora@example.org")


# Writing.


def test_saving_seals_anew_and_keeps_the_index_in_step(ada: Account) -> None:
    ada.email = "Countess@example.org"
    ada.phone = None
    assert ada.email == "Countess@example.org"
    ada.save()
    assert raw("accounts", "phone_index", ada.pk) is None
    assert (Account.objects.get(email="countess@example.org").pk, Account.objects.filter(email=ADA).count()) == (ada.pk, 0)
    ada.email = "third@example.org"
    ada.secret = "not written"
    ada.save(update_fields=["email"])
    assert (Account.objects.get(email="THIRD@example.org").email, again(ada).secret) == ("third@example.org", "Countess")


def test_what_is_not_changed_is_written_as_it_stood(ada: Account) -> None:
    before = (raw("accounts", "email", ada.pk), raw("accounts", "email_index", ada.pk))
    found = Account.objects.get(pk=ada.pk)
    found.status = "seen"
    found.save()
    assert (found.email, found.profile) == (ADA, {"born": "1815"})
    found.save()
    assert (raw("accounts", "email", ada.pk), raw("accounts", "email_index", ada.pk)) == before


def test_json_that_is_changed_inside_is_written(ada: Account) -> None:
    found = Account.objects.get(pk=ada.pk)
    assert found.profile is not None
    found.profile["died"] = 1852
    found.save()
    assert again(ada).profile == {"born": "1815", "died": 1852}
    found.profile = ["a", None, "ü"]
    found.save(update_fields=["profile"])
    assert again(ada).profile == ["a", None, "ü"]


def test_loading_in_part_and_refreshing(ada: Account) -> None:
    other = Account.objects.get(pk=ada.pk)
    other.email = "second@example.org"
    other.save()
    ada.refresh_from_db()
    assert ada.email == "second@example.org"
    deferred = Account.objects.defer("email", "secret").get(pk=ada.pk)
    assert (deferred.email, deferred.secret) == ("second@example.org", "Countess")
    only = Account.objects.only("email").get(pk=ada.pk)
    only.email = "third@example.org"
    only.save()
    assert (Account.objects.get(email="THIRD@example.org").pk, again(ada).secret) == (ada.pk, "Countess")
    ada.refresh_from_db(fields=["email"])
    assert ada.email == "third@example.org"


def test_columns_without_an_instance_give_the_sealed_text(ada: Account) -> None:
    stands = raw("accounts", "email", ada.pk)
    assert list(Account.objects.values_list("email", flat=True)) == [stands]
    assert Account.objects.values("email").get() == {"email": stands}
    assert Account.objects.values().get()["email_sealed"] == stands
    assert Account.objects.get(pk=ada.pk).email_sealed == stands  # type: ignore[attr-defined]  # the stored value
    assert Account.objects.annotate(mail=F("email")).values_list("mail", flat=True).get() == stands


def test_an_update_without_an_instance_is_refused_unless_it_can_be_right(ada: Account) -> None:
    before = everything("accounts")
    wrong: list[Callable[[], Any]] = [
        lambda: Account.objects.update(email="plain@example.org"),
        lambda: Account.objects.update(secret="plain"),
        lambda: Account.objects.update(email=F("status")),
        lambda: Account.objects.update(email=None),
        lambda: Account.objects.update(phone=None),
        lambda: Account.objects.bulk_update([ada], ["email"]),
        lambda: Account.objects.bulk_create([Account(email="plain@example.org")]),
        lambda: Account.objects.create(email=Lower(models.Value("plain@example.org"))),
    ]
    for number, update in enumerate(wrong):
        with pytest.raises(Refused) as refused, transaction.atomic():
            update()
        assert "plain@" not in str(refused.value), f"update {number}"
    assert everything("accounts") == before
    Account.objects.update(phone=None, phone_index=None)
    assert (again(ada).phone, raw("accounts", "phone_index", ada.pk)) == (None, None)
    ada.status = "bulk"
    assert Account.objects.bulk_update([ada], ["status"]) == 1


def test_rows_in_bulk_are_sealed_where_they_name_their_person(ada: Account, bob: Account) -> None:
    first = bob.pk + 1000
    Account.objects.bulk_create([Account(pk=first + number, email=f"bulk{number}@example.org", secret="s") for number in range(20)])
    Note.objects.bulk_create([Note(pk=first + number, account=ada, text=f"note {number}") for number in range(20)])
    assert "bulk" not in everything("accounts") + everything("notes")
    assert Account.objects.get(email="BULK7@example.org").pk == first + 7
    assert Note.objects.get(pk=first + 3).text == "note 3"
    Member.objects.bulk_create([Member(name=f"Member {number}") for number in range(3)])
    assert Member.objects.get(name="member 2").name == "Member 2"
    vault = in_use().vault
    vault.cache.clear()
    everybody = list(Account.objects.filter(pk__gte=first))
    warm(everybody)
    assert len(vault.cache) == 20
    assert {one.email for one in everybody} == {f"bulk{number}@example.org" for number in range(20)}


def test_equal_values_are_refused_where_they_must_be_unique(ada: Account) -> None:
    double = Account(email=ADA.upper())
    with pytest.raises(ValidationError) as invalid:
        double.full_clean()
    assert list(invalid.value.message_dict) == ["email"]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        double.save()
    assert "lovelace" not in str(refused.value).casefold()
    assert (double.pk, double.email) == (None, ADA.upper())
    double.email = "other@example.org"
    double.save()
    assert again(double).email == "other@example.org"
    ada.full_clean()
    ada.email = "x" * 10
    ada.full_clean()


def test_nothing_is_written_when_the_key_cannot_be_had(ada: Account) -> None:
    before = everything("accounts")
    vault = in_use().vault
    keys = vault.folder / "keys.sqlite3"
    keys.rename(keys.with_suffix(".away"))
    vault.database.close()
    new = Account(email="new@example.org")
    try:
        for one in (new, Account(pk=ada.pk + 500, email="new@example.org")):
            with pytest.raises(KeysUnreachable):
                one.save()
        with pytest.raises(KeysUnreachable):
            Account.objects.bulk_create([Account(pk=ada.pk + 501, email="new@example.org")])
        assert everything("accounts") == before
    finally:
        keys.with_suffix(".away").rename(keys)
    assert new.pk is None
    new.save()
    assert again(new).email == "new@example.org"


# Whose a value is.


def test_a_row_that_is_given_to_another_person_is_sealed_anew_for_them(ada: Account, bob: Account) -> None:
    def moved(how: Callable[[Note], None], *, only: tuple[str, ...] = ()) -> Note:
        note = Note.objects.create(account=ada, text="a note", loose="loose")
        rows = Note.objects.only(*only) if only else Note.objects.all()
        how(rows.get(pk=note.pk))
        return note

    def assign(note: Note) -> None:
        note.account = bob
        note.save()

    def assign_alone(note: Note) -> None:
        note.account_id = bob.pk
        note.save(update_fields=["account"])

    def assign_and_write(note: Note) -> None:
        note.account = bob
        note.text = "not yet"
        note.save(update_fields=["account_id"])

    notes = [
        moved(assign),
        moved(assign_alone),
        moved(assign, only=("account",)),
        moved(assign, only=("text",)),
        moved(assign_and_write),
    ]
    destroy(in_use().vault, [f"account:{ada.pk}"])
    for note in notes:
        found = again(note)
        assert (found.account_id, found.text, found.loose) == (bob.pk, "a note", "loose")
        assert Note.objects.filter(loose="loose", pk=note.pk).exists()


def test_a_row_without_a_person_is_refused_and_a_copy_is_sealed_for_its_own(ada: Account) -> None:
    with pytest.raises(Refused, match="names no person"):
        Note.objects.create(text="nobody's")
    note = Note.objects.create(account=ada, text="hers")
    note.account = None
    with pytest.raises(Refused, match="names no person"):
        note.save()
    assert again(note).account_id == ada.pk
    copied = Account.objects.get(pk=ada.pk)
    copied.pk = None
    copied._state.adding = True
    copied.email = "copy@example.org"
    copied.save()
    assert (again(copied).email, again(copied).secret, again(ada).secret) == ("copy@example.org", "Countess", "Countess")
    unsaved = Account(email="later@example.org")
    later = Note(account=unsaved, text="later")
    unsaved.save()
    later.save()
    assert again(later).text == "later"


def test_models_with_parents_seal_in_their_own_tables() -> None:
    patron = Patron.objects.create(name="Paula", reason="art")
    guest = Guest.objects.create(name="Paula")
    friend = Friend.objects.create(email="friend@example.org", nickname="Fritz")
    seen = everything("accounts") + "".join(everything(model._meta.db_table) for model in (Patron, Member, Guest, Friend))
    assert not [word for word in ("Paula", "'art'", "friend@", "Fritz") if word in seen]
    assert (again(patron).name, again(patron).reason, again(guest).name) == ("Paula", "art", "Paula")
    assert (Friend.objects.get(email="FRIEND@example.org").nickname, again(friend).email) == ("Fritz", "friend@example.org")
    friend.nickname, friend.email = "Franz", "franz@example.org"
    friend.save()
    assert (again(friend).nickname, Account.objects.get(email="Franz@example.org").pk) == ("Franz", friend.pk)
    assert Patron.objects.get(name=" PAULA ").pk == Member.objects.get(name="paula").pk == patron.pk


def test_a_destroyed_key_ends_every_value_of_its_person_and_of_nobody_else(ada: Account, bob: Account) -> None:
    found = again(ada)
    assert (found.email, ada.email) == (ADA, ADA)
    destroy(in_use().vault, [f"account:{ada.pk}"])
    for instance in (found, ada, again(ada)):
        for name in ("email", "profile", "secret"):
            with pytest.raises(KeyDestroyed):
                getattr(instance, name)
    assert (again(bob).email, bob.email) == (BOB, BOB)
    found.status = "erased"
    found.save()
    found.refresh_from_db()
    assert again(ada).status == "erased"
    found.email = "back@example.org"
    with pytest.raises(KeyDestroyed):
        found.save()
    assert "back@" not in everything("accounts")
    assert ADA not in serializers.serialize("json", Account.objects.all())


# Leaving the process.


def test_opened_values_are_neither_pickled_nor_shown(ada: Account) -> None:
    found = Account.objects.get(pk=ada.pk)
    assert (found.email, found.profile) == (ADA, {"born": "1815"})
    for seen in (pickle.dumps(found), pickle.dumps(ada), pickle.dumps(Account.objects.filter(email=ADA))):
        assert b"Lovelace" not in seen
    assert "Lovelace" not in repr(found) + repr(vars(found)) + str(found)
    assert pickle.loads(pickle.dumps(found)).email == ADA  # what the check itself has written
    found.email = "unwritten@example.org"
    with pytest.raises(Refused, match="Save it first"):
        pickle.dumps(found)
    assert "unwritten" not in repr(vars(found))
    assert copy.deepcopy(found).email == "unwritten@example.org"
    with pytest.raises(Refused, match="Save it first"):
        serializers.serialize("json", [found])


@pytest.mark.parametrize("form", ["json", "xml", "jsonl"])
def test_a_dump_holds_the_sealed_text_and_loads_again(ada: Account, bob: Account, form: str) -> None:
    stands = everything("accounts")
    dump = serializers.serialize(form, Account.objects.order_by("pk"))
    assert "Lovelace" not in dump
    assert raw("accounts", "email", ada.pk) in dump
    query("DELETE FROM accounts")
    for one in serializers.deserialize(form, dump):
        one.save()
    assert everything("accounts") == stands
    assert (Account.objects.get(email=ADA.upper()).profile, again(bob).email) == ({"born": "1815"}, BOB)


def test_a_fixture_in_the_clear_is_sealed_while_it_is_loaded() -> None:
    fields = {"email": "Fixture@example.org", "profile": {"a": 1}, "secret": "s", "status": "open"}
    rows = [{"model": "people.account", "pk": 990001, "fields": fields}]
    rows.append({"model": "people.account", "fields": {**fields, "email": "numbered@example.org"}})
    for one in serializers.deserialize("json", json.dumps(rows)):
        one.save()
    assert "example.org" not in everything("accounts")
    assert Account.objects.get(email="fixture@example.org").profile == {"a": 1}
    assert Account.objects.get(email="NUMBERED@example.org").secret == "s"


# Rows that are still in the clear.


def test_rows_in_the_clear_read_as_they_are_and_are_sealed_when_they_are_saved(ada: Account) -> None:
    key = ada.pk + 100
    columns = "id, email, profile, secret, status"
    query(f"INSERT INTO accounts ({columns}) VALUES (%s, 'Old@Example.org', '{{\"a\": 1}}', 'old', 'open')", key)
    old = Account.objects.get(pk=key)
    assert (old.email, old.profile, old.secret) == ("Old@Example.org", {"a": 1}, "old")
    assert not Account.objects.filter(email="Old@Example.org").exists()
    vault = in_use().vault
    use_vault(vault, store="app", clear_rows=True)
    try:
        assert [one.pk for one in Account.objects.filter(email="Old@Example.org")] == [key]
        assert [one.pk for one in Account.objects.filter(email__in=["Old@Example.org", ""])] == [key]
        assert [one.pk for one in Account.objects.exclude(email="Old@Example.org")] == [ada.pk]
        assert Account.objects.get(email=ADA.upper()).pk == ada.pk
    finally:
        use_vault(vault, store="app")
    old.status = "seen"
    old.save()
    assert all(looks_sealed(raw("accounts", name, key)) for name in ("email", "profile", "secret"))
    assert Account.objects.get(email="old@example.org").secret == "old"


def test_an_anonymised_value_is_no_secret_of_anybody(ada: Account) -> None:
    query("UPDATE accounts SET secret = 'erased-8f3a' WHERE id = %s", ada.pk)
    destroy(in_use().vault, [f"account:{ada.pk}"])
    found = again(ada)
    assert found.secret == "erased-8f3a"
    found.save()
    assert raw("accounts", "secret", ada.pk) == "erased-8f3a"


def test_another_name_can_be_bound() -> None:
    field = SealedTextField(kind="account", person="id", place="app.old.email")
    assert field.clone().place == "app.old.email"
    assert Account._meta.get_field("phone").values.place == "app.accounts.telephone"
