"""What programs of the staff send about a person's request: which right it is, whose, new values, what a processor wrote."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from ninja import Path
from pydantic import AwareDatetime, Field, StrictInt

from kept.db.actions.answering import MOST_CHANGES
from kept.db.actions.orders import LONGEST_WORDS
from kept.db.actions.requests import LONGEST_NOTE
from kept.db.actions.restraints import LONGEST_WHY
from kept.db.actions.verifying import LONGEST_POINT, MOST_POINTS
from kept.rights.registry import rights

from .wishes import FREE, NAME, WRITTEN, ValueWanted, Wish

__all__ = [
    "Assigning",
    "ChoosingPerson",
    "Correcting",
    "Establishing",
    "Lifting",
    "ProcessorInPath",
    "Questioning",
    "RecordingOrder",
    "Understanding",
    "WritingDown",
]

ProcessorInPath: TypeAlias = Annotated[str, Path(..., pattern=NAME, description="A processor's short name.", examples=["postmark"])]
AnyRight: TypeAlias = Literal[tuple(rights())]  # type: ignore[valid-type]  # made from what there is
ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,60}(\.[A-Za-z0-9-]{1,60})*\.[A-Za-z]{2,20}$"


class Understanding(Wish):
    """Which right a letter asks for."""

    right: AnyRight = Field(description="Which; contact where it is a mere question.", examples=["access"])


class ChoosingPerson(Wish):
    """Whom a request is about."""

    subject: str = Field(max_length=200, pattern=WRITTEN, description="One of its `candidates`.", examples=["account:42"])


class Questioning(Wish):
    """How much more the person is asked."""

    number: StrictInt = Field(ge=1, le=MOST_POINTS, description="How many questions about what is held.", examples=[2])


class Establishing(Wish):
    """How staff established whose a request is."""

    why: str = Field(
        max_length=LONGEST_POINT,
        pattern=WRITTEN,
        description="It is kept sealed.",
        examples=["They called from the number we have"],
    )


class Correcting(Wish):
    """What a rectification that came in words is to change."""

    changes: list[ValueWanted] = Field(min_length=1, max_length=MOST_CHANGES, description="New values, column by column.")


class RecordingOrder(Wish):
    """What a processor answered to a letter."""

    state: Literal["done", "refused"] = Field(description="Whether it did its part.", examples=["done"])
    note: str = Field(max_length=LONGEST_WORDS, pattern=WRITTEN, description="What it wrote; kept sealed.", examples=["Deleted."])


class Lifting(Wish):
    """Why a restriction ends."""

    why: str = Field(
        max_length=LONGEST_WHY, pattern=WRITTEN, description="The person reads this.", examples=["What you doubted was checked"]
    )
    told: date | None = Field(
        default=None, description="The day on which they were told in another way, by post or telephone; no letter is written then."
    )


class Assigning(Wish):
    """To whom a request is given."""

    to: str = Field(max_length=12, pattern=r"^[A-Za-z0-9]{12}$", description="Their reference.", examples=["k3J9x2Lq8ZpA"])


class WritingDown(Wish):
    """A request of somebody who called or wrote: of an account or of an address, one of the two."""

    right: AnyRight = Field(description="Which right.", examples=["access"])
    account: str = Field("", max_length=12, pattern=r"^[A-Za-z0-9]*$", description="Their account's reference.", examples=[""])
    address: Literal[""] | Annotated[str, Field(max_length=254, pattern=ADDRESS)] = Field(
        "", description="Where they are asked whether it is theirs.", examples=["ada@example.org"]
    )
    note: str = Field("", max_length=LONGEST_NOTE, pattern=FREE, description="What they said or wrote.", examples=[""])
    received_at: AwareDatetime | None = Field(
        None, description="When it came; the clock runs from then. Null for now.", examples=[None]
    )
