"""What names of columns say, beside the names that detectors bring themselves; first match counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["NAMED", "NOT_PERSONAL", "PEOPLE", "THINGS", "Named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A pattern over names in snake_case and what it says. `vague` names are worth little where the table is about things.

    `weight` is the confidence without values and without a table that helps; `temporal` is False for what a date cannot hold.
    """

    pattern: str
    category: str
    phrase: str
    kind: str = ""
    weight: float = 0.75
    vague: bool = False
    special: bool = False
    temporal: bool = False


NOT_PERSONAL = re.compile(
    r"(?:^|_)(?:count|counts|total|num|qty|quantity|amount|price|cost|rate|ratio|score|version|status|state_code|"
    r"is|has|enabled|disabled|required|verified"
    r"|sent|template|templates|subject|domain|domains|type|types|format|provider|opt_?(?:in|out)|optin|optout|"
    r"subscribed|confirmed|valid|validated|notifications?|settings?|length|size|limit|order)$"
    r"|^(?:is|has|can|should|allow|allows|enable|enabled|send|use|num|n|count|total|max|min|avg|default|requires?)_"
    r"|(?:^|_)(?:created|updated|modified|deleted|changed|sent|verified|confirmed|expires?|expired|last_sent|"
    r"synced|seen)_(?:at|on|date|time)$"
    r"|^(?:id|uuid|pk|slug|code|sku|title|description|created|updated|modified|position|sort_order|currency|language_code)$"
    r"|(?:^|_)(?:address|country|city|phone|email|person|user_?agent|location|ip|card|contact)_(?:id|fk|ref|count|"
    r"type|label|verified)$"
    r"|(?:file|host|server|product|category|brand|event|table|column|field|class|model|module|package|plan|role|"
    r"group|tag|job|task|queue|template|company|organi[sz]ation|org|store|shop|warehouse|branch|domain|project|"
    r"team|app|application|service|device|method|currency|bank|school|codename|code|course|playlist|topic|channel|"
    r"index|bucket|key|region|zone|node|cluster|image|attribute|option|metric|label|type|status)_name$"
)
PEOPLE = re.compile(
    r"(?:^|_)(?:users?|accounts?|customers?|clients?|patients?|persons?|people|employees?|staff|members?|"
    r"subscribers?|contacts?|profiles?|leads?|students?|pupils?|teachers?|tenants?|applicants?|candidates?"
    r"|guests?|visitors?|donors?|drivers?|passengers?|authors?|recipients?|owners?|participants?|attendees?|"
    r"players?|citizens?|voters?|borrowers?|beneficiar(?:y|ies)|cardholders?|useraddress|signups?|buyers?|"
    r"registrations?)(?:_|$)"
)
THINGS = re.compile(
    r"(?:^|_)(?:products?|items?|categor(?:y|ies)|warehouses?|stores?|shops?|branch(?:es)?|offices?|companies|"
    r"company|organi[sz]ations?|orgs?|brands?|suppliers?|vendors?|partners?|stock|inventory|catalogu?e?|countries|"
    r"country|cities|currencies|languages?"
    r"|plans?|tags?|roles?|groups?|permissions?|settings?|configs?|migrations?|templates?|events?|jobs?|tasks?|"
    r"queues?|servers?|hosts?|nodes?|files?|pages?|posts?|articles?|courses?|lessons?|airports?|stations?|"
    r"attributes?|options?|classes|content_?types?|channels?|projects?|teams?|features?|vouchers?|offers?|ranges?|"
    r"conditions?|benefits?|django|site|sites|flatpages?|places?|venues?|hotels?|restaurants?|depots?|schools?|"
    r"hospitals?)(?:_|$)"
)
NAMED: tuple[Named, ...] = (
    Named(
        pattern=r"(?:^|_)(?:first|given|fore)_?names?(?:_|$)|^(?:fname|vorname|prenom|voornaam|imie)$",
        category="user.name.first",
        phrase="a first name",
        kind="person",
        weight=0.85,
    ),
    Named(
        pattern=r"(?:^|_)(?:last|family|sur)_?names?(?:_|$)|^(?:lname|nachname|cognome|apellidos?|nazwisko|achternaam)$",
        category="user.name.last",
        phrase="a last name",
        kind="person",
        weight=0.85,
    ),
    Named(
        pattern=r"^(?:name|title_name|display_name|label_name|nombre|nome|nom)$",
        category="user.name",
        phrase="a name",
        kind="person",
        weight=0.45,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:user_?name|login|login_name|screen_name|handle|nickname|nick)$",
        category="user.account.username",
        phrase="a user name",
        weight=0.7,
    ),
    Named(
        pattern=r"(?:^|_)(?:password|passwd|pwd|passphrase|password_?hash|encrypted_password|password_digest)(?:_|$)",
        category="user.authorization.password",
        phrase="a password",
        kind="secret",
        weight=0.85,
    ),
    Named(
        pattern=r"(?:^|_)(?:post_?code|postal_?code|zip(?:_?code)?|plz|pin_?code|code_postal|codigo_postal)(?:_|$)",
        category="user.contact.address.postal_code",
        phrase="a postal code",
        weight=0.6,
        vague=True,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:street(?:_?(?:name|number|no|address))?|strasse|address_?(?:line)?_?\d|line_?[1-4]|house_?(?:no|"
            r"number|name)|rue|calle)(?:_|$)"
        ),
        category="user.contact.address.street",
        phrase="a street address",
        kind="address",
        weight=0.7,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:city|town|locality|ort|ville|ciudad|line4)$",
        category="user.contact.address.city",
        phrase="a city",
        weight=0.4,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:state|province|county|region|bundesland)$",
        category="user.contact.address.state",
        phrase="a state or province",
        weight=0.3,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)country(?:_code)?$", category="user.contact.address.country", phrase="a country", weight=0.3, vague=True
    ),
    Named(
        pattern=(
            r"^(?:full_?)?addr(?:ess)?$|(?:^|_)(?:postal|home|mailing|customer|user|contact|billing|shipping|delivery|residential)_?address(?:_|$)|"
            r"^(?:adresse|direccion|indirizzo|adres)$"
        ),
        category="user.contact.address",
        phrase="a postal address",
        kind="address",
        weight=0.6,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:gender|sex|geschlecht|sexe|salutation|anrede|pronouns?)$",
        category="user.demographic.gender",
        phrase="a gender",
        weight=0.75,
    ),
    Named(
        pattern=r"(?:^|_)(?:age|age_range|age_group)$",
        category="user.demographic.age_range",
        phrase="an age",
        weight=0.45,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:marital_status|civil_status|familienstand)$",
        category="user.demographic.marital_status",
        phrase="a marital status",
        weight=0.8,
    ),
    Named(
        pattern=r"(?:^|_)(?:nationality|citizenship|nationalite)$", category="user.demographic", phrase="a nationality", weight=0.75
    ),
    Named(
        pattern=r"^(?:preferred_language|language|locale|native_language)$",
        category="user.demographic.language",
        phrase="a person's language",
        weight=0.3,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:lat|latitude|lng|lon|longitude|lat_?l(?:o?ng|on)|gps|geo_?(?:point|coord\w*)|coordinates)(?:_|$)",
        category="user.location.precise",
        phrase="a place on the map",
        kind="geo",
        weight=0.6,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:location|geo|last_known_location|current_city|hometown|timezone|time_zone)$",
        category="user.location.imprecise",
        phrase="a rough location",
        weight=0.35,
        vague=True,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:session_?(?:key|id|token|data)|access_?token|refresh_?token|auth_?token|api_?key|otp(?:_secret)?|"
            r"totp\w*|recovery_codes?|mfa_secret|two_factor_secret)(?:_|$)"
        ),
        category="user.authorization.credentials",
        phrase="a credential",
        kind="secret",
        weight=0.8,
    ),
    Named(
        pattern=r"(?:^|_)(?:cookies?|cookie_id|visitor_id|anonymous_id|tracking_id|ga_client_id|fingerprint_id)$",
        category="user.device.cookie_id",
        phrase="an identifier in a cookie",
        weight=0.7,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:user|customer|client|patient|employee|person|member|subscriber|student|contact|owner|author|"
            r"sender|recipient|account|profile|subject)_?(?:id|uuid|guid|ref|no|number|key)$|^(?:userid|uid|owner|"
            r"created_by|updated_by)$"
        ),
        category="user.unique_id",
        phrase="an identifier of a person",
        weight=0.6,
    ),
    Named(
        pattern=r"(?:^|_)(?:external_id|stripe_customer_id|customer_token|payer_id|idp_subject|sub)$",
        category="user.unique_id.pseudonymous",
        phrase="an identifier of a person elsewhere",
        weight=0.5,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:account_?(?:no|nr|number)|bank_account|bic|swift|sort_code|routing_?(?:no|number)|"
            r"kontonummer)(?:_|$)"
        ),
        category="user.financial.bank_account",
        phrase="a bank account",
        weight=0.75,
    ),
    Named(
        pattern=r"(?:^|_)(?:card_?(?:last_?4|last_four|expiry|exp_\w+|holder\w*)|last_?4|partner_reference)$",
        category="user.financial.credit_card",
        phrase="part of a payment card",
        weight=0.6,
    ),
    Named(
        pattern=r"(?:^|_)(?:salary|income|wage|net_worth|credit_score|iban_balance|tax_id|vat_?id)(?:_|$)",
        category="user.financial",
        phrase="somebody's finances",
        weight=0.6,
    ),
    Named(
        pattern=r"(?:^|_)(?:job_?title|occupation|profession|beruf)$", category="user.job_title", phrase="a job title", weight=0.6
    ),
    Named(
        pattern=r"(?:^|_)(?:driv(?:er|ing)s?_?licen[cs]e(?:_?(?:no|number))?|dl_?(?:no|number))(?:_|$)",
        category="user.government_id.drivers_license_number",
        phrase="a driving licence number",
        weight=0.8,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:national_?id(?:_?(?:no|number))?|id_?card(?:_?(?:no|number))?|personal_?(?:no|number|id)|"
            r"identity_?(?:no|number)|citizen_id|tax_number)(?:_|$)"
        ),
        category="user.government_id.national_identification_number",
        phrase="a national identity number",
        weight=0.8,
    ),
    Named(
        pattern=r"(?:^|_)(?:licen[cs]e_plate|number_plate|vin|vehicle_registration)(?:_|$)",
        category="user.government_id.vehicle_registration",
        phrase="a vehicle's registration",
        weight=0.55,
    ),
    Named(
        pattern=r"(?:^|_)(?:avatar|photo|picture|selfie|profile_(?:image|photo|picture)|headshot)(?:_|$)",
        category="user.content.self_image",
        phrase="a picture of a person",
        weight=0.55,
        vague=True,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:message|messages|chat|conversation|transcript|prompt|prompts|completion|private_note|"
            r"direct_message)(?:_(?:body|text|content))?$"
        ),
        category="user.content.private",
        phrase="what people write",
        weight=0.5,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:body|comment|comments|notes?|remarks?|feedback|review|free_?text|bio|about_me|signature|memo|"
            r"instructions)$"
        ),
        category="user.content",
        phrase="free text",
        weight=0.3,
        vague=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:search_?(?:query|term|history)|query_string|search_text)$",
        category="user.behavior.search_history",
        phrase="what somebody searched for",
        weight=0.45,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:referr?er|page_?views?|visited_url|browsing_history|click(?:ed)?_url|landing_page|last_login|"
            r"last_seen|last_active|date_joined)(?:_at)?$"
        ),
        category="user.behavior",
        phrase="what somebody did",
        weight=0.4,
        temporal=True,
    ),
    Named(
        pattern=r"(?:^|_)(?:consent\w*|marketing_opt_?in|privacy_\w+|gdpr_\w+|newsletter)$",
        category="user.privacy_preferences",
        phrase="a privacy preference",
        weight=0.35,
        temporal=True,
    ),
    Named(
        pattern=(
            r"(?:^|_)(?:linkedin|twitter|facebook|instagram|github|website|homepage|social)(?:_?(?:url|handle|id|"
            r"profile))?$"
        ),
        category="user.social",
        phrase="a social profile",
        weight=0.5,
        vague=True,
    ),
)
