"""What every file of `kept.promises` owes to the others and to its reader."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import kept.promises
from kept.base.questions import Answers
from kept.base.verdicts import Mark
from kept.detectors.registry import detectors
from kept.policy.fields import fields_of, in_words
from kept.policy.taxonomy import known_categories
from kept.promises import coarse_network, documented, special_categories
from kept.promises.promise import Nothing, count, in_days, listed
from kept.promises.region import area
from kept.promises.registry import terms

FOLDER = Path(kept.promises.__file__).parent
SHARED = {"__init__", "promise", "registry"}
KINDS = sorted(path for path in FOLDER.glob("*.py") if path.stem not in SHARED)


@pytest.mark.parametrize("code", sorted(terms()))
def test_every_kind_says_what_it_is(code: str) -> None:
    kind = terms()[code]
    page = kind.__doc__ or ""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert "\n\n" in page, "the manual page has a first sentence and then the rest"
    assert "Remedy:" in page, "the manual page says what would mend a broken promise"
    assert page.splitlines()[0].endswith(".")
    assert re.match(r"GDPR Art\. \d", kind.law)
    assert kind.title
    assert not kind.title.endswith(".")


@pytest.mark.parametrize("code", sorted(terms()))
def test_every_key_of_a_clause_is_described(code: str) -> None:
    kind: Any = terms()[code]
    for field in fields_of(kind):
        assert field.doc.endswith("."), f"{code}.{field.name} has no Doc that ends in a full stop"
        assert in_words(field.hint), "a clause can only say what a file can hold"


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_kinds_do_not_know_each_other(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            absolute = "kept.promises." if node.level else ""
            module = f"{absolute}{node.module or ''}"
            names = [module] if node.module else [f"{absolute}{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        assert all(not name.startswith("kept.promises") or name == "kept.promises.promise" for name in names), names


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_every_file_holds_the_kind_it_is_named_after(path: Path) -> None:
    assert path.stem.replace("_", "-") in terms()


def test_detectors_that_promises_ask_for_are_there() -> None:
    assert set(coarse_network.KINDS) | set(documented.KINDS) <= set(detectors())
    assert set(special_categories.kinds()) == {kind for kind, one in detectors().items() if one.special}
    assert special_categories.kinds()


def test_categories_that_promises_name_are_in_the_taxonomy() -> None:
    named = (*special_categories.SPECIAL, *special_categories.NOT_PROSE, *coarse_network.CONTENT)
    assert {category.key for category in named} <= set(known_categories())


@pytest.mark.parametrize(
    ("region", "law"),
    [
        ("eu", "eu"), ("eu-central-1", "eu"), ("eu-central-2", "ch"), ("eu-west-1", "eu"), ("eu-west-2", "uk"), ("uk", "uk"),
        ("uksouth", "uk"), ("europe-west2", "uk"), ("europe-west6", "ch"), ("europe-west10", "eu"), ("westeurope", "eu"),
        ("germanywestcentral", "eu"), ("swedencentral", "eu"), ("us-east-1", "us"), ("us-gov-west-1", "us"), ("eastus2", "us"),
        ("ap-south-1", "in"), ("ap-south-2", "in"), ("asia-south1", "in"), ("centralindia", "in"), ("sa-east-1", "br"),
        ("ap-southeast-1", "ap-southeast-1"), ("asia-southeast1", "asia-southeast1"), ("mars", "mars"),
    ],
)  # fmt: skip
def test_a_region_lies_in_the_area_of_one_law(region: str, law: str) -> None:
    assert area(region) == law


def test_nothing_is_never_kept() -> None:
    assert Nothing().judge(NOW, Answers()).mark is Mark.UNKNOWN


def test_numbers_and_names_in_sentences() -> None:
    assert (count(0, "row"), count(1, "row"), count(1234, "row")) == ("0 rows", "1 row", "1,234 rows")
    assert count(2, "entry", "entries") == "2 entries"
    assert listed(iter("abcde")) == "a, b, c, d, e"
    assert listed("abcdef") == "a, b, c, d, e and 1 more"
    assert listed("abcdef", most=2) == "a, b and 4 more"
    assert in_days(NOW, 1).isoformat() == "2026-11-24"


NOW = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
