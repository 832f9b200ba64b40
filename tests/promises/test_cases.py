"""Every case in the YAML files beside this one, and that no kind of promise is without them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from kept.base.questions import Answers
from kept.base.verdicts import Broken, Kept, Mark
from kept.planning.judging import Finding, bind, judge, still_to_ask
from kept.promises.registry import terms

from .reading import Read, every_case, files
from .world import World, erased_of, in_words, machine, policy_of

CASES = list(every_case())
MOST_ROUNDS = 5


def judged(read: Read, world: World) -> tuple[tuple[Finding, ...], int]:
    """Return the findings and how many questions it took, asked round by round as `kept check` does."""
    policy = policy_of(read)
    now = datetime(read.case.now.year, read.case.now.month, read.case.now.day, tzinfo=UTC)
    promises, answers = bind(policy, erased_of(read.case)), Answers()
    for _ in range(MOST_ROUNDS):
        asked = still_to_ask(promises, now, answers)
        if not asked:
            return judge(policy, promises, now, answers).findings, len(answers)
        for question in (question for questions in asked.values() for question in questions):
            answers.put(question, world.answer(question))
    raise AssertionError(f"still asking after {MOST_ROUNDS} rounds")


@pytest.mark.parametrize("read", CASES, ids=str)
def test_case(read: Read) -> None:
    case, world = read.case, World(read.case)
    findings, _ = judged(read, world)
    assert not world.unused, "the case answers what nobody asks"
    got = {finding.about: finding.verdict.mark.value for finding in findings}
    sentences = "; ".join(finding.sentence for finding in findings)
    assert got == (case.verdicts or dict.fromkeys(got, case.verdict)), sentences
    assert case.says in sentences
    assert all(finding.sentence for finding in findings)
    remedies = tuple(remedy for finding in findings if isinstance(finding.verdict, Broken) for remedy in finding.verdict.remedies)
    if case.remedies is not None:
        assert tuple(in_words(remedy) for remedy in remedies) == case.remedies
    if case.afterwards:
        for change in machine(remedies):
            world.do(change)
        assert {finding.verdict.mark.value for finding in judged(read, world)[0]} == {case.afterwards}


@pytest.mark.parametrize("read", [read for read in CASES if read.case.rows], ids=str)
def test_what_a_machine_mends_is_mended(read: Read) -> None:
    """Whatever rows a case holds: once its changes are done, the same questions say kept."""
    world = World(read.case)
    for finding in judged(read, world)[0]:
        if isinstance(finding.verdict, Broken) and len(machine(finding.verdict.remedies)) == len(finding.verdict.remedies):
            for change in machine(finding.verdict.remedies):
                world.do(change)
            again = {one.about: one.verdict for one in judged(read, world)[0]}
            assert isinstance(again[finding.about], Kept), again[finding.about]


def test_every_kind_has_a_file_of_cases() -> None:
    assert [file.stem for file in files()] == sorted(terms())


@pytest.mark.parametrize("code", sorted(terms()))
def test_every_kind_shows_each_mark_it_can_have(code: str) -> None:
    marks: dict[Mark, int] = defaultdict(int)
    asked = 0
    for read in CASES:
        if read.code == code:
            findings, questions = judged(read, World(read.case))
            asked += questions
            for finding in findings:
                marks[finding.verdict.mark] += finding.about != "nothing"
    assert marks[Mark.KEPT]
    assert marks[Mark.BROKEN]
    assert marks[Mark.UNKNOWN] or not asked, "whatever asks a question can go without an answer"
