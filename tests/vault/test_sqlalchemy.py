"""Sealed fields of SQLAlchemy models, on every database, looked at with plain SQL from outside."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, make_transient, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from kept.base.errors import KeyDestroyed, KeysUnreachable, Refused, SealBroken
from kept.base.names import Column
from kept.base.seals import Cell, SealedBy, SealState
from kept.vault import Vault, destroy
from kept.vault.columns import ColumnSeals
from kept.vault.format import looks_sealed
from kept.vault.sqlalchemy import Sealed, seal_rows, sealed, use_vault, warm
from tests.engines import engine_of
from tests.vault.accounts import Account, Base, Guest, Member, Note, Patron, committed, everything, raw, write
from tests.vault.elsewhere import NOTES

ROOT = Path(__file__).resolve().parents[2]
ADA, BOB = "Ada.Lovelace@Example.org", "bob@example.org"


@pytest.fixture
def engine(store_url: str, vault: Vault) -> Iterator[sa.Engine]:
    """The company's database, with its tables and nothing in them."""
    use_vault(Base, vault, store="app")
    found = engine_of(store_url)
    Base.metadata.create_all(found)
    yield found
    found.dispose()


@pytest.fixture
def two(engine: sa.Engine) -> sa.Engine:
    """The same with Ada, the first, and Bob, the second; the database numbered both."""
    with committed(engine) as session:
        session.add(Account(email=ADA, phone="+49 30 901820", profile={"born": "1815"}, secret="Countess"))
        session.flush()
        session.add(Account(email=BOB))
    return engine


def account(session: Session, key: int) -> Account:
    return session.get_one(Account, key)


# What stands in the database.


def test_nothing_stands_in_the_clear_and_everything_reads_as_it_was_given(two: sa.Engine) -> None:
    seen = everything(two)
    assert not [word for word in ("Lovelace", "901820", "born", "1815", "Countess", "bob@", "example") if word in seen]
    assert seen.count("kept1:") == 5
    with Session(two) as session:
        ada = account(session, 1)
        email: str = ada.email
        phone: str | None = ada.phone
        profile: dict[str, Any] | None = ada.profile
        assert (email, phone, profile, ada.secret) == (ADA, "+49 30 901820", {"born": "1815"}, "Countess")
        assert (account(session, 2).email, account(session, 2).profile) == (BOB, None)


def test_no_byte_of_a_database_file_says_it_not_even_a_deleted_one(sqlite_url: str, vault: Vault) -> None:
    use_vault(Base, vault, store="app")
    engine = engine_of(sqlite_url)
    Base.metadata.create_all(engine)
    with committed(engine) as session:
        session.add_all([Account(email=f"ada{number}@example.org", secret="Countess") for number in range(50)])
    with committed(engine) as session:
        for one in session.scalars(sa.select(Account)):
            one.secret = "Baroness"
    engine.dispose()
    seen = Path(str(engine.url.database)).read_bytes()
    assert not [word for word in (b"@example", b"Countess", b"Baroness") if word in seen]


def test_a_sealed_value_is_bound_to_its_person_its_column_and_its_row(two: sa.Engine) -> None:
    with committed(two) as session:
        session.add_all([Note(id=1, account_id=1, text="first", loose="a"), Note(id=2, account_id=1, text="second", loose="b")])
    write(two, "UPDATE accounts SET email = (SELECT email FROM (SELECT email FROM accounts WHERE id = 1) x) WHERE id = 2")
    write(two, "UPDATE accounts SET secret = email WHERE id = 1")
    write(two, "UPDATE notes SET text = (SELECT text FROM (SELECT text FROM notes WHERE id = 1) x), loose = 'kept1:' WHERE id = 2")
    with Session(two) as session:
        for instance, name in ((account(session, 2), "email"), (account(session, 1), "secret"), (session.get_one(Note, 2), "text")):
            with pytest.raises(SealBroken):
                getattr(instance, name)
        assert (account(session, 1).email, session.get_one(Note, 1).text) == (ADA, "first")


def test_what_kept_seals_and_what_the_models_seal_opens_in_each_other(two: sa.Engine, vault: Vault) -> None:
    by = SealedBy(place="app.accounts.email", kind="account", person="id", index="email_index", match="email")
    seals = ColumnSeals(vault, {Column.parse("app.accounts.email"): by})
    cell = Cell(1, None, raw(two, "email", "accounts", "id = 1"), raw(two, "email_index", "accounts", "id = 1"))
    assert seals.open(by, [cell]) == [ADA]
    assert seals.states(by, [cell]) == [SealState.SEALED]
    written = seals.seal(by, [Cell(2, None, "Bob@Other.example")])[0]
    write(two, "UPDATE accounts SET email = :email, email_index = :blind WHERE id = 2", email=written.value, blind=written.blind)
    with Session(two) as session:
        assert session.scalars(sa.select(Account).where(Account.email == "bob@OTHER.example")).one().email == "Bob@Other.example"


def test_a_name_that_was_given_is_bound_instead_of_the_columns_own(vault: Vault) -> None:
    assert Account.phone.property.values.place == "app.accounts.telephone"
    assert (Member.name.property.values.place, Guest.name.property.values.place) == ("app.members.name", "app.guests.name")


# Queries.


FOUND: list[tuple[Callable[[], Any], list[int]]] = [
    (lambda: Account.email == "  ada.lovelace@EXAMPLE.ORG", [1]),
    (lambda: Account.email == "nobody@example.org", []),
    (lambda: Account.email != "ADA.lovelace@example.org", [2]),
    (lambda: Account.email.in_([BOB.upper(), ADA.lower()]), [1, 2]),
    (lambda: Account.email.in_([]), []),
    (lambda: Account.email.not_in([BOB.upper()]), [1]),
    (lambda: Account.phone == "0049 (30) 90 18 20", [1]),
    (lambda: Account.phone.is_(None), [2]),
    (lambda: Account.phone == None, [2]),  # noqa: E711 - SQLAlchemy's way
    (lambda: Account.phone.is_not(None), [1]),
    (lambda: Account.secret.is_(None), [2]),
    (lambda: sa.and_(Account.email == ADA, ~(Account.email == BOB)), [1]),
    (lambda: Account.id.in_(sa.select(Account.id).where(Account.email == BOB)), [2]),
]


def test_rows_are_found_through_the_blind_index(two: sa.Engine) -> None:
    with Session(two) as session:
        for number, (condition, found) in enumerate(FOUND):
            keys = session.scalars(sa.select(Account.id).where(condition()).order_by(Account.id)).all()
            assert keys == found, f"condition {number}"


def test_rows_are_found_through_aliases_joins_and_core(two: sa.Engine) -> None:
    other = aliased(Account)
    with committed(two) as session:
        session.add(Note(account_id=1, text="hers"))
    with Session(two) as session:
        assert session.scalars(sa.select(other.id).where(other.email == ADA.upper(), other.secret.is_not(None))).one() == 1
        assert session.scalars(sa.select(Note).join(Note.account).where(Account.email == ADA.upper())).one().text == "hers"
        table = Account.__table__
        assert session.execute(sa.select(table.c.id).where(table.c.email == ADA.upper())).scalar_one() == 1
        inner = sa.select(Account).subquery()
        assert session.execute(sa.select(inner.c.id).where(inner.c.email == ADA.upper())).scalar_one() == 1


NOT_ASKED: list[Callable[[], Any]] = [
    lambda: sa.select(Account).where(Account.email.like("ada%")),
    lambda: sa.select(Account).where(Account.email.ilike("ada%")),
    lambda: sa.select(Account).where(Account.email.startswith("ada")),
    lambda: sa.select(Account).where(Account.email > "a"),
    lambda: sa.select(Account).where(Account.email.between("a", "b")),
    lambda: sa.select(Account).where(Account.email == Account.status),
    lambda: sa.select(Account).where(Account.status == Account.email),
    lambda: sa.select(Account).where(Account.email.in_(sa.select(Account.status))),
    lambda: sa.select(Account).where(sa.literal(ADA) == Account.email),
    lambda: sa.select(Account).where(sa.func.lower(Account.email) == ADA.lower()),
    lambda: sa.select(Account).where(Account.email + "x" == ADA),
    lambda: sa.select(Account).where(Account.secret == "Countess"),
    lambda: sa.select(Account).where(Account.secret.in_(["Countess"])),
    lambda: sa.select(Account).where(Account.profile == {"born": "1815"}),
    lambda: sa.select(Account).order_by(Account.email),
    lambda: sa.select(Account).order_by(Account.email.desc()),
    lambda: sa.select(sa.func.count()).group_by(Account.email),
    lambda: sa.select(Account.id).where(sa.select(Account.email).subquery().c.email == ADA),
]


def test_what_would_compare_sealed_text_is_refused_and_says_so(sqlite_url: str, vault: Vault) -> None:
    use_vault(Base, vault, store="app")
    engine = engine_of(sqlite_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for number, statement in enumerate(NOT_ASKED):
            with pytest.raises(Refused, match="is sealed and cannot be") as refused:
                _run(session, statement)
            assert "Lovelace" not in str(refused.value), f"statement {number}"
    engine.dispose()


def _run(session: Session, statement: Callable[[], Any]) -> None:
    session.execute(statement())


def test_a_query_for_columns_gives_the_sealed_text(two: sa.Engine) -> None:
    with Session(two) as session:
        email = session.scalars(sa.select(Account.email).where(Account.id == 1)).one()
        assert looks_sealed(email)
        assert email == raw(two, "email", "accounts", "id = 1")
        assert session.scalar(sa.select(sa.func.count(Account.phone))) == 1


# Writing.


def test_assigning_seals_anew_and_keeps_the_index_in_step(two: sa.Engine) -> None:
    with committed(two) as session:
        ada = account(session, 1)
        ada.email = "countess@example.org"
        ada.phone = None
        assert ada.email == "countess@example.org"
    assert raw(two, "telephone_index", "accounts", "id = 1") is None
    with Session(two) as session:
        found = session.scalars(sa.select(Account).where(Account.email == "Countess@example.org")).one()
        assert (found.id, found.phone, found.secret) == (1, None, "Countess")
        assert not session.scalars(sa.select(Account).where(Account.email == ADA)).all()


def test_what_is_not_changed_is_not_written(two: sa.Engine) -> None:
    before = raw(two, "email", "accounts", "id = 1")
    with committed(two) as session:
        assert account(session, 1).email == ADA
        account(session, 1).status = "closed"
    assert raw(two, "email", "accounts", "id = 1") == before


def test_refreshing_and_expiring_show_what_another_session_wrote(two: sa.Engine) -> None:
    with Session(two) as reader:
        ada = account(reader, 1)
        assert ada.email == ADA
        reader.commit()
        with committed(two) as writer:
            account(writer, 1).email = "second@example.org"
        reader.expire(ada)
        assert ada.email == "second@example.org"
        reader.commit()
        with committed(two) as writer:
            account(writer, 1).email = "third@example.org"
        reader.refresh(ada, ["email"])
        assert ada.email == "third@example.org"


def test_an_empty_text_is_no_secret_and_is_found_as_it_is(engine: sa.Engine) -> None:
    with committed(engine) as session:
        session.add(Account(id=1, email="", secret=""))
    with Session(engine) as session:
        assert session.scalars(sa.select(Account).where(Account.email == "")).one().secret == ""
        assert session.scalars(sa.select(Account).where(Account.email.in_(["", ADA]))).one().email == ""
        assert not session.scalars(sa.select(Account).where(Account.email != "")).all()
        assert session.scalars(sa.select(Account).where(Account.email != ADA)).one().id == 1
        assert session.scalars(sa.select(Account).where(Account.email.not_in([ADA, BOB]))).one().id == 1
    assert raw(engine, "email_index", "accounts", "id = 1") is None


def test_equal_values_are_refused_by_the_database_where_they_must_be_unique(two: sa.Engine) -> None:
    with Session(two) as session:
        session.add(Account(email=ADA.upper()))
        with pytest.raises(sa.exc.IntegrityError) as refused:
            session.commit()
    assert "lovelace" not in str(refused.value).casefold()


def test_a_flush_that_failed_can_be_tried_again_with_the_same_instance(two: sa.Engine) -> None:
    with Session(two) as session:
        carol = Account(email=ADA.upper(), secret="hers")
        session.add(carol)
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
        assert carol.secret == "hers"
        carol.email = "carol@example.org"
        session.add(carol)
        session.commit()
        assert (carol.email, carol.secret) == ("carol@example.org", "hers")
        first, carol_id = carol.id, carol.id
        session.delete(carol)
        session.flush()
        session.rollback()
        assert account(session, carol_id).secret == "hers"
        assert first == carol_id


def test_rolling_back_a_numbered_person_and_adding_them_again_seals_for_the_new_number(two: sa.Engine) -> None:
    with Session(two) as session:
        carol = Account(email="carol@example.org", profile={"a": 1})
        session.add(carol)
        session.flush()
        session.rollback()
        carol.id = 77
        session.add(carol)
        session.commit()
        assert (carol.email, carol.profile) == ("carol@example.org", {"a": 1})


def test_rows_in_bulk_are_sealed_where_they_name_their_person(two: sa.Engine) -> None:
    with committed(two) as session:
        session.execute(
            sa.insert(Account), [{"id": key, "email": f"bulk{key}@example.org", "secret": "s"} for key in range(10, 40)]
        )
        session.execute(sa.update(Account), [{"id": 10, "email": "moved@example.org", "secret": None}])
    assert "bulk" not in everything(two)
    with Session(two) as session:
        assert session.scalars(sa.select(Account.id).where(Account.email == "BULK11@example.org")).one() == 11
        assert (account(session, 10).email, account(session, 10).secret) == ("moved@example.org", None)
        assert session.scalars(sa.select(Account.id).where(Account.email == "moved@example.org")).one() == 10


IN_THE_CLEAR: list[Callable[[Session], Any]] = [
    lambda session: session.execute(sa.insert(Account), [{"email": "plain@example.org"}]),
    lambda session: session.execute(sa.insert(Account).values(id=3, email="plain@example.org")),
    lambda session: session.execute(sa.insert(Account.__table__), [{"id": 3, "email": "plain@example.org"}]),  # type: ignore[arg-type]  # a Table
    lambda session: session.bulk_save_objects([Account(id=3, email="plain@example.org")]),
    lambda session: session.bulk_insert_mappings(sa.inspect(Account), [{"id": 3, "email": "plain@example.org"}]),
    lambda session: session.execute(sa.update(Account).where(Account.id == 2).values(email="plain@example.org")),
    lambda session: session.execute(sa.update(Account).where(Account.id == 2).values({Account.secret: "plain@example.org"})),
    lambda session: session.execute(sa.update(Account).where(Account.id == 2).values(secret=Account.status)),
    lambda session: session.execute(sa.insert(Account).values(id=3, email=sa.func.lower("plain@example.org"), status="x")),
]


def test_a_bulk_statement_never_writes_in_the_clear_and_its_error_does_not_either(two: sa.Engine) -> None:
    before = everything(two)
    for number, bulk in enumerate(IN_THE_CLEAR):
        with Session(two) as session:
            with pytest.raises(Refused) as refused:
                bulk(session)
            assert "plain@" not in repr(refused.value) + str(refused.value) + str(refused.value.__cause__), f"statement {number}"
    assert everything(two) == before


def test_rows_for_core_are_sealed_first(two: sa.Engine) -> None:
    rows = seal_rows(
        Account, [{"id": 3, "email": "core@example.org", "status": "new"}, {"id": 4, "email": "x@example.org", "status": "n"}]
    )
    assert looks_sealed(str(rows[0]["email"]))
    with two.begin() as connection:
        connection.execute(sa.insert(Account.__table__), rows)  # type: ignore[arg-type]  # a Table
    with Session(two) as session:
        assert session.scalars(sa.select(Account).where(Account.email == "CORE@example.org")).one().email == "core@example.org"
    with pytest.raises(Refused, match="names no person"):
        seal_rows(Account, [{"email": "core@example.org"}])


def test_setting_a_column_to_null_in_bulk_takes_its_index_along(two: sa.Engine) -> None:
    with committed(two) as session:
        session.execute(sa.update(Account).where(Account.id == 1).values(phone=None, secret=None))
    assert raw(two, "telephone_index", "accounts", "id = 1") is None
    with Session(two) as session:
        assert (account(session, 1).phone, account(session, 1).secret, account(session, 1).email) == (None, None, ADA)


def test_json_changed_inside_is_written_once_it_is_flagged(two: sa.Engine) -> None:
    with committed(two) as session:
        ada = account(session, 1)
        assert ada.profile is not None
        ada.profile["died"] = "1852"
        flag_modified(ada, "profile")
    with Session(two) as session:
        assert account(session, 1).profile == {"born": "1815", "died": "1852"}
        with pytest.raises(TypeError):
            account(session, 1).email = 7  # type: ignore[assignment]  # what a program must not do


# Whose a value is.


@pytest.mark.parametrize("how", ["loaded", "expired", "deferred", "by relationship"])
def test_a_row_that_is_given_to_another_person_is_sealed_anew_for_them(two: sa.Engine, vault: Vault, how: str) -> None:
    with committed(two) as session:
        session.add(Note(id=1, account_id=1, text="a note", loose="loose"))
    with committed(two) as session:
        only = [sa.orm.load_only(Note.account_id)] if how == "deferred" else []
        note = session.scalars(sa.select(Note).options(*only)).one()
        if how == "expired":
            session.expire(note)
        if how == "by relationship":
            note.account = account(session, 2)
        else:
            note.account_id = 2
    destroy(vault, ["account:1"])
    with Session(two) as session:
        note = session.get_one(Note, 1)
        assert (note.account_id, note.text, note.loose) == (2, "a note", "loose")


def test_a_row_that_loses_its_person_is_refused(two: sa.Engine) -> None:
    with committed(two) as session:
        session.add(Note(account_id=1, text="a note"))
    with Session(two) as session:
        session.get_one(Note, 1).account_id = None
        with pytest.raises(Refused, match="names no person"):
            session.commit()
    with Session(two) as session:
        session.add(Note(text="nobody's"))
        with pytest.raises(Refused, match="names no person"):
            session.commit()
    assert everything(two).count("nobody") == 0
    assert raw(two, "COUNT(*)", "notes", "account_id = 1") == 1


def test_a_person_who_is_numbered_anew_keeps_their_values(two: sa.Engine) -> None:
    with committed(two) as session:
        account(session, 1).id = 8
    with Session(two) as session:
        assert (account(session, 8).email, account(session, 8).profile) == (ADA, {"born": "1815"})


def test_a_person_and_what_is_theirs_can_be_added_together(engine: sa.Engine) -> None:
    with committed(engine) as session:
        session.add(Account(email=ADA, notes=[Note(text="one"), Note(text="two", loose="three")]))
    with Session(engine) as session:
        assert sorted((note.text, note.loose) for note in session.scalars(sa.select(Note))) == [("one", None), ("two", "three")]


def test_a_copy_of_a_row_is_sealed_for_its_own_person(two: sa.Engine) -> None:
    with committed(two) as session:
        ada = account(session, 1)
        make_transient(ada)
        ada.id = None  # type: ignore[assignment]  # to be numbered
        ada.email = "copy@example.org"
        session.add(ada)
        session.flush()
        key = ada.id
    with Session(two) as session:
        assert (account(session, key).secret, account(session, 1).secret) == ("Countess", "Countess")


def test_merging_a_detached_instance_writes_what_was_assigned_to_it(two: sa.Engine) -> None:
    with Session(two) as session:
        ada = account(session, 1)
        session.expunge(ada)
    ada.email = "merged@example.org"
    with committed(two) as session:
        session.merge(ada)
        session.merge(Account(id=9, email="new@example.org"))
    with Session(two) as session:
        assert (account(session, 1).email, account(session, 9).email) == ("merged@example.org", "new@example.org")


def test_values_of_a_subclass_and_of_a_mixin_are_sealed_in_their_own_tables(engine: sa.Engine) -> None:
    with committed(engine) as session:
        session.add_all([Patron(key="p", name="Paula", reason="art"), Guest(key="p", name="Paula"), Member(key="m", name="Max")])
    assert not [word for word in ("Paula", "'art'", "'Max'") if word in everything(engine)]
    with committed(engine) as session:
        patron = session.scalars(sa.select(Patron).where(Patron.name == " PAULA ")).one()
        assert (patron.name, patron.reason) == ("Paula", "art")
        patron.reason, patron.name = "music", "Paula P."
    with Session(engine) as session:
        member = session.scalars(sa.select(Member).where(Member.name == "paula  p.")).one()
        assert isinstance(member, Patron)
        assert member.reason == "music"
    write(
        engine, "UPDATE guests SET name = (SELECT name FROM members WHERE members.key = 'p')".replace("key", _quoted(engine, "key"))
    )
    with Session(engine) as session, pytest.raises(SealBroken):
        _ = session.get_one(Guest, "p").name


def _quoted(engine: sa.Engine, name: str) -> str:
    return engine.dialect.identifier_preparer.quote(name)


# Keys that are gone, and keys that cannot be had.


def test_a_destroyed_key_ends_every_value_of_its_person_and_of_nobody_else(two: sa.Engine, vault: Vault) -> None:
    with Session(two) as session:
        ada, bob = account(session, 1), account(session, 2)
        assert (ada.email, bob.email) == (ADA, BOB)
        destroy(vault, ["account:1"])
        for name in ("email", "profile", "secret"):
            with pytest.raises(KeyDestroyed):
                getattr(ada, name)
        assert bob.email == BOB
        session.refresh(ada)
        with pytest.raises(KeyDestroyed):
            _ = ada.email
        ada.status = "erased"
        session.commit()
        ada.email = "back@example.org"
        with pytest.raises(KeyDestroyed):
            session.commit()
    assert raw(two, "status", "accounts", "id = 1") == "erased"


def test_nothing_is_written_when_the_key_cannot_be_had(two: sa.Engine, vault: Vault, privacy: Path) -> None:
    before = everything(two)
    keys = privacy / ".kept" / "vault" / "keys.sqlite3"
    keys.rename(keys.with_suffix(".away"))
    vault.database.close()
    for one in (Account(email="new@example.org"), Account(id=50, email="new@example.org")):
        with Session(two) as session:
            session.add(one)
            with pytest.raises(KeysUnreachable):
                session.commit()
    with Session(two) as session, pytest.raises(KeysUnreachable):
        session.execute(sa.insert(Account), [{"id": 51, "email": "new@example.org"}])
    assert everything(two) == before
    keys.with_suffix(".away").rename(keys)
    with committed(two) as session:
        session.add(Account(email="new@example.org"))


def test_opened_values_are_neither_pickled_nor_shown(two: sa.Engine) -> None:
    with Session(two) as session:
        ada = account(session, 1)
        assert ada.email == ADA
        session.expunge(ada)
    seen = pickle.dumps(ada)
    assert b"Lovelace" not in seen
    assert "Lovelace" not in repr(ada) + repr(vars(ada))
    assert pickle.loads(seen).email == ADA  # what the test itself has written
    ada.email = "unwritten@example.org"
    with pytest.raises(Refused, match="Flush first"):
        pickle.dumps(ada)


def test_keys_are_fetched_in_one_round_where_that_is_asked_for(two: sa.Engine, vault: Vault) -> None:
    with committed(two) as session:
        session.execute(sa.insert(Account), [{"id": key, "email": f"{key}@example.org"} for key in range(10, 30)])
    vault.cache.clear()
    with Session(two) as session:
        everybody = session.scalars(sa.select(Account)).all()
        warm(everybody)
        assert len(vault.cache) == 22
        assert len({one.email for one in everybody}) == 22


# Rows that are still in the clear.


def test_rows_in_the_clear_read_as_they_are_and_are_sealed_when_they_are_assigned(engine: sa.Engine) -> None:
    write(
        engine,
        "INSERT INTO accounts (id, email, profile, secret, status) VALUES (1, 'Old@Example.org', '{\"a\": 1}', 'old', 'open')",
    )
    with committed(engine) as session:
        old = account(session, 1)
        assert (old.email, old.profile, old.secret) == ("Old@Example.org", {"a": 1}, "old")
        old.email = "Old@Example.org"
        old.status = "seen"
    assert looks_sealed(raw(engine, "email", "accounts", "id = 1"))
    assert raw(engine, "secret", "accounts", "id = 1") == "old"
    with Session(engine) as session:
        assert session.scalars(sa.select(Account).where(Account.email == "old@example.org")).one().secret == "old"


def test_rows_in_the_clear_are_found_where_that_is_asked_for(two: sa.Engine, vault: Vault) -> None:
    write(two, "INSERT INTO accounts (id, email, status) VALUES (3, 'Old@Example.org', 'open'), (4, 'older@example.org', 'open')")

    def found(condition: Any) -> list[int]:
        with Session(two) as session:
            return list(session.scalars(sa.select(Account.id).where(condition).order_by(Account.id)))

    assert found(Account.email == "Old@Example.org") == []
    use_vault(Base, vault, store="app", clear_rows=True)
    assert found(Account.email == "Old@Example.org") == [3]
    assert found(Account.email == " OLDER@example.org") == [4]
    assert found(Account.email == ADA.upper()) == [1]
    assert found(Account.email != "older@example.org") == [1, 2, 3]
    assert found(Account.email.in_(["older@example.org", BOB.upper()])) == [2, 4]
    assert found(Account.email.not_in(["older@example.org", BOB.upper()])) == [1, 3]


# Other processes.


@contextmanager
def elsewhere(what: str, privacy: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """Lend another process that has opened the vault and waits for a line."""
    words = [sys.executable, "-m", "tests.vault.elsewhere", what, str(privacy), url]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate()


def say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_processes_that_seal_for_a_new_person_at_once_share_one_key(
    two: sa.Engine, store_url: str, vault: Vault, privacy: Path
) -> None:
    write(two, "UPDATE accounts SET email = '', telephone = NULL, profile = NULL, secret = NULL WHERE id = 1")
    destroy(vault, ["account:1"])
    vault.readmit("account:1")
    with ExitStack() as stack:
        others = [stack.enter_context(elsewhere("add", privacy, store_url)) for _ in range(3)]
        for other in others:
            say(other)
    assert [other.returncode for other in others] == [0, 0, 0]
    with Session(two) as session:
        texts = sorted(note.text for note in session.scalars(sa.select(Note)))
        assert texts == sorted(f"note {number}" for number in range(NOTES) for _ in range(3))
        heads = {note[:48] for note in session.scalars(sa.select(Note.text))}
    assert len(heads) == 1


def test_a_process_that_has_opened_a_value_cannot_give_it_once_the_key_is_destroyed(
    two: sa.Engine, store_url: str, vault: Vault, privacy: Path
) -> None:
    with elsewhere("read", privacy, store_url) as other:
        assert other.stdout is not None
        say(other)
        assert other.stdout.readline() == f"{ADA}\n"
        destroy(vault, ["account:1"])
        say(other)
        assert other.stdout.readline() == "key-destroyed\n"


def test_threads_with_sessions_of_their_own_seal_and_open_side_by_side(two: sa.Engine) -> None:
    def work(number: int) -> str:
        with committed(two) as session:
            session.add(Account(email=f"thread{number}@example.org", notes=[Note(text="x")]))
        with Session(two) as session:
            return session.scalars(sa.select(Account).where(Account.email == f"THREAD{number}@example.org")).one().email

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(12))) == [f"thread{number}@example.org" for number in range(12)]


# What cannot be declared.


def test_what_does_not_go_together_is_refused_where_it_is_declared(vault: Vault) -> None:
    for wrong in ({"index": "colour"}, {"json": True, "index": "exact"}, {"unique": True}):
        with pytest.raises(Refused):
            sealed(kind="account", person="id", **wrong)

    class Loose(DeclarativeBase):
        pass

    class Thing(Loose):
        __tablename__ = "things"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Sealed[str] = sealed(kind="account", person="id", index="text", place="app.old.name")

    with pytest.raises(Refused, match=r"no vault is in use for things\.name"):
        sa.select(Thing).where(Thing.name == "x")
    use_vault(Loose, vault, store="app")
    sa.select(Thing).where(Thing.name == "x")
    assert Thing.name.property.values.place == "app.old.name"

    class Wrong(Loose):
        __tablename__ = "wrong"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Sealed[str] = sealed(kind="account", person="owner")

    with pytest.raises(Refused, match="'owner'"):
        Wrong(name="x")
    Loose.registry.dispose()


def test_the_columns_are_plain_texts_to_the_database_and_to_a_migration(two: sa.Engine) -> None:
    columns = {column["name"]: column for column in sa.inspect(two).get_columns("accounts")}
    assert str(columns["email"]["type"]).upper().endswith("TEXT")
    assert str(columns["email_index"]["type"]).upper().startswith("VARCHAR(32)")
    assert not columns["email"]["nullable"]
    assert {index["name"] for index in sa.inspect(two).get_indexes("accounts")} >= {
        "ix_accounts_email_index",
        "ix_accounts_telephone_index",
    }
    assert repr(Account.__table__.c.email.type) == "SealedText()"


# Adopting it: a table that is there, a program that goes on, and Kept's own command.

POLICY = """---
title: Privacy
version: 1
effective: 2026-01-01
---
# Privacy

---
id: "1"
version: 1
effective: 2026-01-01
---
## Sealing

We seal what we hold about people.
"""
MAP = """
store: app
region: eu
tables:
  accounts:
    what: people
    purposes: [service]
    subject: {kind: account, key: id}
    fields:
      email: {category: user.contact.email, sealed: {index: email_index, match: email}}
      telephone: {category: user.contact.phone_number, sealed: {index: telephone_index, match: phone}}
      profile: {category: user, sealed: {}}
  notes:
    what: what they wrote
    purposes: [service]
    links: [{column: account_id, to: app.accounts.id, kind: owned}]
    fields:
      text: {category: user, sealed: {row: id}}
      loose: {category: user, sealed: {}}
"""


def test_a_column_in_the_clear_is_sealed_by_kept_and_the_program_goes_on_throughout(
    engine: sa.Engine, store_url: str, vault: Vault, privacy: Path
) -> None:
    (privacy / "map").mkdir()
    (privacy / "map" / "app.yaml").write_text(MAP, encoding="utf-8")
    (privacy / "policy.md").write_text(POLICY, encoding="utf-8")
    (privacy / "promises.yaml").write_text("clauses: {}\n", encoding="utf-8")
    (privacy / "purposes.yaml").write_text("purposes: {service: {title: The service., bases: [contract]}}\n", encoding="utf-8")
    old = "INSERT INTO accounts (id, email, telephone, profile, status) VALUES (:id, :email, '030 901820', '{\"a\": 1}', 'open')"
    for key in range(101, 131):
        write(engine, old, id=key, email=f"person{key}@example.org")
        write(engine, "INSERT INTO notes (id, account_id, text, loose) VALUES (:id, :id, 'a note', 'loose')", id=key)
    use_vault(Base, vault, store="app", clear_rows=True)
    with committed(engine) as session:
        session.add(Account(id=200, email="new@example.org"))
        session.get_one(Account, 103).email = "changed@example.org"
        assert session.scalars(sa.select(Account.id).where(Account.email == "person105@example.org")).one() == 105
        running = session.get_one(Account, 107)
        assert running.email == "person107@example.org"
    kept = [str(Path(sys.executable).with_name("kept")), "vault", "seal", "--folder", str(privacy)]
    ran = subprocess.run(kept, env={**os.environ, "APP": store_url}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not [word for word in ("person107", "901820", "'a note'", "'loose'") if word in everything(engine)]
    use_vault(Base, vault, store="app")
    with Session(engine) as session:
        for key, email in ((105, "PERSON105@example.org"), (103, "Changed@example.org"), (200, "NEW@example.org")):
            assert session.scalars(sa.select(Account.id).where(Account.email == email)).one() == key
        one = session.get_one(Account, 107)
        assert (one.email, one.phone, one.profile) == ("person107@example.org", "030 901820", {"a": 1})
        assert [(note.text, note.loose) for note in one.notes] == [("a note", "loose")]
