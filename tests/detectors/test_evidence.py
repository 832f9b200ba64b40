from __future__ import annotations

import pytest

from kept.base.questions import Looked
from kept.detectors.evidence import judge_column
from kept.detectors.registry import detectors

SURE = 0.7
"""What `kept discover` may write down without asking; tests hold both sides of it."""
UNSURE = 0.5


def looked(count: int = 20_000, **hits: int) -> Looked:
    return Looked(rows=count, looked=count, hits={kind.replace("_", "-"): number for kind, number in hits.items()})


@pytest.mark.parametrize(
    ("table", "name", "column_type", "category"),
    [
        ("users", "email", "varchar(254)", "user.contact.email"),
        ("", "e_mail", "text", "user.contact.email"),
        ("", "emailAddress", "text", "user.contact.email"),
        ("orders", "guest_email", "text", "user.contact.email"),
        ("", "contact_phone", "text", "user.contact.phone_number"),
        ("order_shippingaddress", "phone_number", "varchar(128)", "user.contact.phone_number"),
        ("", "mobile", "bigint", "user.contact.phone_number"),
        ("", "ip_addr", "inet", "user.device.ip_address"),
        ("sessions", "remote_addr", "text", "user.device.ip_address"),
        ("auth_user", "first_name", "varchar(150)", "user.name.first"),
        ("auth_user", "last_name", "varchar(150)", "user.name.last"),
        ("customers", "dob", "date", "user.demographic.date_of_birth"),
        ("", "birth_date", "date", "user.demographic.date_of_birth"),
        ("", "birthday", "timestamp", "user.demographic.date_of_birth"),
        ("address_useraddress", "line1", "varchar(255)", "user.contact.address.street"),
        ("", "street", "text", "user.contact.address.street"),
        ("address_useraddress", "postcode", "varchar(64)", "user.contact.address.postal_code"),
        ("visits_users", "lat", "double precision", "user.location.precise"),
        ("customers", "lng", "float", "user.location.precise"),
        ("auth_user", "password", "varchar(128)", "user.authorization.password"),
        ("", "password_hash", "text", "user.authorization.password"),
        ("django_session", "session_key", "varchar(40)", "user.authorization.credentials"),
        ("", "user_agent", "text", "user.device"),
        ("", "gender", "text", "user.demographic.gender"),
        ("patients", "diagnosis", "text", "user.health_and_medical"),
        ("", "religion", "text", "user.demographic.religious_belief"),
        ("", "iban", "text", "user.financial.bank_account"),
        ("payments", "card_number", "text", "user.financial.credit_card"),
        ("customers", "name", "text", "user.name"),
        ("order_order", "user_id", "integer", "user.unique_id"),
        ("", "passport_no", "text", "user.government_id.passport_number"),
        ("employees", "ssn", "char(11)", "user.government_id.national_identification_number"),
        ("", "aadhaar", "text", "user.government_id.national_identification_number"),
        ("", "mac_address", "macaddr", "user.device.device_id"),
        ("customers", "city", "text", "user.contact.address.city"),
        ("", "apiKey", "text", "user.authorization.credentials"),
        ("chats", "prompt", "text", "user.content.private"),
    ],
)
def test_names_that_say_it(table: str, name: str, column_type: str, category: str) -> None:
    guess = judge_column(name, column_type, None, table=table)
    assert guess is not None
    assert guess.category.key == category
    assert guess.confidence >= UNSURE
    assert guess.reason.endswith("no values were looked at")


@pytest.mark.parametrize(
    ("table", "name", "column_type"),
    [
        ("users", "id", "integer"),
        ("orders", "count", "integer"),
        ("users", "email_count", "integer"),
        ("users", "created_at", "timestamp"),
        ("users", "email_verified", "boolean"),
        ("users", "is_phone_verified", "boolean"),
        ("catalogue_product", "title", "varchar(255)"),
        ("catalogue_product", "description", "text"),
        ("catalogue_product", "slug", "varchar(255)"),
        ("catalogue_product", "upc", "varchar(64)"),
        ("partner_stockrecord", "price", "numeric"),
        ("basket_line", "quantity", "integer"),
        ("files", "file_name", "text"),
        ("hosts", "host_name", "text"),
        ("orders", "address_id", "bigint"),
        ("customers", "person", "bigint"),
        ("order_order", "currency", "varchar(12)"),
        ("order_order", "status", "varchar(100)"),
        ("auth_user", "password_changed_at", "timestamp"),
        ("emails", "email_template", "text"),
        ("catalogue_category", "depth", "integer"),
        ("catalogue_category", "path", "varchar(255)"),
        ("users", "platform", "text"),
        ("users", "tracking", "boolean"),
        ("shapes", "shape_area", "float"),
        ("builds", "description", "text"),
    ],
)
def test_names_that_say_nothing_about_people(table: str, name: str, column_type: str) -> None:
    assert judge_column(name, column_type, None, table=table) is None


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("catalogue_product", "name"),
        ("warehouses", "city"),
        ("partner_partner", "name"),
        ("catalogue_category", "name"),
        ("stores", "postcode"),
        ("countries", "name"),
        ("auth_group", "name"),
        ("offices", "street"),
        ("airports", "latitude"),
    ],
)
def test_the_same_names_on_tables_about_things_are_worth_little(table: str, name: str) -> None:
    guess = judge_column(name, "text", None, table=table)
    assert guess is None or guess.confidence < UNSURE


def test_a_name_is_worth_more_in_a_table_of_people() -> None:
    customers = judge_column("name", "text", None, table="customers")
    nowhere = judge_column("name", "text", None)
    assert customers is not None
    assert nowhere is not None
    assert customers.confidence > nowhere.confidence


def test_name_and_values_together_are_nearly_certain_and_say_both() -> None:
    guess = judge_column("email", "text", looked(email=19_600))
    assert guess is not None
    assert guess.category.key == "user.contact.email"
    assert guess.confidence > 0.9
    assert guess.reason == "named like an e-mail address; 98 % of 20,000 values are"


def test_values_speak_where_the_name_does_not() -> None:
    guess = judge_column("x7", "text", looked(email=19_600))
    assert guess is not None
    assert guess.category.key == "user.contact.email"
    assert guess.confidence >= SURE
    assert guess.reason == "98 % of 20,000 values hold an e-mail address, though the name does not say so"


def test_a_few_addresses_in_free_text_are_found_and_not_certain() -> None:
    guess = judge_column("description", "text", looked(email=300))
    assert guess is not None
    assert guess.category.key == "user.contact.email"
    assert guess.confidence < SURE


def test_a_name_that_its_values_deny_is_worth_less() -> None:
    told = judge_column("email", "text", looked())
    alone = judge_column("email", "text", None)
    assert told is not None
    assert alone is not None
    assert told.confidence < UNSURE < alone.confidence
    assert "none of 20,000" in told.reason


@pytest.mark.parametrize(("kind", "share"), [("payment_card", 0.1), ("aadhaar", 0.1), ("es_dni", 0.05)])
def test_what_a_checksum_lets_through_by_chance_is_no_evidence(kind: str, share: float) -> None:
    assert judge_column("reference", "text", looked(**{kind: int(20_000 * share)})) is None


def test_a_column_of_card_numbers_is_one_whatever_it_is_called() -> None:
    guess = judge_column("reference", "text", looked(payment_card=19_000))
    assert guess is not None
    assert guess.category.key == "user.financial.credit_card"
    assert guess.confidence >= SURE


def test_values_win_over_a_name_that_says_something_else() -> None:
    guess = judge_column("city", "text", looked(email=20_000), table="warehouses")
    assert guess is not None
    assert guess.category.key == "user.contact.email"


def test_special_categories_are_marked_from_name_or_values() -> None:
    by_name = judge_column("religion", "text", None)
    by_values = judge_column("notes", "text", looked(health=4_000))
    assert by_name is not None
    assert by_values is not None
    assert by_name.special
    assert by_values.special


def test_five_values_prove_less_than_five_thousand() -> None:
    few = judge_column("x7", "text", looked(5, email=5))
    many = judge_column("x7", "text", looked(5_000, email=5_000))
    assert few is not None
    assert many is not None
    assert few.confidence < many.confidence


def test_an_empty_column_is_judged_by_its_name() -> None:
    guess = judge_column("email", "text", looked(0))
    assert guess is not None
    assert guess.reason == "named like an e-mail address; it has no values"


def test_confidence_never_reaches_certainty() -> None:
    for kind in detectors():
        guess = judge_column("x7", "text", looked(**{kind: 20_000}))
        assert guess is not None
        assert 0 < guess.confidence < 1
        assert guess.category.key.startswith("user")
