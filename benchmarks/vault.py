"""The vault: fields, files, rotation and destruction, beside bare AES-GCM and two peers.

Floors: `cryptography`'s AESGCM, an object made beforehand, a nonce from the system a value and the nonce stored in front
("hot"); unwrapping a key under another AESGCM, making the object and sealing ("cold"); for files, the same reads, writes and
fsync with one AES-GCM call a mebibyte. Peers, each in an environment of its own (.cache/vault-peers, made on the first run):
aws-encryption-sdk with a raw AES keyring and its committing suite, and Tink with one keyset. Values are 100 bytes; every person
has a key.

Run: python -m benchmarks.vault [--full]
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kept.vault import Vault, destroy, make_vault, open_vault
from kept.vault.format import BODY, HEAD
from kept.vault.keys import PersonKey
from kept.vault.ring import about_key
from kept.vault.rotation import rotate
from kept.vault.secret import Secret

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".cache" / "vault-peers"
REQUIRES = ("aws-encryption-sdk==4.0.7", "tink==1.16.1")
VALUE = os.urandom(100)
PEER_PROGRAM = """
import logging, os, sys, time
logging.disable(logging.CRITICAL)
import aws_encryption_sdk, tink
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import Algorithm, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from tink import aead
KEY, VALUE = os.urandom(32), os.urandom(100)
class Raw(RawMasterKeyProvider):
    provider_id = "raw"
    def _get_raw_key(self, key_id):
        kind = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
        return WrappingKey(wrapping_algorithm=kind, wrapping_key=KEY, wrapping_key_type=EncryptionKeyType.SYMMETRIC)
provider = Raw()
provider.add_master_key(b"person")
client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
suite = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
aead.register()
primitive = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)
ways = {
    "aws": (lambda: client.encrypt(source=VALUE, key_provider=provider, algorithm=suite, encryption_context={"person": "42"})[0],
            lambda sealed: client.decrypt(source=sealed, key_provider=provider)[0], 150),
    "tink": (lambda: primitive.encrypt(VALUE, b"person"), lambda sealed: primitive.decrypt(sealed, b"person"), 5000),
}
for line in sys.stdin:
    seal, unseal, times = ways[line.strip()]
    began = time.perf_counter()
    for _ in range(times):
        sealed = seal()
    between = time.perf_counter()
    for _ in range(times):
        opened = unseal(sealed)
    assert opened == VALUE
    print((between - began) / times, (time.perf_counter() - between) / times, flush=True)
"""


@dataclass(kw_only=True)
class Row:
    """One measurement against another, round by round, in seconds a piece."""

    name: str
    ours: list[float]
    theirs: list[float]
    target: float
    faster: bool = False
    """Whether the ratio is how many times ours is faster, and not the floor's share of ours."""

    def ratios(self) -> list[float]:
        """Return theirs / ours, which is the floor's share of our time, or how many times we are faster."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    def shown(self) -> tuple[str, bool]:
        """Return a line of the table, and whether the target is met by the median."""
        ratios = self.ratios()
        median = statistics.median(ratios)
        unit = "×" if self.faster else ""
        spread = f"{median:.2f}{unit} ({min(ratios):.2f}–{max(ratios):.2f})"
        ours, theirs = (f"{statistics.median(times) * 1e6:.2f} µs" for times in (self.ours, self.theirs))
        met = median >= self.target
        target = f"{self.target:g}{unit} {'met' if met else 'MISSED'}" if self.target else "–"
        return f"| {self.name} | {ours} | {theirs} | {spread} | {target} |", met


def each(work: Callable[[], object], times: int) -> float:
    """Return the seconds that one call takes, over many."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def fields(vault: Vault, rounds: int, times: int) -> list[Row]:
    """Measure one field, hot and cold, against bare AES-GCM and the peers."""
    field = vault.field("app.accounts.email")
    sealed = field.seal("account:7", VALUE)
    bare = AESGCM(os.urandom(32))
    nonce = os.urandom(12)
    stored = nonce + bare.encrypt(nonce, VALUE, None)
    hot_seal = Row(name="hot seal / bare AESGCM", ours=[], theirs=[], target=0.5)
    hot_open = Row(name="hot open / bare AESGCM", ours=[], theirs=[], target=0.5)
    cold = Row(name="cold unwrap and seal / bare", ours=[], theirs=[], target=0.3)
    fast_seal = Row(name="seal / aws-encryption-sdk", ours=[], theirs=[], target=20, faster=True)
    fast_open = Row(name="open / aws-encryption-sdk", ours=[], theirs=[], target=20, faster=True)
    tink_both = Row(name="seal and open / Tink, one keyset", ours=[], theirs=[], target=0, faster=True)
    ours_cold, bare_cold = cold_ways(vault)
    peer = start_peers()
    for _ in range(rounds):
        floor = each(lambda: sealed_bare(bare), times)
        hot_seal.theirs.append(floor)
        hot_seal.ours.append(each(lambda: field.seal("account:7", VALUE), times))
        hot_open.theirs.append(each(lambda: bare.decrypt(stored[:12], stored[12:], None), times))
        hot_open.ours.append(each(lambda: field.open("account:7", sealed), times))
        cold.theirs.append(each(bare_cold, times // 5))
        cold.ours.append(each(ours_cold, times // 5))
        if peer and peer.stdin and peer.stdout:
            seal, unseal = ask_peer(peer.stdin, peer.stdout, "aws")
            fast_seal.ours.append(hot_seal.ours[-1])
            fast_seal.theirs.append(seal)
            fast_open.ours.append(hot_open.ours[-1])
            fast_open.theirs.append(unseal)
            tink_both.ours.append(hot_seal.ours[-1] + hot_open.ours[-1])
            tink_both.theirs.append(sum(ask_peer(peer.stdin, peer.stdout, "tink")))
    if peer:
        peer.communicate()
    return [hot_seal, hot_open, cold, *([fast_seal, fast_open, tink_both] if peer else [])]


def sealed_bare(bare: AESGCM) -> bytes:
    """Seal the value with a new nonce, and keep the nonce in front."""
    nonce = os.urandom(12)
    return nonce + bare.encrypt(nonce, VALUE, None)


def cold_ways(vault: Vault) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return our way and the bare way from a wrapped key to a sealed value; the keys database is left out of both."""
    with vault.database.reading() as connection:
        kek = vault.ring.active(connection)
    secret = Secret.random()
    key = PersonKey(secret, "account:1")
    about = about_key(vault.installation, key.id, vault.people.tag("account:1"))
    (wrapped,) = vault.ring.wrap(kek, [secret], [about])
    provider = vault.ring.provider(kek.provider)
    field = vault.field("app.accounts.email")
    outer, raw = AESGCM(os.urandom(32)), os.urandom(32)
    nonce = os.urandom(12)
    stored = nonce + outer.encrypt(nonce, raw, about)

    def ours() -> bytes:
        (unwrapped,) = provider.unwrap(kek.reference, [wrapped], [about])
        return field.seal_with(PersonKey(unwrapped, "account:1"), VALUE)

    def bare() -> bytes:
        return sealed_bare(AESGCM(outer.decrypt(stored[:12], stored[12:], about)))

    assert len(ours()) == HEAD + len(VALUE) + 28
    assert BODY == HEAD + 12
    return ours, bare


def start_peers() -> subprocess.Popen[str] | None:
    """Install the peers in an environment of their own and start them; return None where that cannot be done."""
    python = PEERS / "bin" / "python"
    try:
        if not python.exists():
            venv.create(PEERS, with_pip=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *REQUIRES], check=True)
        return subprocess.Popen(
            [str(python), "-W", "ignore", "-c", PEER_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"\nThe peers could not be installed ({type(error).__name__}); fields are shown without them.")
        return None


def ask_peer(into: IO[str], out: IO[str], which: str) -> tuple[float, float]:
    """Return a peer's seconds for sealing and for opening."""
    into.write(which + "\n")
    into.flush()
    seal, unseal = map(float, out.readline().split())
    return seal, unseal


def files(vault: Vault, folder: Path, size: int, rounds: int) -> list[Row]:
    """Measure a file of `size` bytes, on disk and in memory, in seconds of CPU a mebibyte."""
    place = vault.files("app.files.content")
    source, target, again = folder / "plain", folder / "sealed", folder / "opened"
    with source.open("wb") as out:
        for _ in range(size // 2**20):
            out.write(os.urandom(2**20))
    bare = AESGCM(os.urandom(32))
    disk_seal = Row(name="file on disk, seal / bare AES-GCM", ours=[], theirs=[], target=0.5)
    disk_open = Row(name="file on disk, open / bare AES-GCM", ours=[], theirs=[], target=0.5)
    memory = Row(name="stream in memory, seal / bare AES-GCM", ours=[], theirs=[], target=0.5)
    chunk = os.urandom(2**20)
    for _ in range(rounds):
        disk_seal.theirs.append(cpu(lambda: copied(source, folder / "bare", lambda some: sealed_chunk(bare, some)), size))
        disk_seal.ours.append(cpu(lambda: place.seal("account:7", source, target), size))
        disk_open.theirs.append(
            cpu(lambda: copied(folder / "bare", again, lambda some: bare.decrypt(some[:12], some[12:], None), 2**20 + 28), size)
        )
        disk_open.ours.append(cpu(lambda: place.open("account:7", target, again), size))
        memory.theirs.append(cpu(lambda: [sealed_chunk(bare, chunk) for _ in range(size // 2**20)], size))
        memory.ours.append(cpu(lambda: streamed(vault, chunk, size // 2**20), size))
    return [disk_seal, disk_open, memory]


def cpu(work: Callable[[], object], size: int) -> float:
    """Return the seconds of CPU a mebibyte."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / (size / 2**20)


def sealed_chunk(bare: AESGCM, some: bytes) -> bytes:
    """Seal a chunk with a new nonce in front."""
    nonce = os.urandom(12)
    return nonce + bare.encrypt(nonce, some, None)


def copied(source: Path, target: Path, change: Callable[[bytes], bytes], chunk: int = 2**20) -> None:
    """Copy a file chunk by chunk through `change`, durably."""
    with source.open("rb") as read, target.open("wb") as out:
        while some := read.read(chunk):
            out.write(change(some))
        out.flush()
        os.fsync(out.fileno())


class Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, some: object, /) -> int:
        """Drop the bytes."""
        return len(some)  # type: ignore[arg-type]  # bytes have a length


def streamed(vault: Vault, chunk: bytes, times: int) -> None:
    """Seal a stream into nowhere."""
    with vault.files("app.files.content").writer("account:7", cast("BinaryIO", Nowhere())) as into:
        for _ in range(times):
            into.write(chunk)


def keys(vault: Vault, people: int) -> bool:
    """Make keys, rotate, and destroy ten thousand; print, and return whether the targets are met."""
    began = time.process_time()
    for at in range(0, people, 20_000):
        vault.people.make([f"account:{number}" for number in range(at, min(people, at + 20_000))])
    made = time.process_time() - began
    began, wall = time.process_time(), time.perf_counter()
    rotated = rotate(vault, "file")
    turned, turned_wall = time.process_time() - began, time.perf_counter() - wall
    began = time.perf_counter()
    gone = destroy(vault, [f"account:{number}" for number in range(10_000)])
    destroyed = time.perf_counter() - began
    million = turned / rotated.keys * 1e6
    print(f"\n**Keys of {people:,} people**, SQLite\n\n| | |\n| --- | --- |")
    print(f"| making them, CPU | {made:.1f} s, {made / people * 1e6:.0f} µs a key |")
    print(
        f"| re-wrapping {rotated.keys:,}, CPU (wall) | {turned:.1f} s ({turned_wall:.1f} s); {million:.1f} s a million; under 60 s "
        f"{'met' if million < 60 else 'MISSED'} |"
    )
    print(f"| destroying {gone.keys:,}, wall | {destroyed:.2f} s; under 1 s {'met' if destroyed < 1 else 'MISSED'} |")
    return million < 60 and destroyed < 1


def memory(vault: Vault, people: int) -> None:
    """Print what a key in memory takes, by the pages the process holds before and after (Linux); the first thing that is done."""
    before = resident()
    field = vault.field("app.accounts.email")
    for number in range(people):
        field.seal(f"account:{20_000 + number}", VALUE)
    held = len(vault.cache)
    more = resident() - before
    print(
        f"**Memory**: {held:,} keys are held (the limit: {vault.cache.most:,}) after {people:,} people: "
        f"{more / 2**20:.0f} MB more, {more / held:,.0f} bytes a key."
    )


def resident() -> int:
    """Return the bytes of memory that the process holds now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def show(title: str, rows: Sequence[Row]) -> bool:
    """Print a table and return whether every target is met."""
    print(f"\n**{title}**\n\n| | ours | the other | ratio, median (min–max) | target |\n| --- | --- | --- | --- | --- |")
    shown = [row.shown() for row in rows]
    for line, _ in shown:
        print(line)
    return all(met for _, met in shown)


def main() -> None:
    """Measure and print; say at the end whether the targets are met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="a million people and a file of 5 GiB")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kept.toml").write_text('[company]\nname = "B"\ncontact = "b@example.org"\n[stores.app]\nurl = "env:APP"\n')
        make_vault(folder)
        vault = open_vault(folder)
        memory(vault, 15_000)
        met = [show("Fields of 100 bytes, a key per person", fields(vault, 9 if full else 5, 40_000 if full else 20_000))]
        size = 5 * 2**30 if full else 64 * 2**20
        met.append(show(f"A file of {size // 2**20:,} MiB, CPU a mebibyte", files(vault, folder, size, 3)))
        met.append(keys(vault, 1_000_000 if full else 50_000))
        vault.close()
    print(f"\nPeak memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.")
    print("Targets: " + ("met" if all(met) else "MISSED"))


if __name__ == "__main__":
    main()
