"""A pytest plug-in (-p tools.nothing_skipped): the run fails when a test of a real server was skipped."""

from __future__ import annotations

import pytest

SKIPPED: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember the skipped tests that are marked `service`."""
    if report.skipped and "service" in report.keywords:
        SKIPPED.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a passed run into a failed one."""
    if SKIPPED and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which, above the last line."""
    for name in SKIPPED:
        terminalreporter.write_line(f"NOT ALLOWED TO BE SKIPPED {name}", red=True)
