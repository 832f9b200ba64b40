"""Terms of promises for these tests: every shape of field that a promise may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from typing_extensions import Doc

from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.policy.taxonomy import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """Every personal column is in the map."""

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    allowed: Annotated[tuple[Category, ...], Doc("The allowed categories.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    keep: Annotated[Period, Doc("How long.")]
    purposes: Annotated[tuple[str, ...], Doc("Of which purposes.")] = ()
    tables: Annotated[tuple[Table, ...], Doc("Of which tables.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastPrivilege:
    store: Annotated[str, Doc("The store.")]
    roles: Annotated[Mapping[str, Mapping[str, tuple[str, ...]]], Doc("Rights by role and table.")]
    share: float = 0.5
    deep: Mapping[Column, tuple[Table, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPresent:
    purposes: Annotated[tuple[str, ...], Doc("Of which purposes.")] = ()
    tables: Annotated[tuple[Table, ...], Doc("Of which tables.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeAndBasis:
    jurisdictions: Annotated[tuple[str, ...], Doc("Whose law.")] = ()


TERMS: Mapping[str, type] = {
    "documented": Documented,
    "categories": Categories,
    "retention": Retention,
    "least-privilege": LeastPrivilege,
    "clock-present": ClockPresent,
    "purpose-and-basis": PurposeAndBasis,
}
