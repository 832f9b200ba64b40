"""What the gate allows and denies: the law's cases one by one, and what must hold for every person and purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.gate import EVERYTHING, Code, Consent, Rules, Standing, Use, decide
from kept.gate.decisions import CODES, REASONS
from kept.policy.processors import Processor
from kept.policy.purposes import Basis, Purpose
from tests.planning.memory import policy_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE, LATER = NOW - timedelta(days=30), NOW + timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    purposes: tuple[str, ...] = ()


def purpose(*bases: Basis, **where: tuple[Basis, ...]) -> Purpose:
    return Purpose(title="…", bases=bases, bases_in={name.strip("_").replace("_", "-"): given for name, given in where.items()})


PURPOSES = {
    "service": purpose("contract", in_=("consent",)),
    "telemetry": purpose("legitimate-interests", in_=("consent",)),
    "security": purpose("legitimate-interests", "legal-obligation"),
    "newsletter": replace(purpose("consent"), marketing=True),
    "promotion": replace(purpose("legitimate-interests"), marketing=True),
    "billing": purpose("contract", "legal-obligation", us_ca=("contract",)),
    "rescue": purpose("vital-interests"),
    "register": purpose("public-task"),
    "claims": replace(purpose("legitimate-interests"), despite="legal-claims"),
    "profiling": purpose("consent", "legitimate-interests"),
    "nothing": purpose(),
}
MAILER = Processor(
    name="Mailer", what="Sends letters.", purposes=("newsletter",), categories=(), region="eu", since=date(2026, 1, 1)
)
POLICY = replace(
    policy_of({}, bound=[("3", "retention", Terms(purposes=("telemetry",))), ("1", "purpose-and-basis", Terms())]),
    purposes=PURPOSES,
    processors={"mailer": MAILER},
)
RULES = Rules.of(POLICY)
AGREED = {"newsletter": Consent(given=BEFORE), "profiling": Consent(given=BEFORE)}
WITHDREW = {"newsletter": Consent(given=BEFORE, withdrawn=NOW), "profiling": Consent(given=BEFORE, withdrawn=NOW)}


def ask(name: str, at: datetime = NOW, recipient: str = "", sensitive: bool = False, **standing: Any) -> tuple[Code, Basis | None]:
    found = decide(Use(purpose=name, at=at, recipient=recipient, sensitive=sensitive), Standing(**standing), RULES)
    assert found.allowed is (found.code == "allowed") is (found.basis is not None)
    return found.code, found.basis


@pytest.mark.parametrize(
    ("name", "standing", "code", "basis"),
    [
        ("service", {}, "allowed", "contract"),
        ("resale", {}, "unknown-purpose", None),
        ("nothing", {}, "no-basis", None),
        ("nothing", {"erased": True}, "no-basis", None),
        ("newsletter", {}, "no-consent", None),
        ("newsletter", {"consents": AGREED}, "allowed", "consent"),
        ("newsletter", {"consents": WITHDREW}, "withdrawn", None),
        ("newsletter", {"consents": {"newsletter": Consent(given=LATER)}}, "no-consent", None),
        ("newsletter", {"consents": {"newsletter": Consent(given=BEFORE, withdrawn=LATER)}}, "allowed", "consent"),
        ("newsletter", {"consents": {"newsletter": Consent(given=NOW, withdrawn=BEFORE)}}, "allowed", "consent"),
        ("newsletter", {"consents": {"newsletter": Consent(given=NOW, withdrawn=NOW)}}, "withdrawn", None),
        ("profiling", {"consents": AGREED}, "allowed", "consent"),
        ("profiling", {}, "allowed", "legitimate-interests"),
        ("profiling", {"consents": WITHDREW}, "withdrawn", None),
        # India knows no contract and no legitimate interests
        ("service", {"jurisdiction": "in"}, "no-consent", None),
        ("telemetry", {"jurisdiction": "in", "consents": {"telemetry": Consent(given=BEFORE)}}, "allowed", "consent"),
        ("security", {"jurisdiction": "in"}, "allowed", "legitimate-interests"),
        ("service", {"jurisdiction": "eu"}, "allowed", "contract"),
        # objection, GDPR Art. 21
        ("telemetry", {"objections": frozenset({"telemetry"})}, "objected", None),
        ("telemetry", {"objections": frozenset({"promotion"})}, "allowed", "legitimate-interests"),
        ("security", {"objections": frozenset({"security"})}, "allowed", "legal-obligation"),
        ("service", {"objections": frozenset({"service"})}, "allowed", "contract"),
        ("register", {"objections": frozenset({EVERYTHING})}, "objected", None),
        ("promotion", {"objections": frozenset({"promotion"})}, "objected-marketing", None),
        ("newsletter", {"objections": frozenset({EVERYTHING}), "consents": AGREED}, "objected-marketing", None),
        # restriction, GDPR Art. 18(2)
        ("service", {"restricted": BEFORE}, "restricted", None),
        ("service", {"restricted": NOW}, "restricted", None),
        ("service", {"restricted": LATER}, "allowed", "contract"),
        ("billing", {"restricted": BEFORE}, "allowed", "legal-obligation"),
        ("claims", {"restricted": BEFORE}, "allowed", "legitimate-interests"),
        ("register", {"restricted": BEFORE}, "restricted", None),
        ("rescue", {"restricted": BEFORE}, "restricted", None),
        ("newsletter", {"restricted": BEFORE + timedelta(1), "consents": AGREED}, "restricted", None),
        ("newsletter", {"restricted": BEFORE, "consents": AGREED}, "allowed", "consent"),
        # erasure, GDPR Art. 17
        ("service", {"erasing": True}, "erasing", None),
        ("service", {"erased": True, "erasing": True}, "erased", None),
        ("billing", {"erased": True}, "allowed", "legal-obligation"),
        ("billing", {"erased": True, "jurisdiction": "us-ca"}, "erased", None),
        ("claims", {"erased": True, "restricted": BEFORE}, "erased", None),
        # a hold forbids erasing and allows nothing
        ("newsletter", {"held": True}, "no-consent", None),
        ("service", {"held": True, "erased": True}, "erased", None),
    ],
)
def test_the_cases_of_the_law(name: str, standing: dict[str, Any], code: Code, basis: Basis | None) -> None:
    assert ask(name, **standing) == (code, basis)


@pytest.mark.parametrize(
    ("name", "use", "code"),
    [
        ("telemetry", {"recipient": "broker", "opted_out": True}, "opted-out"),
        ("telemetry", {"recipient": "broker"}, "allowed"),
        ("telemetry", {"recipient": "mailer", "opted_out": True}, "allowed"),
        ("telemetry", {"opted_out": True}, "allowed"),
        ("billing", {"recipient": "tax-office", "opted_out": True}, "allowed"),
        ("telemetry", {"sensitive": True, "limited": True}, "limited"),
        ("telemetry", {"sensitive": True}, "allowed"),
        ("telemetry", {"limited": True}, "allowed"),
        ("service", {"sensitive": True, "limited": True}, "allowed"),
        ("rescue", {"sensitive": True, "limited": True}, "allowed"),
        ("newsletter", {"sensitive": True, "limited": True, "consents": AGREED}, "limited"),
    ],
)
def test_california(name: str, use: dict[str, Any], code: Code) -> None:
    assert ask(name, **use)[0] == code


def test_the_clause_is_the_one_that_speaks_of_the_purpose() -> None:
    found = {name: decide(Use(purpose=name, at=NOW), Standing(), RULES).clause for name in ("telemetry", "service", "nothing", "x")}
    assert found == {"telemetry": "3", "service": "1", "nothing": "1", "x": ""}
    silent = Rules.of(replace(POLICY, bound=()))
    assert decide(Use(purpose="telemetry", at=NOW), Standing(), silent).clause == ""


def test_every_denial_has_a_sentence_and_can_happen() -> None:
    assert set(REASONS) == set(CODES)
    assert decide(Use(purpose="nothing", at=NOW), Standing(), RULES).reason == REASONS["no-basis"]


@pytest.mark.parametrize(
    "make", [lambda at: Use(purpose="x", at=at), lambda at: Standing(restricted=at), lambda at: Consent(given=at)]
)
def test_a_moment_without_a_zone_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        make(NOW.replace(tzinfo=None))


MOMENTS = st.integers(min_value=-40, max_value=40).map(lambda days: NOW + timedelta(days=days))
NAMES = st.sampled_from([*PURPOSES, "resale", "", EVERYTHING])
CONSENTS = st.dictionaries(NAMES, st.builds(Consent, given=MOMENTS, withdrawn=st.none() | MOMENTS), max_size=4)
USES = st.builds(
    Use, purpose=NAMES, at=MOMENTS, recipient=st.sampled_from(["", "mailer", "broker", "tax-office"]), sensitive=st.booleans()
)
STANDINGS = st.builds(
    Standing,
    restricted=st.none() | MOMENTS,
    objections=st.frozensets(NAMES, max_size=3),
    consents=CONSENTS,
    erasing=st.booleans(),
    erased=st.booleans(),
    opted_out=st.booleans(),
    limited=st.booleans(),
    held=st.booleans(),
    jurisdiction=st.sampled_from(["", "eu", "in", "us-ca"]),
)


def allowed(use: Use, standing: Standing) -> bool:
    return decide(use, standing, RULES).allowed


@given(USES, STANDINGS)
def test_every_use_is_decided(use: Use, standing: Standing) -> None:
    found = decide(use, standing, RULES)
    assert found.code in CODES
    assert found.allowed == (found.code == "allowed") == (found.basis is not None)
    if found.basis is not None:
        entry = PURPOSES[use.purpose]
        assert found.basis in entry.bases_in.get(standing.jurisdiction, entry.bases)
    else:
        assert found.reason


WISHES: list[dict[str, Any]] = [
    {"erased": True},
    {"erasing": True},
    {"opted_out": True},
    {"limited": True},
    {"objections": frozenset({EVERYTHING})},
]


@given(USES, STANDINGS, st.sampled_from(WISHES))
def test_a_wish_never_allows_more(use: Use, standing: Standing, wish: dict[str, Any]) -> None:
    assert allowed(use, replace(standing, **wish)) <= allowed(use, standing)


@given(USES, STANDINGS, MOMENTS)
def test_restriction_never_allows_more(use: Use, standing: Standing, since: datetime) -> None:
    assert allowed(use, replace(standing, restricted=since)) <= allowed(use, replace(standing, restricted=None))


@given(USES, STANDINGS, MOMENTS)
def test_withdrawing_never_allows_more(use: Use, standing: Standing, at: datetime) -> None:
    consents = {name: replace(consent, withdrawn=at) for name, consent in standing.consents.items()}
    never = {name: replace(consent, withdrawn=None) for name, consent in standing.consents.items()}
    assert allowed(use, replace(standing, consents=consents)) <= allowed(use, replace(standing, consents=never))


@given(USES, STANDINGS, NAMES)
def test_an_objection_affects_its_purpose_alone(use: Use, standing: Standing, other: str) -> None:
    more = replace(standing, objections=standing.objections | {other})
    if other in (use.purpose, EVERYTHING):
        assert allowed(use, more) <= allowed(use, standing)
    else:
        assert decide(use, more, RULES) == decide(use, standing, RULES)


@given(USES, STANDINGS)
def test_a_hold_changes_nothing(use: Use, standing: Standing) -> None:
    assert decide(use, replace(standing, held=True), RULES) == decide(use, replace(standing, held=False), RULES)


@given(USES, STANDINGS)
def test_a_denial_by_any_one_wish_denies_the_whole(use: Use, standing: Standing) -> None:
    """Each wish by itself, beside the same consents: what one of them denies, all of them together deny."""
    plain = Standing(consents=standing.consents, jurisdiction=standing.jurisdiction)
    each: list[dict[str, Any]] = [
        {name: getattr(standing, name)} for name in ("restricted", "objections", "erasing", "erased", "opted_out", "limited")
    ]
    if not all(allowed(use, replace(plain, **wish)) for wish in each):
        assert not allowed(use, standing)


@given(USES, STANDINGS)
def test_erased_people_are_used_for_what_the_law_demands_alone(use: Use, standing: Standing) -> None:
    found = decide(use, replace(standing, erased=True), RULES)
    assert found.basis in (None, "legal-obligation")
