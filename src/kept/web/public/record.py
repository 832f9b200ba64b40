"""The ledger for anyone to verify: the files of `kept ledger export` at addresses of their own, as C2SP tlog-tiles has them."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kept.db.access.ledger import verifier_key
from kept.db.access.log_files import checkpoint_file, tile_file

from .answers import FOR_EVER, file

__all__ = ["checkpoint", "fetch", "key", "tile"]

TEXT = "text/plain; charset=utf-8"
SHORT = 60
FETCH = Path(__file__).parent / "fetch_ledger.py"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    return file(request, checkpoint_file(), TEXT, seconds=5)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The key that checkpoints are verified with."""
    return file(request, f"{verifier_key()}\n", TEXT, seconds=SHORT)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile of hashes, or a bundle of entries. Raises NotThere."""
    raw, full = tile_file(path)
    return file(request, raw, "application/octet-stream", seconds=FOR_EVER if full else SHORT)


@require_safe
def fetch(request: HttpRequest) -> HttpResponse:
    """The program that fetches all of it, short enough to be read before it is run."""
    return file(request, FETCH.read_bytes(), TEXT, seconds=SHORT)
