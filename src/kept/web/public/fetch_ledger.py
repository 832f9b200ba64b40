"""Fetch a ledger that is published: python fetch.py https://privacy.example/ledger FOLDER. Needs Python 3.8 and nothing else.

Run again, it fetches only what is new. It checks nothing: run `kept verify FOLDER` afterwards, or a verifier of your own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

__all__ = ["fetch"]

WIDE = 256
TOO_MANY = 429
WAIT = 60


def fetch(base: str, folder: Path) -> int:
    """Fetch everything up to the newest checkpoint; return how many entries that signs."""
    note = read(f"{base}/checkpoint")
    size = int(note.split(b"\n")[1])
    level, count = 0, size
    while count:
        kinds = ["0", "entries"] if level == 0 else [str(level)]
        for index in range(-(-count // WIDE)):
            for kind in kinds:
                save(base, folder, f"tile/{kind}/{place(index, min(WIDE, count - index * WIDE))}")
        level, count = level + 1, count // WIDE
    (folder / "verifier-key").write_bytes(read(f"{base}/key"))
    (folder / "checkpoint").write_bytes(note)
    return size


def place(index: int, width: int) -> str:
    """Return where a tile stands: 1234067 is x001/x234/067."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + (f".p/{width}" if width < WIDE else "")


def save(base: str, folder: Path, path: str) -> None:
    """Fetch one file that is not there yet."""
    target = folder / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(read(f"{base}/{path}"))


def read(url: str) -> bytes:
    """Return what stands at an address, waiting where the server asks for that."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("name an address that begins with https://")
    while True:
        try:
            with urlopen(url) as answer:  # noqa: S310 - looked at above
                return bytes(answer.read())
        except HTTPError as error:
            if error.code != TOO_MANY:
                raise
            time.sleep(int(error.headers.get("Retry-After", WAIT)))


if __name__ == "__main__":
    done = fetch(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
    sys.stdout.write(f"{done} entries\n")
