from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import PolicyError
from kept.policy.prose import Prose, read_prose

HEAD = "---\ntitle: Policy\nversion: 1.10\neffective: 2026-01-01\n---\n"
BLOCK = '---\nid: "1"\nversion: 1\neffective: 2026-01-01\n---\n'


def read(text: str) -> Prose:
    errors: list[PolicyError] = []
    prose = read_prose(text, "policy.md", errors)
    assert errors == []
    assert prose is not None
    return prose


def text_of_clause(prose: str) -> str:
    return read(HEAD + BLOCK + "# Title\n\n" + prose).clauses[0].text


def test_a_version_is_a_text_and_keeps_its_noughts() -> None:
    assert read(HEAD + BLOCK + "# T\n\nx\n").head.version == "1.10"
    assert read(HEAD + BLOCK.replace('"1"', "5.10") + "# T\n\nx\n").clauses[0].id == "5.10"


def test_the_title_is_the_first_heading() -> None:
    assert read(HEAD + BLOCK + "\n## What we *keep* ##\n\nText.\n").clauses[0].title == "What we *keep*"
    assert read(HEAD + BLOCK + "What we keep\n------------\nText.\n").clauses[0].title == "What we keep"
    assert read(HEAD + BLOCK + "What we keep\n---\nText.\n").clauses[0].title == "What we keep"


def test_a_heading_that_is_the_title_leaves_the_text() -> None:
    assert read(HEAD + BLOCK + "\n## Title\n\nText.\n").clauses[0].text == "Text."
    assert read(HEAD + BLOCK + "Title\n===\nText.\n").clauses[0].text == "Text."
    clause = read(HEAD + BLOCK + "Before.\n\n## Title\n\nText.\n").clauses[0]
    assert (clause.title, clause.text) == ("Title", "Before.\n\n## Title\n\nText.")


def test_a_title_given_in_the_block_leaves_headings_alone() -> None:
    clause = read(HEAD + BLOCK.replace("version", "title: Mine\nversion") + "## Other\n\nText.\n").clauses[0]
    assert (clause.title, clause.text) == ("Mine", "## Other\n\nText.")


def test_a_heading_in_a_code_fence_is_no_title() -> None:
    clause = read(HEAD + BLOCK + "```\n# not this\n```\n\n# This\n\nText.\n").clauses[0]
    assert clause.title == "This"


def test_lines_drawn_in_the_prose_stay_prose() -> None:
    for prose in (
        "above\n\n---\n\nbelow",
        "above\n\n---\nbelow",
        "a heading\n---\ntitle: this is below a heading",
        "above\n\n---\nnote: one key that means nothing here\n\nmore",
        "above\n\n----\nid: four dashes",
        "- a\n- b\n\n---\n\n- c\n\n---\n\nend",
    ):
        assert text_of_clause(prose) == prose


def test_blocks_in_code_and_comments_stay_prose() -> None:
    for prose in (
        f"```yaml\n\n{BLOCK}```\n\nend",
        f"~~~~\n\n{BLOCK}~~~\n\n{BLOCK}~~~~\n\nend",
        f"<!-- gone\n\n{BLOCK}# Old\n\n-->\nend",
        "a `code` and <!-- a comment --> in a line",
    ):
        assert text_of_clause(prose) == prose


def test_windows_line_ends_and_blanks_behind_dashes() -> None:
    prose = read(HEAD + "\n" + BLOCK.replace("---\n", "---  \n") + "# T\n\nx\n")
    assert prose.clauses[0].effective == date(2026, 1, 1)


def test_places_of_clauses_count_from_the_top_of_the_file() -> None:
    prose = read(HEAD + "Intro.\n\n" + BLOCK + "# A\n\nx\n\n" + BLOCK.replace('"1"', '"2"') + "# B\n\ny\n")
    assert prose.introduction == "Intro."
    assert [(clause.id, clause.place.line, clause.place.column) for clause in prose.clauses] == [("1", 9, 1), ("2", 18, 1)]


def test_clauses_of_the_same_version_may_follow_at_once() -> None:
    prose = read(HEAD + BLOCK + "# A\n\nx\n\n" + BLOCK.replace('id: "1"', "title: B\nid: b") + "y")
    assert [clause.title for clause in prose.clauses] == ["A", "B"]


def test_a_clause_without_a_blank_line_above_is_not_lost() -> None:
    prose = read(HEAD + BLOCK + "# A\n\nx\n" + BLOCK.replace('id: "1"\nversion: 1', "version: 1\nid: b") + "# B\n\ny")
    assert [(clause.id, clause.text) for clause in prose.clauses] == [("1", "x"), ("b", "y")]


words = st.text(st.sampled_from("abc #-`~<!>=\n:"), max_size=60)


@given(st.lists(words, min_size=1, max_size=4))
def test_no_prose_is_lost(parts: list[str]) -> None:
    """What stands in the file below a block's end is in the clause's text, or there is an error."""
    blocks = [BLOCK.replace('"1"', f'"c{number}"\ntitle: T') + f"begin {part}\n\nend\n\n" for number, part in enumerate(parts)]
    errors: list[PolicyError] = []
    prose = read_prose(HEAD + "".join(blocks), "policy.md", errors)
    if prose is None:
        assert errors
        return
    assert [clause.text for clause in prose.clauses] == [f"begin {part}\n\nend" for part in parts]


@given(st.text(st.sampled_from('-\n:# idversionefftl"1[&*{'), max_size=120))
def test_nothing_but_policy_errors(text: str) -> None:
    errors: list[PolicyError] = []
    prose = read_prose(HEAD + text, "policy.md", errors)
    assert (prose is None) == bool(errors)
