"""Published vectors. Beside each stands where it comes from."""

from __future__ import annotations

import pytest

from kept.ledger.checkpoints import Checkpoint
from kept.ledger.hashing import EMPTY_ROOT, CompactRange, leaf_hash
from kept.ledger.notes import NoteError, Signer, Verifier, open_note
from kept.ledger.proofs import Tree, consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion
from kept.ledger.tiles import Tile, tiles_of

# Certificate Transparency's reference tree of eight leaves (google/certificate-transparency, merkletree/merkle_tree_test.cc; the
# same vectors stand in transparency-dev/merkle). The tree is RFC 6962's.
LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (2, 8, [B, C]),
    (6, 8, [F, E, ROOTS[4]]),
    (2, 5, [B, D]),
]


def unhex(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_the_roots_of_the_reference_tree() -> None:
    tree = Tree(LEAVES)
    assert bytes.fromhex(ROOTS[0]) == EMPTY_ROOT
    for size, root in enumerate(ROOTS):
        edge = CompactRange()
        edge.extend(LEAVES[:size])
        assert edge.root().hex() == root
        assert root_at(size, tree.node).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_inclusion_proofs_of_the_reference_tree(index: int, size: int, path: list[str]) -> None:
    assert [part.hex() for part in inclusion_proof(index, size, Tree(LEAVES).node)] == path
    assert verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=unhex(path), root=bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_the_consistency_proofs_of_the_reference_tree(old: int, new: int, path: list[str]) -> None:
    old_root, new_root = unhex([ROOTS[old], ROOTS[new]])
    assert [part.hex() for part in consistency_proof(old, new, Tree(LEAVES).node)] == path
    assert verify_consistency(old=old, new=new, path=unhex(path), old_root=old_root, new_root=new_root)


# golang.org/x/mod, sumdb/note, note_test.go and the package's documentation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
FALSE_SIGNATURE = SIGNATURE.replace("RyyBwJnAM=", "RyyBwJnBM=")


def test_gos_example_note_opens_and_is_signed_alike() -> None:
    verifier = Verifier.parse(PETER)
    assert open_note(f"{TEXT}\n{SIGNATURE}", verifier) == TEXT
    signer = Signer.parse(PETERS_SECRET)
    assert signer.sign(TEXT) == f"{TEXT}\n{SIGNATURE}"
    assert (signer.reveal(), str(signer.verifier)) == (PETERS_SECRET, PETER)


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{SIGNATURE[:-1]}",
        f"\x01{TEXT}\n{SIGNATURE}",
        f"{TEXT}\n{SIGNATURE.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{SIGNATURE}Unexpected line.\n",
        f"{TEXT}\n{FALSE_SIGNATURE}{SIGNATURE}",
        f"{TEXT}\n{SIGNATURE * 101}",
    ],
)
def test_gos_bad_notes_are_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, Verifier.parse(PETER))


def test_gos_repeated_signatures_are_read_as_go_reads_them() -> None:
    assert open_note(f"{TEXT}\n{SIGNATURE}{FALSE_SIGNATURE}", Verifier.parse(PETER)) == TEXT
    assert open_note(f"{TEXT}\n{SIGNATURE * 100}", Verifier.parse(PETER)) == TEXT


def test_every_piece_and_every_slip_of_gos_key_is_refused() -> None:
    for first in range(len(PETER)):
        for end in range(first + 1, len(PETER) + 1):
            if (first, end) != (0, len(PETER)):
                with pytest.raises(NoteError):
                    Verifier.parse(PETER[first:end])
    for place, letter in enumerate(PETER):
        with pytest.raises(NoteError):
            Verifier.parse(PETER[:place] + chr(ord(letter) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "key",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # wrong length, hash adjusted
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown algorithm, hash adjusted
    ],
)
def test_gos_bad_verifier_keys_are_refused(key: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(key)


# The example of C2SP's published signed_note package (hex.pm/packages/signed_note 1.0.0).
def test_a_c2sp_example_note_opens() -> None:
    verifier = Verifier.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    signature = "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    assert open_note(f"This is an example message.\n\n{signature}", verifier) == "This is an example message.\n"


# A real checkpoint of Go's checksum database, with its published key (transparency-dev/formats, log/checkpoint_test.go).
def test_a_checkpoint_of_gos_checksum_database_opens() -> None:
    verifier = Verifier.parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    note = (
        "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
        "— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n"
    )
    checkpoint = Checkpoint.open(note, verifier)
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 6476701)
    with pytest.raises(NoteError, match="false"):
        Checkpoint.open(note.replace("6476701", "6476702"), verifier)


# The example in C2SP tlog-checkpoint.
def test_the_text_of_c2sps_example_checkpoint_survives_reading_and_writing() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert Checkpoint.parse(text).text() == text


# The examples in C2SP tlog-tiles: the path of index 1234067, and the tiles of logs of 70,000 and of 256 entries.
def test_c2sps_example_tiles() -> None:
    assert Tile(level=0, index=1234067).path == "tile/0/x001/x234/067"
    widths = {level: [tile.width for tile in tiles_of(70_000, level)] for level in range(4)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}
    assert [tile.path for tile in tiles_of(256, 1)] == ["tile/1/000.p/1"]
