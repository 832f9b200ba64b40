"""The Data Deletion Request Framework: golden tokens, and a processor that signs, lies, and signs wrongly."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kept.base.errors import Refused, SourceError, StoreRefused
from kept.base.personal import Personal
from kept.connectors.processors import Identifier
from kept.connectors.processors.choosing import Told
from kept.connectors.processors.ddrf import DdrfProcessor
from kept.connectors.processors.tokens import NotTheirs, Signer, acknowledged, chain, public_keys, signer
from kept.policy.processors import KnownBy

from .benches import AT, EMAIL, EMAIL_SHA256, REF, SUBJECT, Asked, Bench, Reply, asking, order, pem_of, processor, secrets, serving

VECTORS = json.loads((Path(__file__).parent / "ddrf-vectors.json").read_text("ascii"))
"""Made with the key of RFC 8037, appendix A.1, by Ed25519 alone: no library for tokens, and none of the code under test."""
RFC_8037 = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="


def ours() -> Signer:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(RFC_8037))
    return signer("posts", Personal(pem_of(key).decode()), issuer="example.org", kid="kept-2026")


def rqjwt(version: Any = "1.0", **changes: Any) -> str:
    said = {"ref": f"{REF}-1", "asked": AT - timedelta(days=2), "at": AT, **changes}
    return chain(ours(), Told(kind="email", form="sha256", value=Personal(EMAIL_SHA256)), version=version, **said)


@pytest.mark.parametrize("version", sorted(VECTORS))
def test_the_chain_is_the_golden_one(version: str) -> None:
    assert rqjwt(version) == VECTORS[version]


def test_the_outer_token_never_precedes_the_inner() -> None:
    outer = jwt.decode(rqjwt("2.0", asked=AT + timedelta(hours=1)), options={"verify_signature": False})
    assert jwt.decode(outer["orJWT"], options={"verify_signature": False})["iat"] == outer["iat"]


def test_the_public_key_is_published_without_the_private_one() -> None:
    """RFC 8037, appendix A.2."""
    found = ours().public_jwk()
    assert (found["x"], found["kid"], found["alg"]) == ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kept-2026", "EdDSA")
    assert "d" not in found


@cache
def short_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # too short, which is the point


@cache
def long_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(long_rsa(), "RS256"), (ec.generate_private_key(ec.SECP256R1()), "ES256")], ids=["RSA", "P-256"]
)
def test_other_keys_sign_too(key: Any, algorithm: str) -> None:
    by = signer("posts", Personal(pem_of(key).decode()), issuer="example.org", kid="k")
    token = by.sign({"iss": "example.org"})
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": "k", "typ": "JWT"}
    assert by.claims(token) == {"iss": "example.org"}
    assert public_keys([by.public_jwk()])["k"].algorithm_name == algorithm


@pytest.mark.parametrize("key", [short_rsa(), ec.generate_private_key(ec.SECP384R1())], ids=["RSA-1024", "P-384"])
def test_keys_the_framework_cannot_use_are_refused(key: Any) -> None:
    with pytest.raises(Refused, match="no private key that requests can be signed with"):
        signer("posts", Personal(pem_of(key).decode()), issuer="example.org", kid="k")


def jwk(key: Any, kid: str = "ads-1", **changes: Any) -> dict[str, Any]:
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    made: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": kid, **changes}


def test_keys_that_prove_nothing_are_left_out() -> None:
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}
    key = ec.generate_private_key(ec.SECP256R1())
    posing = {**shared, "alg": "RS256"}
    given = [shared, posing, "x", {}, {"kty": "EC"}, jwk(key, use="enc"), jwk(short_rsa(), "short"), jwk(key, "good", alg="ES256")]
    assert list(public_keys(given)) == ["good"]
    assert public_keys({"keys": given}) == {}


class Ads:
    """A processor that checks what it gets and signs what it says."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.signs_with = self.key
        self.kid = "ads-1"
        self.url = ""
        self.resource: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.code: int | None = None
        self.status: int | None = None
        self.packed = True
        self.seen: list[dict[str, Any]] = []
        self.replays: str | None = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/dsrdelete.json":
            return Reply.json(200, self.published())
        if asked.path == "/keys.json":
            return Reply.json(200, {"keys": [jwk(self.key, alg="ES256")]})
        if asked.path != "/delete":
            return Reply(404)
        token = asked.object()["rqJWT"] if asked.headers["content-type"] == "application/json" else asked.body.decode()
        return self.answer(token)

    def published(self) -> dict[str, Any]:
        keys: dict[str, Any] = {"publicKey": [jwk(self.key)]} if self.version == "1.0" else {"jwksUri": f"{self.url}/keys.json"}
        takes = [{"id": 1, "type": "email", "format": "sha256"}, {"id": 2, "type": "ppuid", "format": "plaintext"}]
        return {
            "endpoint": f"{self.url}/delete",
            "identifiers": takes,
            "vendorScriptRequirement": False,
            **keys,
            **self.resource,
        }

    def answer(self, token: str) -> Reply:
        asked = jwt.decode(token, options={"verify_signature": False})
        self.seen.append(self.checked(token))
        good = 0 if self.version == "1.0" else 10000
        code = good if self.code is None else self.code
        claims = {
            "version": self.version,
            "rqJWT": self.replays or token,
            "jti": f"ack-{asked['jti'][-1]}",
            "iss": "127.0.0.1",
            "iat": int(AT.timestamp()),
            "raResultCode": code,
            **self.claims,
        }
        said = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            self.signs_with,
            algorithm="ES256",
            headers={"kid": self.kid},
        )
        status = self.status or (202 if code == good else 400)
        return Reply.json(status, {"acJWT": said}) if self.packed else Reply(status, said.encode())

    def checked(self, token: str) -> dict[str, Any]:
        """Check both signatures, as step 4 of the request sequence has it, and return identifier, type, form and both ids."""
        public = jwt.PyJWK(ours().public_jwk()).key
        lenient: Any = {"verify_sub": False, "verify_iat": False}
        outer = jwt.decode(token, public, algorithms=["EdDSA"], options=lenient)
        inner = jwt.decode(outer["idJWT" if self.version == "1.0" else "orJWT"], public, algorithms=["EdDSA"], options=lenient)
        assert inner["iat"] <= outer["iat"]
        assert (inner["iss"], outer["iss"]) == ("example.org", "example.org")
        where = outer["sub"] if self.version == "1.0" else outer
        if self.version == "1.0":
            assert inner["sub"] == outer["sub"]
        else:
            assert "sub" not in outer
            assert EMAIL_SHA256 not in json.dumps(inner)
        return {
            "jti": outer["jti"],
            **{name: where[name] for name in ("identifierValue", "identifierType", "identifierFormat")},
        }


@pytest.fixture(params=["1.0", "2.0"])
def ads(request: pytest.FixtureRequest) -> Ads:
    return Ads(request.param)


@pytest.fixture
def bench(ads: Ads) -> Any:
    with serving(ads) as running:
        ads.url = running.url
        yield running


HASHED = (KnownBy(kind="email", form="sha-256"),)


def reached(bench: Bench, *, knows: tuple[KnownBy, ...] = HASHED, now: Any = lambda: AT, **options: str) -> DdrfProcessor:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(RFC_8037))
    said = {"issuer": "example.org", "kid": "kept-2026", **options}
    entry = asking("ddrf", bench.url, knows=knows, options=said, secrets=secrets("key"))
    found = processor(entry, environ={"POSTS_KEY": pem_of(key).decode()}, now=now)
    assert isinstance(found, DdrfProcessor)
    return found


def test_a_request_is_acknowledged_and_the_receipt_is_theirs(ads: Ads, bench: Bench) -> None:
    asked = reached(bench)
    found = asked.ask(order())
    assert (found.state, found.their_ref) == ("accepted", "ack-1")
    good = "code-0" if ads.version == "1.0" else "code-10000"
    assert found.evidence.words == (f"ddrf-{ads.version}", "signature-verified", good, "receipt-only")
    assert found.until is not None
    assert found.until.date().isoformat() == "2026-12-28"
    assert ads.seen == [
        {"jti": f"{REF}-1", "identifierValue": EMAIL_SHA256, "identifierType": "email", "identifierFormat": "sha256"}
    ]
    assert found.raw.decode().count(".") == 2
    assert asked.look(order(), found) is found


def test_each_identifier_is_a_request_of_its_own(ads: Ads, bench: Bench) -> None:
    knows = (*HASHED, KnownBy(kind="subject", theirs="ppuid"), KnownBy(kind="phone"))
    found = reached(bench, knows=knows).ask(order())
    assert [(one["jti"][-2:], one["identifierType"]) for one in ads.seen] == [("-1", "email"), ("-2", "ppuid")]
    assert ads.seen[1]["identifierValue"] == SUBJECT
    assert len(found.raw.split(b"\n")) == 2


def test_asked_again_it_is_the_same_request(ads: Ads, bench: Bench) -> None:
    asked = reached(bench)
    asked.ask(order())
    first = bench.posts()[0].object()["rqJWT"]
    ads.replays = first
    later = reached(bench, now=lambda: AT + timedelta(minutes=4))
    assert later.ask(order()).state == "accepted", "an acknowledgement of the first sending is one of this one too"
    assert {one["jti"] for one in ads.seen} == {f"{REF}-1"}
    assert bench.posts()[1].object()["rqJWT"] != first


def test_the_bare_token_may_be_agreed_on(ads: Ads, bench: Bench) -> None:
    ads.packed = False
    assert reached(bench, body="jwt").ask(order()).state == "accepted"
    assert bench.posts()[0].headers["content-type"] == "application/jwt"


def test_nothing_is_looked_up_twice_within_an_hour(ads: Ads, bench: Bench) -> None:
    now = [AT]
    asked = reached(bench, now=lambda: now[0])
    for _ in range(2):
        asked.ask(order())
    assert [one.path for one in bench.asked].count("/dsrdelete.json") == 1
    now[0] += timedelta(hours=1)
    ads.claims = {"iat": int(now[0].timestamp())}
    asked.ask(order())
    assert [one.path for one in bench.asked].count("/dsrdelete.json") == 2


def test_an_identifier_they_do_not_take_is_refused(ads: Ads, bench: Bench) -> None:
    ads.code = 4 if ads.version == "1.0" else 14201
    found = reached(bench).ask(order())
    assert (found.state, found.until) == ("refused", None)
    assert f"code-{ads.code}" in found.evidence.words


@pytest.mark.parametrize("code", [1, 2, 3, 6, 10010, 11202, 13205, 99])
def test_a_request_they_could_not_check_was_not_taken(ads: Ads, bench: Bench, code: int) -> None:
    ads.code = code
    with pytest.raises(StoreRefused, match=f"result code {code}") as caught:
        reached(bench).ask(order())
    assert caught.value.changed == "the order arrived and was not taken"


@pytest.mark.parametrize(
    ("status", "code"), [(202, "bad"), (400, "good"), (200, "0"), (202, True), (202, None), (202, 0.5)], ids=str
)
def test_a_status_that_lies_is_not_believed(ads: Ads, bench: Bench, status: int, code: Any) -> None:
    codes = {"bad": 4, "good": 0} if ads.version == "1.0" else {"bad": 14201, "good": 10000}
    ads.status, ads.claims = status, {"raResultCode": codes.get(code, code)}
    with pytest.raises(StoreRefused, match="contradicts its status"):
        reached(bench).ask(order())


def breaks(ads: Ads, how: str) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    other = jwt.decode(rqjwt(ads.version, ref=f"{REF}-9"), options={"verify_signature": False})
    match how:
        case "signature-wrong":
            ads.signs_with = stranger
        case "key-unknown":
            ads.kid = "ads-2"
        case "issuer-wrong":
            ads.claims = {"iss": "evil.example"}
        case "expired":
            ads.claims = {"exp": int((AT - timedelta(minutes=6)).timestamp())}
        case "from-the-future":
            ads.claims = {"iat": int((AT + timedelta(minutes=6)).timestamp())}
        case "time-missing":
            ads.claims = {"iat": None}
        case _:
            ads.replays = ours().sign(other)


@pytest.mark.parametrize(
    "how",
    ["signature-wrong", "key-unknown", "issuer-wrong", "expired", "from-the-future", "time-missing", "request-not-ours"],
)
def test_an_acknowledgement_that_proves_nothing_is_none(ads: Ads, bench: Bench, how: str) -> None:
    breaks(ads, how)
    with pytest.raises(StoreRefused, match=f"proves nothing \\({how}\\)") as caught:
        reached(bench).ask(order())
    assert caught.value.changed == "the order went out and may have arrived"
    assert caught.value.__context__ is None


def test_an_acknowledgement_of_a_request_we_never_signed_is_none(ads: Ads) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    forged = jwt.encode({"jti": f"{REF}-1", "iss": "example.org"}, stranger, algorithm="ES256", headers={"kid": "kept-2026"})
    token = jwt.encode(
        {"iss": "ads.example", "iat": int(AT.timestamp()), "rqJWT": forged}, ads.key, algorithm="ES256", headers={"kid": "ads-1"}
    )
    keys = public_keys([jwk(ads.key)])
    with pytest.raises(NotTheirs, match="request-not-ours"):
        acknowledged(token, by=ours(), keys=keys, request=rqjwt(ads.version), issuer="www.ads.example", at=AT)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256", "kid": "ads-1"}])
def test_a_token_cannot_choose_a_weaker_signature(ads: Ads, header: dict[str, str]) -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    request = rqjwt(ads.version)
    token = f"{part({**header, 'kid': 'ads-1'})}.{part({'iss': 'ads.example', 'iat': 1, 'rqJWT': request})}."
    with pytest.raises(NotTheirs, match="signature-wrong"):
        acknowledged(token, by=ours(), keys=public_keys([jwk(ads.key)]), request=request, issuer="ads.example", at=AT)


def test_keys_that_were_changed_are_read_again(ads: Ads, bench: Bench) -> None:
    asked = reached(bench)
    asked.ask(order())
    ads.key = ads.signs_with = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(StoreRefused, match="signature-wrong"):
        asked.ask(order())
    assert asked.ask(order()).state == "accepted"


@pytest.mark.parametrize("body", [b"", b"a.b.c", b"{}", b'{"acJWT": 7}', b"\xff.\xff.\xff"])
def test_an_answer_without_a_token_proves_nothing(ads: Ads, bench: Bench, body: bytes) -> None:
    bench.script = lambda asked: Reply(202, body) if asked.method == "POST" else ads(asked)
    with pytest.raises(StoreRefused, match="no-token"):
        reached(bench).ask(order())


@pytest.mark.parametrize(("status", "changed"), [(500, "may have arrived"), (400, "not taken"), (404, "not taken")])
def test_an_error_without_a_token_is_told(ads: Ads, bench: Bench, status: int, changed: str) -> None:
    bench.script = lambda asked: Reply(status) if asked.method == "POST" else ads(asked)
    with pytest.raises(SourceError, match=changed):
        reached(bench).ask(order())


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"endpoint": "https://evil.example/delete"}, "no endpoint on its own host"),
        ({"endpoint": None}, "no endpoint on its own host"),
        ({"publicKey": [], "jwksUri": "https://evil.example/keys"}, "no keys on its own host"),
        ({"dsrdeleteJsonUri": "https://evil.example/dsrdelete.json"}, "on another host"),
    ],
)
def test_a_resource_that_leads_elsewhere_is_not_followed(ads: Ads, bench: Bench, resource: dict[str, Any], words: str) -> None:
    ads.resource = resource
    with pytest.raises(StoreRefused, match=words) as caught:
        reached(bench).ask(order())
    assert caught.value.changed == "the order did not go out"
    assert bench.posts() == []


def test_a_host_that_the_policy_names_is_followed(ads: Ads, bench: Bench) -> None:
    with serving(ads, host="localhost") as other:
        ads.resource = {"endpoint": f"{other.url}/delete"}
        with pytest.raises(StoreRefused, match="no endpoint on its own host"):
            reached(bench).ask(order())
        assert reached(bench, endpoint=f"{other.url}/delete").ask(order()).state == "accepted"
        assert len(other.posts()) == 1


def test_it_is_also_found_where_the_example_of_2_0_has_it(ads: Ads, bench: Bench) -> None:
    def moved(asked: Asked) -> Reply:
        if asked.path == "/dsrdelete.json":
            return Reply(404)
        return Reply.json(200, ads.published()) if asked.path == "/.well-known/iabtl/dsrdelete.json" else ads(asked)

    bench.script = moved
    assert reached(bench).ask(order()).state == "accepted"


def test_a_company_with_several_domains_keeps_one_file(ads: Ads, bench: Bench) -> None:
    def elsewhere(asked: Asked) -> Reply:
        if asked.path == "/dsrdelete.json":
            return Reply.json(200, {"dsrdeleteJsonUri": f"{ads.url}/full.json"})
        return Reply.json(200, ads.published()) if asked.path == "/full.json" else ads(asked)

    bench.script = elsewhere
    assert reached(bench).ask(order()).state == "accepted"


def test_without_a_key_nothing_is_asked(ads: Ads, bench: Bench) -> None:
    ads.resource = {"publicKey": []} if ads.version == "1.0" else {"jwksUri": f"{ads.url}/dsrdelete.json"}
    with pytest.raises(StoreRefused, match="no key"):
        reached(bench).ask(order())
    assert bench.posts() == []


def test_nothing_goes_in_clear_to_one_that_takes_hashes(ads: Ads, bench: Bench) -> None:
    with pytest.raises(Refused, match="has nothing of it that the processor takes"):
        reached(bench, knows=(KnownBy(kind="email"),)).ask(order())
    assert bench.posts() == []


def test_only_erasure_can_be_asked(ads: Ads, bench: Bench) -> None:
    with pytest.raises(Refused, match="is not told of the right access"):
        reached(bench).ask(order(right="access"))


def test_a_script_they_ask_for_is_told(ads: Ads, bench: Bench) -> None:
    ads.resource = {"vendorScriptRequirement": True}
    assert "asks-for-a-script-too" in reached(bench).ask(order()).evidence.words


def test_a_reference_with_the_person_in_it_is_withheld(ads: Ads, bench: Bench) -> None:
    ads.claims = {"jti": EMAIL}
    found = reached(bench).ask(order(identifiers=(Identifier(kind="email", value=Personal(EMAIL)),)))
    assert (found.their_ref, "reference-withheld" in found.evidence.words) == ("", True)
