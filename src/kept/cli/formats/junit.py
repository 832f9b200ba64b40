"""JUnit XML: a test suite a clause, for build servers. Broken is a failure, unknown an error."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as ET

from kept.base.verdicts import Broken, Mark, Unknown
from kept.planning.judging import Finding, Report

__all__ = ["render"]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML 1.0 document cannot hold, not even escaped: control characters, as names in a database may have them."""


def render(report: Report) -> str:
    """Return the XML document."""
    root = ET.Element(
        "testsuites",
        name=report.title,
        tests=str(len(report.findings)),
        failures=str(report.count(Mark.BROKEN)),
        errors=str(report.count(Mark.UNKNOWN)),
    )
    for clause, group in groupby(report.findings, key=lambda finding: finding.clause):
        findings = list(group)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"§{clause}",
            tests=str(len(findings)),
            failures=str(_marked(findings, Mark.BROKEN)),
            errors=str(_marked(findings, Mark.UNKNOWN)),
            timestamp=report.at.isoformat(),
        )
        for finding in findings:
            _case(suite, finding)
    for element in root.iter():
        element.attrib = {name: NOT_XML.sub("\ufffd", value) for name, value in element.attrib.items()}
        element.text = NOT_XML.sub("\ufffd", element.text) if element.text else None
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _marked(findings: list[Finding], mark: Mark) -> int:
    return sum(finding.verdict.mark is mark for finding in findings)


def _case(suite: ET.Element, finding: Finding) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"{finding.clause}.{finding.code}", name=f"{finding.code} {finding.about}")
    case.set("file", finding.place.file)
    match finding.verdict:
        case Broken(reason=reason):
            ET.SubElement(case, "failure", message=reason, type="broken").text = reason
        case Unknown(reason=reason, todo=todo):
            ET.SubElement(case, "error", message=reason, type="unknown").text = f"{reason}. {todo}".strip()
        case _:
            ET.SubElement(case, "system-out").text = finding.sentence
