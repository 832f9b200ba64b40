"""The ledger as files for anyone: the same bytes that `kept ledger export` writes, one at a time."""

from __future__ import annotations

import re

from kept.base.errors import NotThere
from kept.db import log
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.ledger.checkpoints import Checkpoint
from kept.ledger.hashing import EMPTY_ROOT, TILE_HEIGHT, TILE_WIDTH
from kept.ledger.tiles import Tile, bundle

__all__ = ["checkpoint_file", "tile_file"]

PATH = re.compile(r"(?P<level>entries|[0-7])/(?P<number>(?:x\d{3}/){0,3}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII)


def checkpoint_file() -> str:
    """Return the newest signed checkpoint; that of an empty log where nothing was recorded yet."""
    with database_errors():
        note = log.newest_note()
    signer = current().signer
    return note or Checkpoint(origin=signer.verifier.name, size=0, root=EMPTY_ROOT).signed(signer)


def tile_file(path: str) -> tuple[bytes, bool]:
    """Return what stands at `tile/<path>` in an exported log, and whether it is a full tile, which never changes.

    A tile that was partial once can be asked for at each width that was signed. Raises NotThere.
    """
    tile = _tile(path)
    with database_errors():
        newest = log.newest()
        signed = (newest.size if newest else 0) >> (TILE_HEIGHT * (tile.level or 0)) if tile else 0
        if tile is None or tile.first + tile.width > signed:
            raise NotThere("The ledger has no such tile", todo="Read the checkpoint first; it says how long the ledger is.")
        if tile.level is None:
            return bundle(log.bodies(tile.first, tile.width)), tile.width == TILE_WIDTH
        return b"".join(log.hashes(tile.level, tile.index)[: tile.width]), tile.width == TILE_WIDTH


def _tile(path: str) -> Tile | None:
    """Return the tile of a path, written in its one right form."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    level = None if found["level"] == "entries" else int(found["level"])
    index = int(found["number"].replace("x", "").replace("/", ""))
    tile = Tile(level=level, index=index, width=int(found["width"] or TILE_WIDTH))
    return tile if tile.path == f"tile/{path}" and tile.width <= TILE_WIDTH else None
