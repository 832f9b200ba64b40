"""A small server with the few endpoints of the transit engine that Kept asks.

This is our reading of HashiCorp Vault's API documentation and of what OpenBao's sources answer, and not a real server: where the
reading is wrong, the provider is wrong with it and no test here will tell. What it does on purpose as they do: AES-256-GCM with the
associated data, an item's error inside a 400 with every result of the batch, a missing key made by encrypting (the token may do
everything), version 0 read as version 1, line ends skipped in base64, and 404 without errors for a missing key but with one for a
path where nothing is mounted.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PATH = re.compile(r"/v1/(?P<mount>[\w/-]+?)/(?P<what>keys|encrypt|decrypt)/(?P<name>[\w.-]+)(?P<config>/config)?")
Answer = tuple[int, dict[str, Any] | None]


class Transit:
    """The engine behind the server: named keys in memory, and what was asked."""

    def __init__(self, token: str, *, mount: str = "transit", binds: bool = True, deletes: bool = True) -> None:
        """Take the token that may do everything. Without `binds` associated data is ignored, as it was before Vault 1.13."""
        self.token, self.mount, self.binds, self.deletes = token, mount, binds, deletes
        self.keys: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.elsewhere: str | None = None
        """Where requests are redirected to, as a standby does."""
        self._lock = Lock()

    def answer(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        """Return the status and the body of an answer."""
        with self._lock:
            self.asked.append((method, path, headers.get("X-Vault-Namespace")))
            if headers.get("X-Vault-Token") != self.token:
                return 403, {"errors": ["permission denied"]}
            parts = PATH.fullmatch(path)
            if parts is None or parts["mount"] != self.mount:
                return 404, {"errors": [f'no handler for route "{path}"']}
            name = parts["name"]
            match method, parts["what"], parts["config"]:
                case "GET", "keys", None:
                    return self._said(name) if name in self.keys else (404, {"errors": []})
                case "POST" | "PUT", "keys", None:
                    self._made(name, body.get("type", "aes256-gcm96"))
                    return self._said(name)
                case "POST" | "PUT", "keys", "/config":
                    return self._configured(name, body)
                case "DELETE", "keys", None:
                    return self._deleted(name)
                case "POST" | "PUT", "encrypt", None:
                    return self._encrypted(name, body["batch_input"])
                case "POST" | "PUT", "decrypt", None:
                    return self._decrypted(name, body["batch_input"])
                case _:
                    return 405, {"errors": ["unsupported operation"]}

    def rotate(self, name: str) -> None:
        """Add a version to a key, as the engine does on its own once it is told to."""
        self.keys[name]["versions"].append(AESGCM(secrets.token_bytes(32)))

    def _made(self, name: str, kind: str) -> dict[str, Any]:
        fresh = {"type": kind, "versions": [AESGCM(secrets.token_bytes(32))], "deletion_allowed": False}
        return self.keys.setdefault(name, fresh)

    def _said(self, name: str) -> Answer:
        key = self.keys[name]
        said = {"name": name, "type": key["type"], "deletion_allowed": key["deletion_allowed"], "exportable": False}
        return 200, {"data": said | {"latest_version": len(key["versions"])}}

    def _configured(self, name: str, body: dict[str, Any]) -> Answer:
        if name not in self.keys:
            return 400, {"errors": [f"no existing key named {name} could be found"]}
        self.keys[name]["deletion_allowed"] = body.get("deletion_allowed", self.keys[name]["deletion_allowed"])
        return self._said(name)

    def _deleted(self, name: str) -> Answer:
        if name not in self.keys:
            return 400, {"errors": [f"error deleting policy {name}: could not delete key; not found"]}
        if not self.keys[name]["deletion_allowed"]:
            return 400, {"errors": [f"error deleting policy {name}: deletion is not allowed for this key"]}
        if self.deletes:
            del self.keys[name]
        return 204, None

    def _encrypted(self, name: str, items: list[dict[str, str]]) -> Answer:
        if not items:
            return 400, {"errors": ["missing batch input to process"]}
        versions = self._made(name, "aes256-gcm96")["versions"]
        results = []
        for item in items:
            nonce = secrets.token_bytes(12)
            sealed = nonce + versions[-1].encrypt(nonce, base64.b64decode(item["plaintext"]), self._about(item))
            text = f"vault:v{len(versions)}:{base64.b64encode(sealed).decode()}"
            results.append({"ciphertext": text, "key_version": len(versions), "reference": ""})
        return 200, {"data": {"batch_results": results}}

    def _decrypted(self, name: str, items: list[dict[str, str]]) -> Answer:
        if not items:
            return 400, {"errors": ["missing batch input to process"]}
        if name not in self.keys:
            return 400, {"errors": ["encryption key not found"]}
        versions = self.keys[name]["versions"]
        results = [self._opened(versions, item) for item in items]
        status = 400 if any("error" in result for result in results) else 200
        return status, {"data": {"batch_results": results}}

    def _opened(self, versions: list[AESGCM], item: dict[str, str]) -> dict[str, str]:
        failed = {"plaintext": "", "reference": ""}
        parts = re.fullmatch(r"vault:v([0-9]+):(.*)", item["ciphertext"], re.DOTALL)
        if parts is None:
            return failed | {"error": "invalid ciphertext: no prefix"}
        version = int(parts[1]) or 1
        if version > len(versions):
            return failed | {"error": "invalid ciphertext: version is too new"}
        try:
            sealed = base64.b64decode(re.sub(r"[\r\n]", "", parts[2]), validate=True)
        except binascii.Error:
            return failed | {"error": "invalid ciphertext: could not decode base64"}
        if len(sealed) < 12:
            return failed | {"error": "invalid ciphertext length"}
        try:
            plain = versions[version - 1].decrypt(sealed[:12], sealed[12:], self._about(item))
        except InvalidTag:
            return failed | {"error": "cipher: message authentication failed"}
        return {"plaintext": base64.b64encode(plain).decode(), "reference": ""}

    def _about(self, item: dict[str, str]) -> bytes:
        return base64.b64decode(item.get("associated_data", "")) if self.binds else b""


class TransitServer(ThreadingHTTPServer):
    """A real HTTP server on this machine, in threads, for one engine."""

    daemon_threads = True

    def __init__(self, engine: Transit) -> None:
        """Listen on a free port."""
        self.engine = engine
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Door)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Keep the connection, to cut it."""
        self.open.add(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        self.shutdown()
        self.server_close()
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: TransitServer

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        engine = self.server.engine
        if engine.elsewhere is not None:
            self.send_response(307)
            self.send_header("Location", engine.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        status, body = engine.answer(self.command, self.path, dict(self.headers.items()), json.loads(raw or b"{}"))
        sent = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def running(engine: Transit) -> Iterator[TransitServer]:
    """Lend a server that runs; it may be stopped before the end."""
    server = TransitServer(engine)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
