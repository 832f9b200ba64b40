"""Every command that the documentation marks as runnable is run, and says what the documentation says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kept.promises.registry import terms
from tests.docs.transcripts import Given, Typed, play, steps

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if "<!-- run -->" in path.read_text(encoding="utf-8")
)


def test_there_is_something_to_run() -> None:
    assert ROOT / "docs" / "start.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    wrong = play(page.read_text(encoding="utf-8"), tmp_path)
    assert not wrong, "\n".join(wrong)


EXAMPLE = """
<!-- file: a.txt -->
```text
one
two
```

<!-- run -->
```console
$ export NAME=ann
$ cat a.txt
…
two
$ echo "$NAME went   home"; \\
  false
ann … home
exit 1
```
"""


def test_a_transcript_is_read_as_a_person_would_type_it(tmp_path: Path) -> None:
    assert list(steps(EXAMPLE)) == [
        Given(name="a.txt", text="one\ntwo\n"),
        Typed(command="export NAME=ann", answers=(), exit=0),
        Typed(command="cat a.txt", answers=("two",), exit=0),
        Typed(command='echo "$NAME went   home"; \\\n  false', answers=("ann … home",), exit=1),
    ]
    assert play(EXAMPLE, tmp_path) == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("\ntwo\n$", "\nthree\n$", "does not say: three"),
        ("exit 1\n", "exit 2\n", "ended with 1, not 2"),
        ("two\n$", "two\none\n$", "does not say: one"),
        ("  false", "  exit 7", "stopped early"),
    ],
)
def test_a_transcript_that_is_not_so_is_noticed(tmp_path: Path, was: str, becomes: str, says: str) -> None:
    assert was in EXAMPLE
    assert says in "\n".join(play(EXAMPLE.replace(was, becomes), tmp_path))


def test_no_link_leads_nowhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert not broken, "a link to a file that is not there"


def test_every_page_can_be_found_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    chapters = [path for path in ROOT.glob("docs/**/*.md") if not {"reference", "decisions"} & set(path.parts)]
    lost = [str(path.relative_to(ROOT)) for path in chapters if f"({path.relative_to(ROOT / 'docs')})" not in index]
    assert [name for name in lost if name != "docs/README.md"] == [], "name the page in docs/README.md"
    decisions = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in ROOT.glob("docs/decisions/0*.md") if f"({path.name})" not in decisions] == []


def test_the_law_page_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "law" / "README.md").read_text(encoding="utf-8")
    missing = [code for code, kind in terms().items() if f"| `{code}` | {kind.law} |" not in page]
    assert not missing, "the table in docs/law/README.md names another article than the promise"
