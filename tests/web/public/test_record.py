"""The ledger as anybody fetches and verifies it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from kept.base.errors import TamperedLedger
from kept.base.verdicts import Mark
from kept.db.actions.exports import export_ledger
from kept.ledger import verify_folder
from kept.web.public.fetch_ledger import fetch
from tests.web.site import Site, unlimited

from .acts import check, published


class Quiet(WSGIRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Answer on a port of this machine, and yield the address."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_fetched_is_what_is_exported_and_verifies(site: Site, tmp_path: Path) -> None:
    published()
    for _ in range(270):  # one full tile and a partial one, on two levels
        check(("1.1", "documented", Mark.KEPT))
    with override_settings(KEPT=unlimited()), served() as base:
        assert fetch(f"{base}/ledger", tmp_path / "fetched") == 271
        export_ledger(tmp_path / "exported")
        assert files(tmp_path / "fetched") == files(tmp_path / "exported")
        key = site.visitor().get("/ledger/key").content.decode().strip()
        kept = (tmp_path / "fetched" / "checkpoint").read_text()
        assert verify_folder(tmp_path / "fetched", key).size == 271
        check(("1.1", "documented", Mark.BROKEN))
        fetch(f"{base}/ledger", tmp_path / "fetched")
    assert verify_folder(tmp_path / "fetched", key, previous_checkpoint=kept).size == 272
    bundle = tmp_path / "fetched" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"kept", b"KEPT", 1))
    with pytest.raises(TamperedLedger):
        verify_folder(tmp_path / "fetched", key)


def test_tiles_are_kept_as_long_as_they_are_right(site: Site) -> None:
    published()
    for _ in range(258):
        check(("1.1", "documented", Mark.KEPT))
    visitor = site.visitor()
    full, partial = visitor.get("/ledger/tile/0/000"), visitor.get("/ledger/tile/0/001.p/3")
    assert full["Cache-Control"] == "public, max-age=31536000, immutable"
    assert partial["Cache-Control"] == "public, max-age=60"
    assert (len(full.content), len(partial.content)) == (256 * 32, 3 * 32)
    assert visitor.get("/ledger/tile/0/000", headers={"if-none-match": full["ETag"]}).status_code == 304
    assert visitor.get("/ledger/tile/entries/000.p/7").status_code == 200  # it was signed at that width once
    assert not visitor.get("/ledger/checkpoint").cookies


NO_TILES = (
    *("0/000", "0/000.p/2", "0/000.p/0", "0/000.p/256", "0/000.p/01", "1/000.p/1", "0/x000/000.p/1", "0/00.p/1", "9/000.p/1"),
    *("entries/001.p/1", "entries/../../checkpoint", "entries/000.p/٣", "-1/000.p/1", "0/" + "x999/" * 9 + "999"),
)


def test_what_is_no_tile_is_not_there(site: Site) -> None:
    published()
    visitor = site.visitor()
    assert {path: visitor.get(f"/ledger/tile/{path}").status_code for path in NO_TILES} == dict.fromkeys(NO_TILES, 404)


def test_an_empty_ledger_is_signed_too(site: Site, tmp_path: Path) -> None:
    with served() as base:
        assert fetch(f"{base}/ledger", tmp_path) == 0
    assert verify_folder(tmp_path).size == 0


def test_how_to_verify_is_told_with_the_key(site: Site) -> None:
    page = site.visitor().get("/proof/").content.decode()
    key = site.visitor().get("/ledger/verifier-key").content.decode().strip()
    assert f"kept verify ledger --key &#x27;{key}&#x27;" in page or f"kept verify ledger --key '{key}'" in page
    assert "http://localhost/ledger/fetch.py" in page
