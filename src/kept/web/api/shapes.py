"""What programs read: the shapes of the answers of /api/v1."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from ninja import Schema
from pydantic import Field

from kept.base.verdicts import Mark

__all__ = [
    "REF",
    "Ref",
    "Checkpoint",
    "Clause",
    "ClauseChanged",
    "Comparison",
    "Edition",
    "EditionHead",
    "Entry",
    "Finding",
    "HoldPlaced",
    "InclusionProof",
    "Job",
    "MapOfStores",
    "MarkOfClause",
    "MarkedPolicy",
    "Obligation",
    "Plan",
    "PlanHead",
    "Problem",
    "Run",
]

Ref: TypeAlias = str
REF = "Its reference: 12 letters and digits."


class Wrong(Schema):
    """One value that is not what it must be."""

    pointer: str = Field(description="A JSON pointer into the body, or `query/limit` for a parameter.", examples=["#/scopes/0"])
    code: str = Field(description="What is wrong, as a code.", examples=["string_too_long"])
    detail: str = Field(description="What is wrong, in a sentence. The value itself is not repeated.")


class Problem(Schema):
    """An error (RFC 9457): what happened, whether anything was changed, what to do."""

    type: str = Field(description="Where this kind of problem is described.", examples=["/api/#problem-not-there"])
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What happened.", examples=["There is no such plan."])
    code: str = Field(description="A stable code for programs.", examples=["not-there"])
    changed: str = Field(description="What was changed before the error.", examples=["nothing was changed"])
    todo: str = Field(description="What to do next.", examples=["Look through the list of plans."])
    errors: list[Wrong] | None = Field(None, description="Each value that is wrong; only with the code `invalid`.")


class Clause(Schema):
    """A clause of the policy as it was published."""

    id: str = Field(description="Its number.", examples=["3.1"])
    title: str = Field(description="Its heading.", examples=["How long we keep things"])
    version: int = Field(description="Counts how often it was reworded.", examples=[2])
    effective: date = Field(description="The day this wording takes effect.")
    material: bool = Field(description="Whether this wording changed what is promised.")
    text: str = Field(description="The wording, as Markdown.")


class MarkOfClause(Schema):
    """A clause's mark: what the last check found."""

    clause: str = Field(description="The clause's number.", examples=["3.1"])
    mark: Mark = Field(description="kept, broken or unknown. Unknown never counts as kept.")
    since: datetime = Field(description="Since when every check found this mark.")


class MarkedClause(Clause):
    """A clause with its mark."""

    mark: Mark | None = Field(description="What the last check found; null where nothing is promised, or nothing was checked yet.")
    since: datetime | None = Field(description="Since when.")


class EditionHead(Schema):
    """A text of the policy that was published, without its clauses."""

    number: int = Field(description="1 for the first, then 2, and so on.", examples=[3])
    title: str = Field(description="What the policy is called.")
    version: str = Field(description="Its version as people see it.", examples=["2026-09"])
    effective: date = Field(description="The day it takes effect.")
    digest: str = Field(description="SHA-256 over all of it, in hex; the ledger holds it too.")
    published_at: datetime = Field(description="When it was published.")


class Edition(EditionHead):
    """A text of the policy that was published."""

    introduction: str = Field(description="The prose before the first clause, as Markdown.")
    clauses: list[Clause] = Field(description="Its clauses, in order.")


class MarkedPolicy(Schema):
    """The policy in force, each clause with its mark."""

    title: str = Field(description="What it is called.")
    version: str = Field(description="Its version as people see it.")
    effective: date = Field(description="The day it took effect.")
    edition: int | None = Field(description="Its number among the published texts; null where none was published.")
    introduction: str = Field(description="The prose before the first clause, as Markdown.")
    checked_at: datetime | None = Field(description="When the promises were last checked; null for never.")
    clauses: list[MarkedClause] = Field(description="The clauses, in order.")


class ClauseChanged(Schema):
    """What became of a clause between two texts."""

    id: str = Field(description="The clause's number.")
    change: Literal["added", "removed", "reworded", "unchanged"] = Field(description="What became of it.")
    material: bool = Field(description="Whether what is promised changed.")
    before: Clause | None = Field(description="As it was; null where it was not there.")
    after: Clause | None = Field(description="As it is; null where it was taken out.")


class Comparison(Schema):
    """Two published texts, clause by clause."""

    earlier: int = Field(description="The number of the earlier text.")
    later: int = Field(description="The number of the later text.")
    changes: list[ClauseChanged] = Field(description="Every clause that is not the same in both.")


class Run(Schema):
    """A check of every promise."""

    number: int = Field(description="Its number.", examples=[17])
    at: datetime = Field(description="The moment it judged by.")
    policy: str = Field(description="The digest of the privacy folder it checked.")
    kept: int = Field(description="How many findings were kept.")
    broken: int = Field(description="How many were broken.")
    unknown: int = Field(description="How many could not be told.")
    actor: str = Field(description="Who ran it: a code, not a person's name.", examples=["cli"])


class Finding(Schema):
    """What a check found about one thing. No value of a person."""

    clause: str = Field(description="The clause it belongs to.", examples=["3.1"])
    code: str = Field(description="The kind of promise.", examples=["retention"])
    about: str = Field(description="What it is about: a table, a column, a store.", examples=["app.events"])
    mark: Mark = Field(description="kept, broken or unknown.")
    reason: str = Field(description="The evidence or the reason, in one sentence with numbers.")


class Obligation(Schema):
    """Something only a person can do, and has not done yet."""

    finding: str = Field(description="The finding that asked for it.")
    title: str = Field(description="What is to be done.")
    owner: str = Field(description="The role that must do it.")
    due: date = Field(description="By when.")
    wanted: str = Field(description="What will show that it was done.")
    opened_at: datetime = Field(description="When it was opened.")


class MappedField(Schema):
    """A column with personal data."""

    name: str = Field(description="The column.")
    category: str = Field(description="What it is, as a Fideslang data category.", examples=["user.contact.email"])
    purposes: list[str] = Field(description="What it is for, by short names.")
    erasure: str = Field(description="What erasing the person does to it: delete, anonymise, null, keep.")
    sealed: bool = Field(description="Whether the vault seals it.")


class MappedTable(Schema):
    """A table with personal data."""

    table: str = Field(description="Its full name: store.table or store.schema.table.")
    what: str = Field(description="What it holds.")
    retention: str = Field(
        description="How long rows are kept; empty where nothing is said.", examples=["30 days after created_at"]
    )
    fields: list[MappedField] = Field(description="Its columns with personal data.")


class MappedStore(Schema):
    """A store of the company's."""

    store: str = Field(description="Its name.")
    region: str = Field(description="Where it keeps its data.", examples=["eu"])
    tables: list[MappedTable] = Field(description="Its tables with personal data.")


class MapOfStores(Schema):
    """Where personal data lives."""

    digest: str = Field(description="The digest of the privacy folder this was read from.")
    stores: list[MappedStore] = Field(description="Every store on the map.")


class HoldPlaced(Schema):
    """Something that must not be deleted for now."""

    name: str = Field(description="Its short name.")
    ground: str = Field(description="Why: the law, or the matter's number.")
    owner: str = Field(description="The role that answers for it.")
    placed: date = Field(description="Since when.")
    review: date = Field(description="When it is to be looked at again.")
    tables: list[str] = Field(description="The tables it covers.")
    lifted: date | None = Field(description="The day it ended; null while it lasts.")
    here: bool = Field(description="Whether staff placed it here; one that was not stands in holds.yaml and is changed there.")
    people: int = Field(description="How many people it names; 0 covers every row of its tables.")
    waiting: int = Field(description="Of how many erasures something stays because of it.")


class PlanHead(Schema):
    """A plan that was proposed: what it would do, and who decided."""

    digest: str = Field(description="The plan's digest, by which it is named.")
    state: Literal["proposed", "approved", "refused", "applied"] = Field(description="Where it stands.")
    steps: int = Field(description="How many changes it makes.")
    rows: int = Field(description="How many rows they touch.")
    obligations: int = Field(description="How many tasks for people it opens.")
    proposed_by: str = Field(description="Who made it.")
    proposed_at: datetime = Field(description="When.")
    decided_by: str = Field(description="Who decided; empty for nobody yet.")
    decided_at: datetime | None = Field(description="When; null for not yet.")
    why: str = Field(description="What they said.")


class Plan(PlanHead):
    """A plan with its content."""

    content: dict[str, Any] = Field(description="The plan file: changes, counts and masked samples. See the spec of plan files.")


class Job(Schema):
    """A piece of work that a worker does."""

    ref: Ref = Field(description=REF, examples=["k3J9x2Lq8ZpA"])
    kind: str = Field(description="Which work: check, plan, apply, holdings.", examples=["check"])
    state: Literal["waiting", "running", "done", "failed"] = Field(description="Where it stands.")
    doing: str = Field(description="What it is doing now.")
    done: int = Field(description="How far it is.")
    total: int | None = Field(description="Out of how much; null where that is not known.")
    result: dict[str, Any] | None = Field(description="What came of it; null before its end.")
    error: str = Field(description="Why it failed, and what to do; empty otherwise.")
    created_at: datetime = Field(description="When it was asked for.")
    changed_at: datetime = Field(description="When it last moved.")


class Checkpoint(Schema):
    """The newest signed size and root of the ledger."""

    note: str = Field(description="A C2SP checkpoint: origin, size, root, signature.")
    verifier_key: str = Field(description="The public key: name+hash+base64. Take it from elsewhere to be sure.")


class Entry(Schema):
    """An entry of the ledger."""

    index: int = Field(description="Its place, from 0.", examples=[41])
    kind: str = Field(description="What happened, as a code.", examples=["run.recorded"])
    at: datetime = Field(description="When.")
    actor: str = Field(description="Who, as a code.")
    facts: dict[str, Any] = Field(description="Counts, digests, names of tables and clauses; nothing about a person.")


class InclusionProof(Schema):
    """All that is needed to see that an entry is in the log (RFC 6962)."""

    index: int = Field(description="The entry's place.")
    size: int = Field(description="The size of the log that the path leads to.")
    body: str = Field(description="The entry in the bytes that were hashed: canonical JSON, as base64.")
    path: list[str] = Field(description="The audit path, hash by hash, as base64, from the leaf up.")
    checkpoint: str = Field(description="The signed checkpoint of that size.")
