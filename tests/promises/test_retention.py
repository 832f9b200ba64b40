"""What the cases beside this file cannot say: answers that differ between two questions on one table."""

from __future__ import annotations

from kept.base.conditions import StartsWith
from kept.base.periods import Period
from kept.base.questions import Answers, CountRows, ReadSchema
from kept.base.verdicts import Broken, Unknown
from kept.planning.judging import bind, still_to_ask
from kept.policy.datamap import RetentionRule
from kept.promises.retention import Terms
from tests.planning.memory import NOW, Memory, described, mapped, policy_of

YEAR = Period(months=12)
RULE = RetentionRule(keep=YEAR, after="at", then="anonymise")
PEOPLE = described("people", "id:integer:key at:timestamp name:text born:date")


def judged(names: int | Unknown, births: int | Unknown) -> object:
    """Judge with the number of names still to be replaced and of dates of birth still to be emptied."""
    policy = policy_of(
        {"people": mapped(fields={"name": None, "born": None}, rule=RULE)}, bound=[("1", "retention", Terms(keep=YEAR))]
    )
    (one,), answers, schemas = bind(policy, {}), Answers(), Memory({}, PEOPLE).schemas
    while asked := still_to_ask([one], NOW, answers):
        for question in asked["shop"]:
            if isinstance(question, ReadSchema):
                answers.put(question, schemas["shop"])
            if isinstance(question, CountRows):
                answers.put(question, names if StartsWith.__name__ in repr(question.where) else births)
    return one.promise.judge(NOW, answers)


def test_one_silent_answer_does_not_hide_what_another_tells() -> None:
    silent = Unknown(reason="the store cannot say")
    for verdict in (judged(5, silent), judged(silent, 5)):
        assert isinstance(verdict, Broken)
        assert verdict.reason.startswith("5 rows of shop.people")


def test_one_silent_answer_keeps_the_promise_from_being_kept() -> None:
    silent = Unknown(reason="the store cannot say")
    assert judged(0, silent) == silent
    assert judged(silent, 0) == silent


def test_the_larger_number_of_the_two_is_told() -> None:
    for verdict in (judged(3, 8), judged(8, 3)):
        assert isinstance(verdict, Broken)
        assert [remedy.rows for remedy in verdict.remedies if not hasattr(remedy, "due")] == [8, 8]
