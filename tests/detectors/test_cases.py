from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from kept.detectors.panel import Panel
from kept.detectors.registry import detectors

FOLDER = Path(__file__).parent / "cases"
MARKED = re.compile("«(.*?)»", re.DOTALL)


def cases(kind: str) -> dict[str, list[str]]:
    read: dict[str, list[str]] = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    return read


def labelled(key: str) -> list[tuple[str, str]]:
    return [(path.stem, text) for path in sorted(FOLDER.glob("*.yaml")) for text in cases(path.stem)[key]]


@pytest.mark.parametrize("kind", detectors())
def test_every_kind_has_cases(kind: str) -> None:
    one = cases(kind)
    assert set(one) == {"found", "not_found"}
    assert len(one["found"]) >= 5
    assert len(one["not_found"]) >= 5


def test_every_file_of_cases_belongs_to_a_kind() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(detectors())


@pytest.mark.parametrize(("kind", "text"), labelled("found"))
def test_is_found(kind: str, text: str) -> None:
    """A part between « and » must be found with exactly these ends; without marks, finding it somewhere is enough."""
    plain = MARKED.sub(r"\1", text)
    spans = {(span.start, span.end) for span in Panel.of([kind]).spans(plain)}
    assert Panel.of([kind]).found_in(plain) == {kind}
    expected = set()
    for number, marked in enumerate(MARKED.finditer(text)):
        start = marked.start() - 2 * number
        expected.add((start, start + len(marked[1])))
    assert spans >= expected if expected else spans, [plain[a:b] for a, b in spans]


@pytest.mark.parametrize(("kind", "text"), labelled("not_found"))
def test_is_not_found(kind: str, text: str) -> None:
    assert Panel.of([kind]).spans(text) == []
