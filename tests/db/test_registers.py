"""The log in the database, changed by hand in every way, and what Kept says about it."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kept.base.changes import DeleteRows
from kept.base.conditions import Everything
from kept.base.errors import Refused
from kept.base.names import Table
from kept.base.ports import Connector, Selection
from kept.base.questions import CheckLedger, CountRows, LedgerState, ReadSchema
from kept.base.verdicts import Unknown
from kept.db import access, actions, keys, log
from kept.db.registers import Registers
from kept.ledger import Entry, verify_folder
from kept.ledger.checkpoints import Checkpoint
from kept.ledger.hashing import EMPTY_ROOT, CompactRange, leaf_hash
from kept.ledger.proofs import verify_inclusion

from .test_actions import AT
from .test_sequence import body, state

EVENTS = Table(store="kept", name="run")


def sql(statement: str, values: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def log_of_600(folder: Path) -> None:
    actions.append_group([body(number) for number in range(300)])
    actions.append_group([body(number) for number in range(300, 600)])


def test_an_empty_ledger_is_intact(folder: Path) -> None:
    assert state() == LedgerState(size=0, root=EMPTY_ROOT.hex())


@pytest.mark.usefixtures("log_of_600")
def test_an_untouched_ledger_is_intact() -> None:
    found = state()
    edge = CompactRange()
    edge.extend(leaf_hash(body(number)) for number in range(600))
    assert (found.size, found.root, found.faults) == (600, edge.root().hex(), ())


@pytest.mark.usefixtures("log_of_600")
@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ('UPDATE kept_ledgerentry SET body = leaf WHERE "index" = 17', ("entry 17 was changed",)),
        ('DELETE FROM kept_ledgerentry WHERE "index" = 17', ("entry 17 is missing",)),
        ('DELETE FROM kept_ledgerentry WHERE "index" BETWEEN 17 AND 20', ("entries 17 to 20 are missing",)),
        ('DELETE FROM kept_ledgerentry WHERE "index" >= 590', ("the ledger ends after 590 entries, and 600 were signed",)),
        ("DELETE FROM kept_ledgernode", ("entries 0 to 255 do not hash to what was stored for them",)),
        ("DELETE FROM kept_ledgerentry", ("the ledger ends after 0 entries, and 600 were signed",)),
        ("DELETE FROM kept_checkpoint", ("there are entries and no signed checkpoint",)),
        ("DELETE FROM kept_checkpoint WHERE size = 600", ("300 entries stand behind the 300 that were signed",)),
        ("UPDATE kept_checkpoint SET edge = root WHERE size = 600", ("the 600 entries do not hash to the signed root",)),
        ("UPDATE kept_checkpoint SET root = edge WHERE size = 600", ("the newest checkpoint does not say what was signed",)),
    ],
)
def test_every_change_by_hand_is_told(change: str, faults: tuple[str, ...]) -> None:
    sql(change)
    assert state().faults[: len(faults)] == faults


@pytest.mark.usefixtures("log_of_600")
def test_two_entries_that_changed_places_are_told() -> None:
    for entry in (3, 4):
        sql(
            'UPDATE kept_ledgerentry SET body = %s, leaf = %s WHERE "index" = %s',
            [body(7 - entry), leaf_hash(body(7 - entry)), entry],
        )
    assert state().faults == ("entries 0 to 255 do not hash to what was stored for them",)


@pytest.mark.usefixtures("log_of_600")
def test_an_entry_rewritten_behind_the_last_full_tile_is_told() -> None:
    sql('UPDATE kept_ledgerentry SET body = %s, leaf = %s WHERE "index" = 599', [body(1), leaf_hash(body(1))])
    assert state().faults == ("the 600 entries do not hash to the signed root",)


@pytest.mark.usefixtures("log_of_600")
def test_a_checkpoint_by_another_hand_is_told() -> None:
    sql("UPDATE kept_checkpoint SET note = replace(note, '— ', '— x')")
    assert "not signed by this ledger's key" in state().faults[0]


def rewrite_and_sign(count: int) -> None:
    """What somebody with the database and the key can do: another past, hashed and signed anew."""
    bodies = [b"forged", *[body(number) for number in range(1, count)]]
    edge = CompactRange()
    leaves = [leaf_hash(one) for one in bodies]
    nodes = edge.extend(leaves)
    note = Checkpoint(origin=keys.current().signer.verifier.name, size=count, root=edge.root()).signed(keys.current().signer)
    sql('DELETE FROM kept_ledgerentry WHERE "index" >= %s', [count])
    sql("DELETE FROM kept_checkpoint WHERE size <> 600")
    sql('UPDATE kept_ledgerentry SET body = %s, leaf = %s WHERE "index" = 0', [bodies[0], leaves[0]])
    for tile in nodes:
        sql('UPDATE kept_ledgernode SET hash = %s WHERE level = %s AND "index" = %s', [tile.hash, tile.level, tile.index])
    values = [count, edge.root(), b"".join(edge.edge), note]
    sql("UPDATE kept_checkpoint SET size = %s, root = %s, edge = %s, note = %s", values)


@pytest.mark.usefixtures("log_of_600")
def test_a_past_signed_anew_is_told_once_it_had_been_seen() -> None:
    rewrite_and_sign(600)
    assert state().faults == ()  # nothing outside the database knew better


@pytest.mark.usefixtures("log_of_600")
@pytest.mark.parametrize(
    ("count", "fault"), [(600, "first 600 entries are not those that were last seen"), (599, "was cut: it had 600 entries")]
)
def test_a_past_signed_anew_is_told_by_the_witness(count: int, fault: str) -> None:
    assert state().faults == ()
    rewrite_and_sign(count)
    assert fault in state().faults[0]


@pytest.mark.usefixtures("log_of_600")
def test_a_flood_of_faults_is_cut_short() -> None:
    sql("UPDATE kept_ledgerentry SET body = leaf")
    assert len(state().faults) <= 5000
    assert state().faults[0] == "entry 0 was changed"


@pytest.mark.usefixtures("log_of_600")
def test_an_entry_can_be_proven() -> None:
    proof = access.proof_of(421)
    newest = Checkpoint.open(proof.checkpoint, keys.current().signer.verifier)
    assert json.loads(proof.body)["facts"] == {"number": 421}
    assert verify_inclusion(index=421, size=proof.size, leaf=leaf_hash(proof.body), path=proof.path, root=newest.root)
    with pytest.raises(Refused, match="no entry 600"):
        access.proof_of(600)


@pytest.mark.usefixtures("log_of_600")
def test_rows_are_read_from_any_place_on() -> None:
    assert [row.index for some in log.rows(595) for row in some] == [595, 596, 597, 598, 599]


@pytest.mark.usefixtures("folder")
def test_other_questions_are_unknown_and_changes_refused() -> None:
    registers: Connector = Registers()
    questions = (ReadSchema(of="kept"), CountRows(table=EVENTS))
    answers = registers.answer(questions)
    assert all(isinstance(answers.of(question), Unknown) for question in questions)
    change = DeleteRows(table=EVENTS, where=Everything(), rows=0)
    assert isinstance(registers.preview(change), Unknown)
    with pytest.raises(Refused, match="by Kept's actions only"):
        registers.perform(change)
    with pytest.raises(Refused, match="nothing of a person"):
        registers.read(Selection(table=EVENTS, columns=("id",), where=Everything()))
    registers.close()
    assert registers.store == "kept"


@pytest.mark.usefixtures("log_of_600")
def test_a_ledger_that_cannot_be_read_is_unknown() -> None:
    sql("ALTER TABLE kept_ledgerentry RENAME TO elsewhere")
    answer = Registers().answer([CheckLedger()]).of(CheckLedger())
    assert isinstance(answer, Unknown)
    assert "Kept's own database" in answer.reason


def test_memory_does_not_grow_with_the_log(folder: Path, tmp_path: Path) -> None:
    """Reading, exporting and verifying 30,000 entries of some 300 bytes holds a few thousand of them at a time."""
    facts = {"digests": ["ab" * 32] * 3}
    bodies = [Entry(kind="test", at=AT, actor="cli", facts={**facts, "number": number}).body() for number in range(30_000)]
    for first in range(0, len(bodies), 10_000):
        actions.append_group(bodies[first : first + 10_000])
    whole = sum(map(len, bodies))
    del bodies
    for work in (state, lambda: actions.export_ledger(tmp_path / "out"), lambda: verify_folder(tmp_path / "out")):
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < whole / 2, work
