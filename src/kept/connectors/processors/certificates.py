"""Checking what a processor signed with a certificate: is it theirs, does it hold today, and did its key sign these bytes."""

from __future__ import annotations

import base64
import binascii
import ssl
import warnings
from datetime import datetime
from functools import cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["signed_by", "trusted"]


def trusted(pem: bytes, *, domain: str, at: datetime, ca: str = "") -> x509.Certificate | None:
    """Return the first certificate of a PEM, if it is issued to `domain`, holds at `at`, and leads to an authority; else None.

    Authorities are those of `ca`, a file, or those that TLS connections trust. What follows in the PEM may be the chain. Whether it
    was revoked is not looked up.
    """
    try:
        first, *chain = x509.load_pem_x509_certificates(pem)
        verifier = PolicyBuilder().store(_authorities(ca)).time(at).build_server_verifier(x509.DNSName(domain))
        verifier.verify(first, chain)
    except (ValueError, VerificationError):
        return None
    return first


def signed_by(certificate: x509.Certificate, signature: str, body: bytes) -> bool:
    """Return whether a signature in base64 is the certificate's over the body: RSA (PKCS #1 v1.5) or ECDSA, with SHA-256."""
    key = certificate.public_key()
    try:
        given = base64.b64decode("".join(signature.split()), validate=True)
        match key:
            case rsa.RSAPublicKey():
                key.verify(given, body, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePublicKey():
                key.verify(given, body, ec.ECDSA(hashes.SHA256()))
            case _:
                return False
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@cache
def _authorities(ca: str) -> Store:
    """Return the authorities of a file. Raises ValueError where it holds none or cannot be read."""
    try:
        context = ssl.create_default_context(cafile=ca or DEFAULT_CA_BUNDLE_PATH)
    except OSError:
        raise ValueError("the file of authorities cannot be read") from None
    return Store([found for der in context.get_ca_certs(binary_form=True) if (found := _authority(der)) is not None])


def _authority(der: bytes) -> x509.Certificate | None:
    """Return an authority's certificate, None for one older than the rules (RFC 5280): the usual files hold some."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            return x509.load_der_x509_certificate(der)
        except (ValueError, CryptographyDeprecationWarning):
            return None
