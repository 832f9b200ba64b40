"""A SAML identity provider as far as a test needs one: it answers a request with a response that it signs."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types
from onelogin.saml2.utils import OneLogin_Saml2_Utils  # type: ignore[import-untyped]  # it has no types

__all__ = ["SamlProvider"]

RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 ID="r{ref}" Version="2.0" IssueInstant="{now}" Destination="{acs}" InResponseTo="{request}"><saml:Issuer>{entity}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>"""

ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a{ref}" Version="2.0" IssueInstant="{now}">
<saml:Issuer>{entity}</saml:Issuer><saml:Subject><saml:NameID
 Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{email}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{until}"
 Recipient="{acs}" InResponseTo="{request}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience>
</saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="s{ref}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>
</saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{email}</saml:AttributeValue>
</saml:Attribute><saml:Attribute Name="uid"><saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement></saml:Assertion>"""


@dataclass(frozen=True, slots=True)
class SamlProvider:
    """An identity provider with a key and a certificate of its own."""

    entity: str = "https://idp.aurigen.example/saml"
    sso: str = "https://idp.aurigen.example/saml/sso"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65_537, key_size=2_048))

    @property
    def certificate(self) -> str:
        """The certificate, as PEM."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.aurigen.example")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def answer(
        self, location: str, email: str, *, audience: str = "", age: timedelta = timedelta(), signed: bool = True, request: str = ""
    ) -> str:
        """Return the response to the request that `location` carries, as a form sends it."""
        asked = etree.fromstring(zlib.decompress(base64.b64decode(parse_qs(urlsplit(location).query)["SAMLRequest"][0]), -15))
        then = datetime.now(UTC) - age
        words = {
            "ref": uuid4().hex,
            "entity": self.entity,
            "acs": asked.get("AssertionConsumerServiceURL"),
            "audience": audience or asked.findtext("{*}Issuer"),
            "request": request or asked.get("ID"),
            "email": email,
            "now": f"{then:%Y-%m-%dT%H:%M:%SZ}",
            "since": f"{then - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
            "until": f"{then + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        }
        assertion = ASSERTION.format(**words)
        if signed:
            shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            assertion = OneLogin_Saml2_Utils.add_sign(assertion, self.key.private_bytes(*shape).decode(), self.certificate).decode()
            assertion = assertion.removeprefix("<?xml version='1.0' encoding='UTF-8'?>\n")
        return base64.b64encode(RESPONSE.format(**words, assertion=assertion).encode()).decode()
