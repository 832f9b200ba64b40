"""Every way in which somebody could change an exported log, done to a real folder, and caught."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.base.errors import Refused, TamperedLedger
from kept.ledger import Checkpoint, Entry, Signer, VerifiedLedger, verify_folder
from kept.ledger.export import Exported, export_folder
from kept.ledger.hashing import TILE_WIDTH, CompactRange, leaf_hash
from kept.ledger.tiles import bundle, split_bundle

SIGNER = Signer.generate("kept.example/log")
KEY = str(SIGNER.verifier)
START = datetime(2026, 3, 1, tzinfo=UTC)
BODIES = [
    Entry(kind="run.recorded", at=START + timedelta(seconds=number), actor="cli", facts={"number": number}).body()
    for number in range(TILE_WIDTH * 3)
]


class Log:
    """A log in memory, and its signed checkpoint."""

    def __init__(self, bodies: list[bytes], signer: Signer = SIGNER, origin: str | None = None) -> None:
        self.bodies = bodies
        self.edge = CompactRange()
        self.levels = [[leaf_hash(body) for body in bodies], [], []]
        for tile in self.edge.extend(self.levels[0]):
            self.levels[tile.level].append(tile.hash)
        self.signer = signer
        self.note = Checkpoint(origin=origin or signer.verifier.name, size=len(bodies), root=self.edge.root()).signed(signer)

    def hashes(self, level: int, index: int) -> list[bytes]:
        return self.levels[level][index * TILE_WIDTH : (index + 1) * TILE_WIDTH]

    def export(self, folder: Path) -> Exported:
        return export_folder(
            folder,
            note=self.note,
            verifier=self.signer.verifier,
            bodies=lambda first, count: self.bodies[first : first + count],
            hashes=self.hashes,
        )


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    Log(BODIES[:600]).export(folder)
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "log"))


def test_an_export_checks_from_the_folder_alone(folder: Path) -> None:
    checked = verify_folder(folder, KEY)
    assert checked == VerifiedLedger(
        origin="kept.example/log",
        size=600,
        root=Log(BODIES[:600]).edge.root().hex(),
        signed_at=START + timedelta(seconds=599),
        checkpoint=(folder / "checkpoint").read_text(),
        key_was_given=True,
    )
    assert not verify_folder(folder).key_was_given


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=4).map(sorted))
def test_an_export_grows_and_stays_true_at_every_size(tmp_path: Path, sizes: list[int]) -> None:
    folder = tmp_path / "growing"
    shutil.rmtree(folder, ignore_errors=True)
    kept: str | None = None
    for size in sizes:
        Log(BODIES[:size]).export(folder)
        kept = verify_folder(folder, KEY, previous_checkpoint=kept).checkpoint
    fresh = tmp_path / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    Log(BODIES[: sizes[-1]]).export(fresh)
    assert files(folder) == files(fresh)
    assert Log(BODIES[: sizes[-1]]).export(folder).files == 0


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewrite(folder: Path, path: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    (folder / path).write_bytes(bundle(change(split_bundle((folder / path).read_bytes()))))


def test_an_edited_entry_is_named(folder: Path) -> None:
    rewrite(folder, "tile/entries/001", lambda bodies: [*bodies[:5], bodies[5].replace(b"261", b"999"), *bodies[6:]])
    with pytest.raises(TamperedLedger, match="Entry 261 "):
        verify_folder(folder, KEY)


def test_a_removed_entry_is_caught(folder: Path) -> None:
    rewrite(folder, "tile/entries/001", lambda bodies: bodies[:5] + bodies[6:])
    with pytest.raises(TamperedLedger, match="tile/entries/001 holds 255 entries where 256"):
        verify_folder(folder, KEY)


def test_reordered_entries_are_caught_at_the_first(folder: Path) -> None:
    rewrite(folder, "tile/entries/000", lambda bodies: [*bodies[:9], bodies[10], bodies[9], *bodies[11:]])
    with pytest.raises(TamperedLedger, match="Entry 9 "):
        verify_folder(folder, KEY)


def test_a_cut_file_is_caught(folder: Path) -> None:
    path = folder / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(TamperedLedger, match=r"tile/entries/002\.p/88 is cut"):
        verify_folder(folder, KEY)


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/002.p/88", "tile/0/001", "tile/1/000.p/2"])
def test_a_missing_file_is_named(folder: Path, path: str) -> None:
    (folder / path).unlink()
    with pytest.raises(TamperedLedger, match=f"{path} is missing"):
        verify_folder(folder, KEY)


def test_a_tile_rewritten_with_its_entries_is_caught_by_the_tile_above(folder: Path) -> None:
    forged = [*BODIES[:300], b"forged", *BODIES[301:600]]
    rewrite(folder, "tile/entries/001", lambda bodies: forged[256:512])
    (folder / "tile/0/001").write_bytes(b"".join(Log(forged).hashes(0, 1)))
    with pytest.raises(TamperedLedger, match="tile/0/001 does not hash to what tile/1/000"):
        verify_folder(folder, KEY)


def test_a_whole_log_rewritten_under_the_old_checkpoint_is_caught(folder: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged"
    Log([*BODIES[:300], b"forged", *BODIES[301:600]]).export(forged)
    shutil.copy(folder / "checkpoint", forged / "checkpoint")
    with pytest.raises(TamperedLedger, match="do not hash to the signed root"):
        verify_folder(forged, KEY)


def test_a_whole_log_rewritten_and_signed_again_is_caught_by_a_kept_checkpoint(folder: Path, tmp_path: Path) -> None:
    kept = verify_folder(folder, KEY).checkpoint
    for size in (600, 601, 700):
        forged = tmp_path / f"forged{size}"
        Log([*BODIES[:300], b"forged", *BODIES[301:size]]).export(forged)
        assert verify_folder(forged, KEY).size == size
        with pytest.raises(TamperedLedger, match="first 600 entries are not those"):
            verify_folder(forged, KEY, previous_checkpoint=kept)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 512, 599])
def test_a_shorter_log_that_agrees_with_itself_is_caught_by_a_kept_checkpoint(folder: Path, tmp_path: Path, size: int) -> None:
    kept = verify_folder(folder, KEY).checkpoint
    Log(BODIES[:size]).export(tmp_path / "shorter")
    assert verify_folder(tmp_path / "shorter", KEY).size == size
    with pytest.raises(TamperedLedger, match=f"cut: it had 600 entries .* has {size} now"):
        verify_folder(tmp_path / "shorter", KEY, previous_checkpoint=kept)


def test_a_checkpoint_of_an_empty_log_is_kept_by_every_log(folder: Path) -> None:
    assert verify_folder(folder, KEY, previous_checkpoint=Log([]).note).size == 600


def test_a_forged_signature_is_caught(folder: Path) -> None:
    note = (folder / "checkpoint").read_text()
    head, _, encoded = note.strip().rpartition(" ")
    signature = bytearray(base64.b64decode(encoded))
    signature[-1] ^= 1
    (folder / "checkpoint").write_text(f"{head} {base64.b64encode(signature).decode()}\n")
    with pytest.raises(TamperedLedger, match=r"signature of kept\.example/log is false"):
        verify_folder(folder, KEY)


def test_another_signer_is_caught_where_the_key_is_known(tmp_path: Path) -> None:
    Log(BODIES[:10], Signer.generate("kept.example/log")).export(tmp_path)
    assert verify_folder(tmp_path).size == 10
    with pytest.raises(TamperedLedger, match=r"no signature of kept\.example/log"):
        verify_folder(tmp_path, KEY)


def test_a_wrong_origin_is_caught(tmp_path: Path) -> None:
    Log(BODIES[:10], origin="kept.example/other").export(tmp_path)
    with pytest.raises(TamperedLedger, match="another ledger"):
        verify_folder(tmp_path, KEY)


def test_what_is_no_export_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not an exported ledger"):
        verify_folder(tmp_path / "nothing", KEY)
    with pytest.raises(Refused, match="verifier key"):
        verify_folder(folder, "kept.example/log+00000000+AAAA")


@given(st.data())
def test_one_changed_byte_anywhere_is_caught(exported: Path, data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(sorted(path for path in exported.rglob("*") if path.is_file() and path.name != "verifier-key"))
    )
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    try:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(TamperedLedger):
            verify_folder(exported, KEY)
    finally:
        path.write_bytes(whole)


def test_an_export_refuses_the_folder_of_another_log(folder: Path) -> None:
    with pytest.raises(Refused, match="did not sign"):
        Log(BODIES[:700], Signer.generate("kept.example/log")).export(folder)


@pytest.mark.parametrize(
    ("bodies", "match"), [(BODIES[:599], "only 599"), ([b"forged", *BODIES[1:700]], "first 600 entries are no longer")]
)
def test_an_export_refuses_to_paper_over_a_rewritten_log(folder: Path, bodies: list[bytes], match: str) -> None:
    before = files(folder)
    with pytest.raises(TamperedLedger, match=match):
        Log(bodies).export(folder)
    assert files(folder) == before


def test_a_killed_export_leaves_the_folder_as_it_was(folder: Path) -> None:
    longer = Log(BODIES[:768])
    with pytest.raises(ZeroDivisionError):
        export_folder(
            folder,
            note=longer.note,
            verifier=SIGNER.verifier,
            bodies=lambda first, count: longer.bodies[first : first + count],
            hashes=lambda level, index: longer.hashes(level, index) if (level, index) != (0, 2) else [b"" * (1 // 0)],
        )
    assert verify_folder(folder, KEY).size == 600
    longer.export(folder)
    assert verify_folder(folder, KEY).size == 768
