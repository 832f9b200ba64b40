"""A certificate from an ACME authority (RFC 8555) by the HTTP challenge: got before the pages are served, renewed while they are.

What is kept stands in `.kept/tls`: the account's key, the certificate's key, the certificate with its chain. The package acme
speaks the protocol.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import requests
from acme import challenges, client, errors, messages
from acme.crypto_util import make_csr
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy.jwk import JWK, JWKRSA

from kept import __version__
from kept.base.errors import KeptError, Refused, SourceError

__all__ = ["Certificates", "Challenges", "keep_renewed", "names_in"]

CHALLENGE: Final = "/.well-known/acme-challenge/"
LEFT: Final = 3
"""A certificate is renewed when a third of its time is left."""
RETRY: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=12)
"""How long it is waited at most before it is looked again: a machine may have slept."""
ORDER_SECONDS: Final = 120


class Challenges:
    """A server for the authority's questions on the port for HTTP; whatever else is asked there is sent on to HTTPS."""

    def __init__(self, host: str, port: int, domain: str) -> None:
        """Begin to listen. Raises Refused where the port is taken or not to be had."""
        self.answers: dict[str, str] = {}
        answers, to = self.answers, f"https://{domain}"

        class Asked(BaseHTTPRequestHandler):
            """One question."""

            def do_GET(self) -> None:
                """Answer a challenge, or lead on."""
                text = answers.get(self.path.removeprefix(CHALLENGE)) if self.path.startswith(CHALLENGE) else None
                self.send_response(HTTPStatus.PERMANENT_REDIRECT if text is None else HTTPStatus.OK)
                if text is None:
                    self.send_header("Location", to + self.path)
                self.send_header("Content-Length", str(len(text or "")))
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_: object) -> None:
                """Say nothing: an address may name a person."""

        try:
            self._server = ThreadingHTTPServer((host, port), Asked)
        except OSError as error:
            happened = f"Port {port} on {host}, on which the authority asks, cannot be listened on ({error.strerror})"
            raise Refused(happened, todo="Free it, or lead it to another port and name that with --http-port.") from error
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Certificates:
    """The certificate of one domain, and the account at the authority that it comes from."""

    def __init__(self, home: Path, *, directory: str, domain: str, contact: str) -> None:
        """Keep what is needed in `home`, readable by its owner alone. Asks nobody yet."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home, self.directory, self.domain, self.contact = home, directory, domain, contact
        self.chain, self.key = home / "chain.pem", home / "key.pem"

    def due_at(self) -> datetime:
        """Return when the certificate is to be renewed: at once where there is none for this domain and this key."""
        try:
            found = x509.load_pem_x509_certificate(self.chain.read_bytes())
            key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        except (OSError, ValueError):
            return datetime.min.replace(tzinfo=UTC)
        if self.domain not in names_in(self.chain) or found.public_key() != key.public_key():
            return datetime.min.replace(tzinfo=UTC)
        return found.not_valid_after_utc - (found.not_valid_after_utc - found.not_valid_before_utc) / LEFT

    def obtain(self, answers: dict[str, str]) -> None:
        """Get a certificate; the authority's questions are answered from `answers` while it asks.

        Raises SourceError where the authority cannot be reached or says no; the certificate that was there stays.
        """
        try:
            self._obtain(answers)
        except (errors.Error, messages.Error, requests.RequestException) as error:
            said = _said(error)
            raise SourceError(
                f"The authority at {self.directory} gave no certificate for {self.domain} ({said})",
                store="acme",
                changed="the certificate that was there stays",
                todo="See that the name leads here and that its port 80 reaches --http-port, then start again.",
            ) from error

    def _obtain(self, answers: dict[str, str]) -> None:
        authority, account = self._authority()
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        order = authority.new_order(make_csr(private, [self.domain]))
        for authorisation in order.authorizations:
            if authorisation.body.status == messages.STATUS_VALID:
                continue  # the authority remembers that it asked
            for offered in authorisation.body.challenges:
                if isinstance(offered.chall, challenges.HTTP01):
                    response, text = offered.response_and_validation(account)
                    answers[offered.chall.encode("token")] = text
                    authority.answer_challenge(offered, response)
        deadline = datetime.now() + timedelta(seconds=ORDER_SECONDS)  # noqa: DTZ005 - the package compares with its own local time
        done = authority.poll_and_finalize(order, deadline)
        answers.clear()
        self._write(self.key, private)
        self._write(self.chain, done.fullchain_pem.encode())

    def _authority(self) -> tuple[client.ClientV2, JWK]:
        path = self.home / "account.pem"
        if not path.exists():
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            form = serialization.PrivateFormat.PKCS8
            self._write(path, made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        account = JWKRSA.load(path.read_bytes())
        net = client.ClientNetwork(account, user_agent=f"kept/{__version__}")
        authority = client.ClientV2(client.ClientV2.get_directory(self.directory, net), net)
        wanted = messages.NewRegistration.from_data(email=self.contact, terms_of_service_agreed=True)
        try:
            net.account = authority.new_account(wanted)
        except errors.ConflictError as known:
            net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
        return authority, account

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)


def _said(error: Exception) -> str:
    """Return what the authority said, or the kind of what kept it from being asked."""
    if isinstance(error, errors.ValidationError):
        asked = [offered.error for one in error.failed_authzrs for offered in one.body.challenges if offered.error]
        return "; ".join(str(one.detail) for one in asked)
    return str(getattr(error, "detail", None) or type(error).__name__)


def names_in(chain: Path) -> list[str]:
    """Return the names a certificate is for. Raises Refused where the file holds none."""
    try:
        found = x509.load_pem_x509_certificate(chain.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise Refused(f"{chain} holds no certificate with names", todo="Give it in PEM, the server's own first.") from error
    return names.get_values_for_type(x509.DNSName)


def keep_renewed(
    held: Certificates,
    answers: dict[str, str],
    stop: threading.Event,
    renewed: Callable[[], None],
    tell: Callable[[str], None],
) -> None:
    """Renew the certificate whenever it is due, until told to stop; call `renewed` each time, `tell` what kept it from being."""
    wait = timedelta(0)
    while not stop.wait(wait.total_seconds()):
        now = datetime.now(UTC)
        wait = min(LONGEST, held.due_at() - now) if held.due_at() > now else timedelta(0)
        if wait:
            continue
        try:
            held.obtain(answers)
            renewed()
        except KeptError as error:
            tell(str(error))
            wait = RETRY
