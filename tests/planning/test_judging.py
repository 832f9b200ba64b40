from __future__ import annotations

from datetime import timedelta

import pytest

from kept.base.changes import DeleteRows, Obligation
from kept.base.periods import Period
from kept.base.questions import Answers, CountRows, ReadSchema
from kept.base.verdicts import Mark, Unknown, worst
from kept.planning.judging import bind, judge, still_to_ask
from kept.policy.datamap import RetentionRule
from kept.policy.policy import Policy
from kept.promises import clock_present, retention, source

from .memory import NEW, NOW, OLD, Memory, described, mapped, policy_of
from .rows import Row

YEAR = Period(months=12)
RULE = RetentionRule(keep=YEAR, after="at")
EVENTS = described("events", "id:integer:key at:timestamp")


def policy(*codes: str) -> Policy:
    """Clause 1 promises retention twice, clause 2 a clock and, if asked, more."""
    kinds = {"retention": retention.Terms(keep=YEAR), "clock-present": clock_present.Terms(), "source": source.Terms()}
    bound = [(pair[0], pair[2:], kinds[pair[2:]]) for pair in codes]
    return policy_of({"events": mapped(rule=RULE)}, bound=bound)


def memory(*moments: object) -> Memory:
    rows: list[Row] = [{"id": number, "at": moment} for number, moment in enumerate(moments)]
    return Memory({"events": rows}, EVENTS)


def test_asking_ends_and_each_question_is_asked_once() -> None:
    promises = bind(policy("1 retention", "2 retention", "2 clock-present"), {})
    answers, rounds, store = Answers(), [], memory(OLD)
    while asked := still_to_ask(promises, NOW, answers):
        rounds.append(asked)
        assert len(rounds) < 5
        for question in asked["shop"]:
            assert not answers.has(question)
            answers.put(question, store.answer(question))
    kinds = [[type(question) for question in asked["shop"]] for asked in rounds]
    assert kinds == [[ReadSchema, CountRows], [CountRows]]
    assert judge(policy("1 retention"), promises, NOW, answers).asked == 3


def test_a_question_answered_by_unknown_is_not_asked_again() -> None:
    promises, answers = bind(policy("1 retention"), {}), Answers()
    answers.put(ReadSchema(of="shop"), Unknown(reason="down"))
    assert still_to_ask(promises, NOW, answers) == {}
    assert judge(policy("1 retention"), promises, NOW, answers).mark is Mark.UNKNOWN


def test_findings_stand_in_the_order_of_the_clauses() -> None:
    report = memory(OLD).check(policy("9 source", "2 clock-present", "1 source", "1 retention"))
    assert [finding.key for finding in report.findings] == [
        "1 source shop.events",
        "1 retention shop.events",
        "2 clock-present shop.events",
        "9 source shop.events",
    ]
    assert report.asked == 3


def test_the_mark_of_a_clause_is_its_worst_and_so_is_the_report_s() -> None:
    report = memory(OLD).check(policy("1 retention", "1 clock-present", "2 clock-present"))
    assert report.marks() == {"1": Mark.BROKEN, "2": Mark.KEPT}
    assert report.mark is Mark.BROKEN
    assert (report.count(Mark.BROKEN), report.count(Mark.KEPT), report.count(Mark.UNKNOWN)) == (1, 2, 0)
    assert (report.at, report.digest, report.coverage.clauses, report.coverage.promised) == (NOW, "0" * 64, 2, 2)


def test_remedies_come_with_the_finding_that_asks_for_them() -> None:
    report = memory(OLD, None).check(policy("1 retention", "2 clock-present"))
    assert [(finding.clause, type(remedy)) for finding, remedy in report.remedies()] == [("1", DeleteRows), ("2", Obligation)]


def test_sentences_are_the_evidence_or_the_reason() -> None:
    kept = memory(NEW).check(policy("1 retention")).findings[0]
    broken = memory(OLD).check(policy("1 retention")).findings[0]
    assert kept.sentence.startswith("no row of shop.events")
    assert broken.sentence.startswith("1 row of shop.events")


def test_a_promise_about_nothing_is_one_unknown_finding() -> None:
    bound = [("1", "retention", retention.Terms(keep=YEAR, purposes=("marketing",)))]
    report = memory().check(policy_of({"events": mapped(rule=RULE)}, bound=bound))
    assert [(finding.about, finding.verdict.mark) for finding in report.findings] == [("nothing", Mark.UNKNOWN)]
    assert report.marks() == {"1": Mark.UNKNOWN}


def test_time_is_an_argument() -> None:
    store, promises, answers = memory(NEW), bind(policy("1 retention"), {}), Answers()
    later = NOW + timedelta(days=400)
    while asked := still_to_ask(promises, later, answers):
        for question in asked["shop"]:
            answers.put(question, store.answer(question))
    assert judge(policy("1 retention"), promises, later, answers).mark is Mark.BROKEN


@pytest.mark.parametrize(
    ("marks", "comes_to"),
    [("", "unknown"), ("kept", "kept"), ("kept kept", "kept"), ("kept unknown", "unknown"), ("unknown broken kept", "broken")],
)
def test_worst(marks: str, comes_to: str) -> None:
    assert worst(map(Mark, marks.split())) is Mark(comes_to)
