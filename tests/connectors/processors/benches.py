"""Real servers that act as processors: a script decides what they answer, and how they break."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kept.base.personal import Personal
from kept.connectors.callbacks import Caller
from kept.connectors.processors import Identifier, Order, Processor, Surroundings, connect
from kept.connectors.processors.wire import Patience
from kept.policy.processors import Asking, KnownBy
from kept.policy.settings import EnvReference

AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
KEY = "a shared secret of forty characters, yes"
EMAIL = "Ada.Lovelace@example.org"
EMAIL_SHA256 = "7799473ff091b38137e0698047364e040446fe7cb3209e8321d5a865127853d0"
SUBJECT = "account:4711"
PATIENT = Patience(connection=20.0, bytes_=20.0, whole=20.0)
"""As long as a busy machine may keep an answer."""
QUICK = Patience(connection=1.0, bytes_=0.5, whole=1.0)
"""For an answer that never comes."""
REF = "0d4f2b1c-93a5-4f0e-8d6f-2f4b7a6c5e10"


def order(**changes: Any) -> Order:
    said: dict[str, Any] = {
        "ref": REF,
        "request": "R-2026-17",
        "right": "erasure",
        "identifiers": (
            Identifier(kind="email", value=Personal(EMAIL)),
            Identifier(kind="subject", value=Personal(SUBJECT)),
            Identifier(kind="phone", value=Personal("+43 1 234567")),
        ),
        "asked": AT - timedelta(days=2),
        "by": date(2026, 12, 27),
    }
    return Order(**{**said, **changes})


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def object(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(slots=True)
class Reply:
    """What the server does: answers, or hangs up after it has read the body, or answers so slowly that nobody waits."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    waits: threading.Event | None = None

    @classmethod
    def json(cls, status: int, value: Any, headers: dict[str, str] | None = None) -> Reply:
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


Script = Callable[[Asked], Reply]


class Bench:
    """A processor's server while it runs; `asked` holds every request."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.url = ""

    def posts(self) -> list[Asked]:
        return [one for one in self.asked if one.method == "POST"]


def calling(authority: Authority, patience: Patience = PATIENT) -> Caller:
    """Return one who tells agents, and may speak to this machine."""
    return Caller(patience=patience, ca=str(authority.file), reaches=lambda address: address in ("127.0.0.1", "::1"))


@contextmanager
def serving(script: Script, *, host: str = "127.0.0.1", tls: tuple[Path, Path] | None = None) -> Iterator[Bench]:
    """Run a processor. `tls` is its certificate and its key."""
    bench = Bench(script)
    server = ThreadingHTTPServer((host, 0), _handling(bench))
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is what some tests do
    bench.url = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bench
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handling(bench: Bench) -> type[BaseHTTPRequestHandler]:
    class Handling(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            one = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            bench.asked.append(one)
            reply = bench.script(one)
            if reply.waits:
                reply.waits.wait(30)
            if reply.hangs_up or reply.waits:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *args: object) -> None:
            pass

    return Handling


def asking(way: str, address: str, **changes: Any) -> Asking:
    said: dict[str, Any] = {"knows": (KnownBy(kind="email"), KnownBy(kind="subject", theirs="customer"))}
    return Asking(way=way, address=address, **{**said, **changes})


def processor(
    asked: Asking,
    *,
    environ: dict[str, str] | None = None,
    now: Callable[[], datetime] = lambda: AT,
    patience: Patience = PATIENT,
    **around: Any,
) -> Processor:
    """Return the processor `posts`."""
    return connect(
        "posts",
        asked,
        Surroundings(environ=environ or {"POSTS_KEY": KEY}, clock=now, company="Example Ltd", patience=patience, **around),
    )


def secrets(*names: str) -> dict[str, EnvReference]:
    return {name: EnvReference(variable=f"POSTS_{name.upper()}") for name in names}


class Authority:
    """A self-made authority for certificates."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = (
            _begun(self.name, self.name, self.key.public_key(), AT - timedelta(days=400), AT + timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        )
        self.certificate = built.sign(self.key, hashes.SHA256())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, key: Any, domain: str, *, ends: datetime | None = None) -> bytes:
        """Return a certificate in PEM for a key, from a year before AT to a year after it."""
        until = ends or AT + timedelta(days=365)
        return (
            _begun(x509.Name([]), self.name, key.public_key(), AT - timedelta(days=365), until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    def server(self, domain: str) -> tuple[Path, Path]:
        """Return the files of a certificate and its key for a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, private = self.folder / "server.pem", self.folder / "server.key"
        certificate.write_bytes(self.issue(key, domain))
        private.write_bytes(pem_of(key))
        return certificate, private


def pem_of(key: Any) -> bytes:
    raw: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return raw


def _begun(subject: x509.Name, issuer: x509.Name, key: Any, begins: datetime, ends: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
