"""The same report as JSON, JUnit, SARIF and Markdown: nothing is lost, and any text of a policy or a database fits in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Place
from kept.base.verdicts import Broken, Kept, Mark, Unknown, Verdict
from kept.cli.formats import json_, junit, markdown, sarif
from kept.planning.judging import Finding, Report
from kept.policy.clauses import Clause
from kept.policy.policy import Coverage
from kept.promises.registry import terms
from tests.cli.shop import TODAY, Shop

CODES = sorted(terms())
TEXTS = st.text(max_size=40)
VERDICTS: st.SearchStrategy[Verdict] = st.one_of(
    st.builds(Kept, evidence=TEXTS), st.builds(Broken, reason=TEXTS), st.builds(Unknown, reason=TEXTS, todo=TEXTS)
)
FINDINGS = st.builds(
    Finding,
    clause=st.sampled_from(["1.1", "2.1", "10.2"]),
    code=st.sampled_from(CODES),
    about=TEXTS,
    owner=TEXTS,
    place=st.builds(Place, file=st.just("a privacy folder/promises.yaml"), line=st.integers(0, 99), column=st.integers(0, 99)),
    verdict=VERDICTS,
)


def by_clause(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.clause))


def reported(findings: tuple[Finding, ...], title: str = "Policy") -> Report:
    coverage = Coverage(clauses=4, promised=3, without=(CLAUSE,))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Report(at=at, title=title, version="3", digest="d", coverage=coverage, findings=findings, asked=1)


CLAUSE = Clause(
    id="4.1",
    title="Who | else",
    version=1,
    effective=datetime(2026, 1, 1, tzinfo=UTC).date(),
    text="…",
    place=Place(file="policy.md"),
)


@given(st.lists(FINDINGS, max_size=8).map(by_clause), TEXTS)
def test_junit_counts_what_the_report_counts(findings: tuple[Finding, ...], title: str) -> None:
    report = reported(findings, title)
    root = ET.fromstring(junit.render(report))
    counted = (int(root.get("tests", "")), int(root.get("failures", "")), int(root.get("errors", "")))
    assert counted == (len(findings), report.count(Mark.BROKEN), report.count(Mark.UNKNOWN))
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == list(dict.fromkeys(f"§{finding.clause}" for finding in findings))
    for suite in suites:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        assert int(suite.get("failures", "")) == sum(case.find("failure") is not None for case in cases)
        assert int(suite.get("errors", "")) == sum(case.find("error") is not None for case in cases)


@given(st.lists(FINDINGS, max_size=8).map(by_clause))
def test_json_holds_every_finding_under_stable_keys(findings: tuple[Finding, ...]) -> None:
    values = json.loads(json_.render(reported(findings)))
    assert set(values) == {"kept_report", "at", "policy", "mark", "counts", "coverage", "findings"}
    assert set(values["coverage"]) == {"clauses", "promised", "without"}
    common = {"clause", "promise", "about", "owner", "mark", "file", "line"}
    more = {"kept": {"evidence"}, "broken": {"reason", "remedies"}, "unknown": {"reason", "todo"}}
    assert [set(one) for one in values["findings"]] == [common | more[one["mark"]] for one in values["findings"]]
    assert [one["about"] for one in values["findings"]] == [finding.about for finding in findings]
    assert sum(values["counts"].values()) == len(findings)


@given(st.lists(FINDINGS, max_size=8).map(by_clause))
def test_sarif_has_what_the_standard_asks_for(findings: tuple[Finding, ...]) -> None:
    assert_sarif(json.loads(sarif.render(reported(findings))), sum(finding.verdict.mark is not Mark.KEPT for finding in findings))


def assert_sarif(document: dict[str, Any], results: int) -> None:
    """SARIF 2.1.0, sections 3.13, 3.14, 3.18, 3.27 and 3.29 to 3.30: what must be there, and what it must refer to."""
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "kept"
    rules = {rule["id"] for rule in driver["rules"]}
    assert len(rules) == len(driver["rules"])
    assert len(run["results"]) == results
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert not set(' <>"') & set(place["artifactLocation"]["uri"]), "a URI reference (RFC 3986)"
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
        assert len(result["partialFingerprints"]["finding/v1"]) == 64


@given(st.lists(FINDINGS, max_size=8).map(by_clause), TEXTS)
def test_markdown_is_one_row_a_finding_whatever_the_texts_hold(findings: tuple[Finding, ...], title: str) -> None:
    lines = markdown.render(reported(findings, title)).split("\n")
    rows = [line for line in lines if line.startswith("| §")]
    assert len(rows) == len(findings)
    assert all(row.count("|") == 6 for row in rows), "five cells"
    assert lines[-1] == "Clauses without a promise: §4.1 Who &#124; else."


def test_a_finding_keeps_its_fingerprint_when_its_numbers_change() -> None:
    place = Place(file="promises.yaml", line=1, column=1)
    before = Finding(clause="1", code=CODES[0], about="app.events", owner="o", place=place, verdict=Broken(reason="3 rows"))
    after = replace(before, verdict=Broken(reason="4 rows"), place=replace(place, line=9))
    prints = [json.loads(sarif.render(reported((one,))))["runs"][0]["results"][0]["partialFingerprints"] for one in (before, after)]
    assert prints[0] == prints[1]


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "markdown"])
def test_each_format_says_the_same_on_paper_and_in_a_file(shop: Shop, form: str) -> None:
    ran = shop.kept("check", "--as-of", TODAY, "--format", form)
    assert ran.returncode == 1
    filed = shop.kept("check", "--as-of", TODAY, "--format", form, "--output", "report")
    assert (filed.returncode, filed.stdout) == (1, "")
    text = (shop.folder / "report").read_text(encoding="utf-8")
    assert READ[form](text) == READ[form](ran.stdout)
    assert "3 rows of app.events older than 1 year" in text
    if form == "sarif":
        assert_sarif(json.loads(text), 2)


def words(text: str) -> list[str]:
    return text.split()


READ: dict[str, Callable[[str], object]] = {
    "text": words,
    "json": json.loads,
    "junit": ET.canonicalize,
    "sarif": json.loads,
    "markdown": words,
}


def test_an_error_leaves_standard_output_to_programs_empty(shop: Shop, tmp_path: Path) -> None:
    shop.change("promises.yaml", "promise: documented", "promise: documentd")
    ran: subprocess.CompletedProcess[str] = shop.kept("check", "--format", "json", "-o", "report.json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert not (tmp_path / "report.json").exists()
