"""Keys of the API below the pages: whose a secret is, what it may do, and when it stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.access.api_keys import PERSON_SCOPES, key_by_secret, keys_of, scopes_for
from kept.db.access.ledger import entries
from kept.db.actions.api_keys import MOST_KEYS, make_key, note_use, revoke_key, rotate_key
from kept.db.models import Account, ApiKey
from tests.web.site import Site

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def made(by: Who, *scopes: str, expires_at: datetime | None = None) -> str:
    return make_key(label="nightly", scopes=scopes or ("me.read",), by=by, at=NOW, expires_at=expires_at)


def test_a_secret_opens_until_it_is_revoked(site: Site) -> None:
    asks = site.who(subject="account:1")
    secret = made(asks)
    key = key_by_secret(secret, at=NOW)
    assert key is not None
    assert (key.owner, key.scopes, key.label) == (asks, ("me.read",), "nightly")
    assert key.may("me.read")
    assert not key.may("me.write")
    stored = ApiKey.objects.get()
    assert secret not in str(vars(stored))
    assert secret.split("_", 2)[2].encode() not in b"".join(entries())
    revoke_key(ref=key.ref, by=asks, at=NOW)
    revoke_key(ref=key.ref, by=asks, at=LATER)
    assert key_by_secret(secret, at=NOW) is None
    assert [one.ended(NOW) for one in keys_of(asks)] == [True]


@pytest.mark.parametrize(
    "change", ["kept_", "", "kept_aaaaaaaaaaaa_" + "a" * 43, "\udcff", "é" * 20, f"kept_{'1' * 12}_{'=' * 43}"]
)
def test_what_is_no_secret_opens_nothing(site: Site, change: str) -> None:
    made(site.who(subject="account:1"))
    assert key_by_secret(change, at=NOW) is None


def test_a_secret_is_wrong_by_one_character(site: Site) -> None:
    secret = made(site.who(subject="account:1"))
    assert key_by_secret(secret[:-1] + ("a" if secret[-1] != "a" else "b"), at=NOW) is None
    assert key_by_secret(secret + " ", at=NOW) is None


def test_a_key_ends_by_itself_and_with_its_owners_account(site: Site) -> None:
    asks = site.who(subject="account:1")
    secret, lasting = made(asks, expires_at=LATER), made(asks)
    assert key_by_secret(secret, at=LATER - timedelta(seconds=1)) is not None
    assert key_by_secret(secret, at=LATER) is None
    Account.objects.filter(pk=asks.account).update(is_active=False)
    assert key_by_secret(lasting, at=NOW) is None


def test_the_old_secret_ends_when_the_new_one_is_made(site: Site) -> None:
    asks = site.who(subject="account:1")
    old = made(asks, "me.read", "me.write")
    new = rotate_key(ref=ApiKey.objects.get().ref, by=asks, at=NOW)
    assert key_by_secret(old, at=NOW) is None
    key = key_by_secret(new, at=NOW)
    assert key is not None
    assert key.scopes == PERSON_SCOPES


def test_keys_never_do_more_than_their_owner(site: Site) -> None:
    engineer, auditor = site.who(role="engineer"), site.who(role="auditor")
    assert "check.run" in scopes_for(engineer)
    assert "staff.change" not in scopes_for(engineer)
    assert scopes_for(auditor) == PERSON_SCOPES
    assert scopes_for(Who(account=3, ref="x", role="engineer")) == PERSON_SCOPES, "without a second factor"
    for by, scope in ((engineer, "staff.change"), (auditor, "board.read"), (site.who(subject="account:1"), "person.open")):
        with pytest.raises(NotAllowed):
            made(by, scope)
    secret = made(engineer, "check.run", "board.read")
    Account.objects.filter(pk=engineer.account).update(role="auditor")
    key = key_by_secret(secret, at=NOW)
    assert key is not None
    assert key.scopes == ()


def test_nobody_touches_the_keys_of_another(site: Site) -> None:
    made(site.who(subject="account:1"))
    ref = ApiKey.objects.get().ref
    for by in (site.who(subject="account:2"), site.who(role="owner"), Who()):
        with pytest.raises(NotThere):
            revoke_key(ref=ref, by=by, at=NOW)
        with pytest.raises(NotThere):
            rotate_key(ref=ref, by=by, at=NOW)
    with pytest.raises(NotAllowed):
        made(Who())


def test_there_is_an_end_to_how_many(site: Site) -> None:
    asks = site.who(subject="account:1")
    for _ in range(MOST_KEYS):
        made(asks)
    with pytest.raises(Refused):
        made(asks)
    revoke_key(ref=ApiKey.objects.latest("pk").ref, by=asks, at=NOW)
    made(asks)
    with pytest.raises(Refused):
        made(site.who(subject="account:2"), expires_at=NOW)


def test_use_is_noted_to_the_hour(site: Site) -> None:
    made(site.who(subject="account:1"))
    ref = ApiKey.objects.get().ref
    note_use(ref=ref, at=NOW)
    note_use(ref=ref, at=NOW + timedelta(minutes=20))
    assert ApiKey.objects.get().used_at == NOW.replace(minute=0)
    note_use(ref=ref, at=NOW + timedelta(hours=1))
    assert ApiKey.objects.get().used_at == NOW.replace(hour=10, minute=0)
