from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError

from kept.ledger.hashing import EMPTY_ROOT, TILE_WIDTH, CompactRange, fold, leaf_hash, node_hash
from kept.ledger.proofs import (
    Tree,
    consistency_proof,
    inclusion_proof,
    inclusion_proofs,
    root_at,
    tile_nodes,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(1400)]
TREE = Tree(LEAVES)
sizes = st.integers(1, len(LEAVES))


def reference_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word by word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(reference_root(leaves[:split]), reference_root(leaves[split:]))


@given(st.integers(0, len(LEAVES)))
def test_every_way_to_a_root_gives_the_root_of_the_definition(size: int) -> None:
    edge = CompactRange()
    edge.extend(LEAVES[:size])
    assert edge.root() == root_at(size, TREE.node) == fold(LEAVES[:size]) == reference_root(LEAVES[:size])


@given(st.lists(st.integers(0, 300), max_size=6))
def test_a_range_grown_in_pieces_and_taken_up_again_is_the_same(pieces: list[int]) -> None:
    edge, at, tiles = CompactRange(), 0, []
    for piece in pieces:
        tiles += edge.extend(LEAVES[at : at + piece])
        at = min(at + piece, len(LEAVES))
        edge = CompactRange(edge.size, edge.edge)
    whole = CompactRange()
    assert tiles == whole.extend(LEAVES[:at])
    assert edge.root() == whole.root()
    assert [(tile.level, tile.index) for tile in tiles] == [(1, index) for index in range(at // TILE_WIDTH)]
    assert all(tile.hash == fold(LEAVES[tile.index * TILE_WIDTH : (tile.index + 1) * TILE_WIDTH]) for tile in tiles)


def test_a_tile_of_tiles_is_hashed_too() -> None:
    edge = CompactRange()
    full = edge.extend(LEAVES[0] for _ in range(TILE_WIDTH * TILE_WIDTH))
    assert [tile.level for tile in full][-2:] == [1, 2]
    assert full[-1].hash == edge.root()


@given(sizes, st.data())
def test_every_leaf_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, path = root_at(size, TREE.node), inclusion_proof(index, size, TREE.node)
    assert verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=path, root=root)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index)) if size > 1 else size
    assert not verify_inclusion(index=other, size=size, leaf=LEAVES[index], path=path, root=root)
    assert not verify_inclusion(index=index, size=size, leaf=leaf_hash(b"forged"), path=path, root=root)
    assert not verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=[*path, root], root=root)
    assert not path or not verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=path[:-1], root=root)


@given(sizes, st.data())
def test_neighbours_are_proven_together_as_each_is_alone(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, min(size, first + 40)))
    alone = [inclusion_proof(index, size, TREE.node) for index in range(first, end)]
    assert list(inclusion_proofs(first, end, size, TREE.node)) == alone


@pytest.mark.parametrize(("first", "end"), [(-1, 3), (4, 3), (3, 9)])
def test_leaves_that_are_not_there_are_not_proven(first: int, end: int) -> None:
    with pytest.raises(ValueError, match="no leaves"):
        list(inclusion_proofs(first, end, 8, TREE.node))


@given(st.integers(0, len(LEAVES)), st.data())
def test_every_earlier_tree_is_proven_and_no_other(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    old_root, new_root, path = root_at(old, TREE.node), root_at(new, TREE.node), consistency_proof(old, new, TREE.node)
    assert verify_consistency(old=old, new=new, path=path, old_root=old_root, new_root=new_root)
    forged = leaf_hash(b"forged")
    assert not verify_consistency(old=old, new=new, path=path, old_root=forged, new_root=new_root)
    assert not verify_consistency(old=old, new=new, path=[*path, forged], old_root=old_root, new_root=new_root)
    if 0 < old < new:
        assert not verify_consistency(old=old, new=new, path=path, old_root=old_root, new_root=forged)
        assert not verify_consistency(old=old, new=new, path=path[:-1], old_root=old_root, new_root=new_root)
        assert not verify_consistency(old=new, new=old, path=path, old_root=old_root, new_root=new_root)


@given(sizes, st.data())
def test_proofs_from_stored_tiles_are_those_from_memory(size: int, data: st.DataObject) -> None:
    edge = CompactRange()
    upper = [tile.hash for tile in edge.extend(LEAVES[:size])]
    levels = [LEAVES[:size], upper]
    node = tile_nodes(lambda level, index: levels[level][index * TILE_WIDTH : (index + 1) * TILE_WIDTH])
    index = data.draw(st.integers(0, size - 1))
    assert inclusion_proof(index, size, node) == inclusion_proof(index, size, TREE.node)
    assert consistency_proof(index, size, node) == consistency_proof(index, size, TREE.node)


def test_a_proof_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(8, 8, TREE.node)
    with pytest.raises(ValueError, match="cannot hold"):
        consistency_proof(9, 8, TREE.node)
    assert not verify_inclusion(index=8, size=8, leaf=LEAVES[0], path=[], root=LEAVES[0])


@pytest.mark.parametrize(("size", "edge"), [(3, [b"x" * 32]), (1, [b"short"]), (0, [b"x" * 32])])
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, edge: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at its edge"):
        CompactRange(size, edge)


def rekor_entry(body: bytes, index: int, size: int) -> Any:
    """A log entry in the shape sigstore's verifier reads; only the proof is looked at."""
    proof = SimpleNamespace(
        log_index=index, tree_size=size, root_hash=root_at(size, TREE.node), hashes=inclusion_proof(index, size, TREE.node)
    )
    return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=body))


@given(sizes, st.data())
def test_our_proofs_hold_under_sigstores_verifier(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    verify_merkle_inclusion(rekor_entry(str(index).encode(), index, size))
    with pytest.raises(VerificationError):
        verify_merkle_inclusion(rekor_entry(b"forged", index, size))
