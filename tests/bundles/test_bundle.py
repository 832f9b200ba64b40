"""A bundle from end to end: written, opened with tools that are not ours, and read back value by value."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from kept.bundles import Facts, FileItem, Section, plain_size, verify_bundle
from kept.bundles.forms import form_of, repaired
from kept.bundles.leaves import INLINE_ROWS
from kept.bundles.pages import LONGEST_CELL
from kept.bundles.sheets import GUARDED, NUL, unguarded

from .making import ABOUT, FACTS, LETTER, SIGNER, members, plain, section, usual, write
from .test_forms import values


class Page(HTMLParser):
    """A page as a browser reads it: tags, links, and the text of every cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data

    @property
    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name == "href"]


ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "div", "nav", "h1", "h2", "h3", "p"),
    *(
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "span",
        "a",
        "code",
        "strong",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
}


def check_page(path: str, html: str, names: set[str]) -> Page:
    """See that a page stands alone: no program, nothing fetched, and every link leads to a file of the bundle."""
    page = Page(html)
    assert page.tags <= ALLOWED
    assert {name for name, _ in page.attributes} <= {
        *(
            "lang",
            "dir",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "id",
            "href",
            "scope",
            "tabindex",
            "role",
            "aria-label",
        ),
    }
    assert "default-src 'none'" in html
    for link in page.links:
        parts = urlsplit(link)
        assert not parts.scheme
        assert not parts.netloc
        if parts.path:
            target = PurePosixPath(os.path.normpath(PurePosixPath(path).parent / unquote(parts.path)))
            assert str(target) in names
        else:
            assert f'id="{parts.fragment}"' in html
    return page


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "b.kept"
    write(path, *usual())
    return path


def test_the_zip_is_whole_for_zipfile_and_unzip(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(plain(bundle))
    assert path.stat().st_size == plain_size(bundle)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 27, 8, 30, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100600}
    done = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=True)
    assert "No errors detected" in done.stdout


def test_it_has_what_it_should_have(bundle: Path) -> None:
    there = members(bundle)
    assert {*there} == {
        *("index.html", "answer.txt", "answer.html", "manifest.json", "manifest.sig"),
        *("data/app.accounts.json", "data/app.accounts.csv", "schema/app.accounts.schema.json"),
        *("data/shop.orders.json", "data/shop.orders.csv", "schema/shop.orders.schema.json"),
        *(f"pages/shop.orders.{number}.html" for number in (1, 2, 3)),
        *("files/a/avatar.png", "files/A/AVATAR (2).png", "files/empty"),
    }
    assert there["answer.txt"].decode() == LETTER.text
    assert there["answer.html"].decode() == LETTER.html
    assert there["files/A/AVATAR (2).png"] == b"a" * 200_000


def test_what_came_back_is_what_was_written(tmp_path: Path) -> None:
    written = write(tmp_path / "b", *usual())
    raw = plain(tmp_path / "b")
    assert (written.size, written.sha256) == (len(raw), sha256(raw).hexdigest())
    assert (written.rows, written.files) == (2_501, 3)
    assert json.loads(members(tmp_path / "b")["manifest.json"]) == written.manifest


def test_the_manifest_says_what_the_law_wants_said(bundle: Path) -> None:
    there = members(bundle)
    manifest = json.loads(there["manifest.json"])
    assert (manifest["request"], manifest["right"], manifest["made_at"]) == ("R-2026-0042", "access", "2026-11-27T08:30:00Z")
    assert manifest["controller"] == {"name": "Aurigen GmbH", "contact": "privacy@aurigen.example"}
    account, orders = manifest["tables"]
    assert account["withheld"] == [{"column": "password_hash", "reason": "a secret that protects your account"}]
    assert account["redacted"] == [{"column": "about", "reason": "names other people"}]
    assert orders["rows"] == 2_500
    assert orders["retention"] == {"period": "10 years", "starts": "the order was placed", "law": "HGB § 257"}
    assert [purpose["bases"] for purpose in orders["purposes"]] == [["a contract with you"], ["a legal obligation"]]
    assert orders["recipients"][0]["name"] == "Cloud Inc."
    assert (orders["source"], orders["region"], orders["path"]) == (FACTS.source, FACTS.region, FACTS.path)
    assert orders["columns"][0]["category"] == "user.account"
    assert [empty["table"] for empty in manifest["nothing_found"]] == ["crm.leads"]
    assert [one["name"] for one in manifest["files"]] == ["../a/avatar.png", "A/AVATAR.png", "empty"]
    assert [manifest["file_facts"][one["facts"]]["source"] for one in manifest["files"]] == [FACTS.source, FACTS.source, ""]
    said = {one["path"]: (one["bytes"], one["sha256"]) for one in manifest["contents"]}
    assert said == {name: (len(raw), sha256(raw).hexdigest()) for name, raw in there.items() if not name.startswith("manifest.")}


def test_every_page_stands_alone_and_every_link_leads_somewhere(bundle: Path) -> None:
    there = members(bundle)
    pages = {
        name: check_page(name, raw.decode(), {*there})
        for name, raw in there.items()
        if name.endswith(".html") and "answer" not in name
    }
    first = pages["index.html"]
    assert ["7", "ada@example.org"] in first.rows
    assert {unquote(link) for link in first.links} >= {name for name in there if name.startswith(("files/", "pages/", "data/"))}
    rows = [row for number in (1, 2, 3) for row in pages[f"pages/shop.orders.{number}.html"].rows if row]
    assert rows == [[str(number), f"order {number}"] for number in range(2_500)]
    assert len([row for row in pages["pages/shop.orders.1.html"].rows if row]) == 1_000
    text = there["index.html"].decode()
    for words in (
        "Dear Ada",
        "password_hash",
        "Sales contacts (crm.leads)",
        "supervisory authority",
        "HGB § 257",
        "standard clauses",
    ):
        assert words in text


odd = st.text(st.sampled_from("a<>&\"'=+-@;,\t\r\n\0\1\u2028\u202e\u05d0\ufeff\ud800é"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(values, odd, st.integers()), min_size=1, max_size=12))
def test_odd_values_come_back(tmp_path: Path, rows: list[tuple[Any, str, int]]) -> None:
    path = tmp_path / "b"
    names = ("any", "od<d", "number")
    written = write(path, [section([dict(zip(names, row, strict=True)) for row in rows], names)])
    there = members(path)
    read = json.loads(there["data/shop.orders.json"])
    assert repr(read) == repr(
        [{name: repaired(form_of(value).json) for name, value in zip(names, row, strict=True)} for row in rows]
    )
    assert read == [json.loads(line.rstrip(b",")) for line in there["data/shop.orders.json"].splitlines()[1:-1]]
    schema = json.loads(there["schema/shop.orders.schema.json"])
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(read)
    check_sheet(there["data/shop.orders.csv"].decode(), names, rows, written.manifest["tables"][0]["csv_cells_guarded"])
    page = check_page("index.html", there["index.html"].decode(), {*there})
    shown = [row for row in page.rows if len(row) == len(names)]
    assert [row[1] for row in shown] == [repaired(row[1]).replace("\0", NUL).replace("\1", "\u2401") for row in rows]


def check_sheet(text: str, names: tuple[str, ...], rows: list[tuple[Any, ...]], guards: int) -> None:
    head, *cells = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(head) == names
    assert len(cells) == len(rows)
    found = 0
    for line, row in zip(cells, rows, strict=True):
        for cell, value in zip(line, row, strict=True):
            form = form_of(value)
            wanted = repaired(form.text).replace("\0", NUL)
            assert cell[:1] not in GUARDED - {"'"} or form.number
            assert (cell if form.number else unguarded(cell)) == wanted
            found += cell != wanted
    assert found == guards


def test_the_schema_describes_and_refuses(bundle: Path) -> None:
    schema = json.loads(members(bundle)["schema/shop.orders.schema.json"])
    properties = schema["items"]["properties"]
    assert properties["id"] == {"type": "integer", "description": "The id", "x-store-type": "TEXT", "x-category": "user.account"}
    wrong: object
    for wrong in ([{"id": "1", "note": "x"}], [{"id": 1}], [{"id": 1, "note": "x", "more": 1}], {}):
        assert not Draft202012Validator(schema).is_valid(wrong)


@pytest.mark.parametrize("rows", [1, INLINE_ROWS, INLINE_ROWS + 1, 1_000, 1_001, 2_000])
def test_a_long_table_has_pages_and_a_short_one_has_none(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "b"
    write(path, [section(({"id": number} for number in range(rows)), ("id",))])
    pages = [name for name in members(path) if name.startswith("pages/")]
    assert len(pages) == (0 if rows <= INLINE_ROWS else -(-rows // 1_000))


def test_a_long_text_is_cut_on_the_page_and_nowhere_else(tmp_path: Path) -> None:
    path, text = tmp_path / "b", "ü" * (LONGEST_CELL + 1)
    write(path, [section([{"note": text}], ("note",))])
    there = members(path)
    assert text in there["data/shop.orders.json"].decode()
    assert text in there["data/shop.orders.csv"].decode()
    assert text not in there["index.html"].decode()
    assert text[:-1] in there["index.html"].decode()


def test_a_bundle_with_nothing_in_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "b"
    written = write(path, [section([], ("id",))])
    assert (written.rows, written.files) == (0, 0)
    assert "Your orders (shop.orders)" in members(path)["index.html"].decode()
    (tmp_path / "b.zip").write_bytes(plain(path))
    assert verify_bundle(tmp_path / "b.zip", SIGNER.verifier).request == ABOUT.request


def test_tables_of_nearly_one_name_stay_apart(tmp_path: Path) -> None:
    tables = ["a.b", "A.B", 'a."../../b"', 'a."x/y"', "a.b.1", "files", "a." + "t" * 300]
    write(tmp_path / "b", [section([{"id": table}] * 101, ("id",), table=table) for table in tables])
    there = members(tmp_path / "b")
    manifest = json.loads(there["manifest.json"])
    assert [json.loads(there[one["json"]])[0]["id"] for one in manifest["tables"]] == tables
    assert len([name for name in there if name.startswith("pages/")]) == len(tables)


def test_nobody_gets_it_only_where_that_is_known(tmp_path: Path) -> None:
    for recipients, said in ((None, False), ((), True)):
        one = dataclasses.replace(section([{"id": 1}], ("id",)), facts=Facts(recipients=recipients))
        manifest = write(tmp_path / "b", [one]).manifest
        assert ("nobody outside Aurigen GmbH" in members(tmp_path / "b")["index.html"].decode()) is said
        assert manifest["tables"][0]["recipients"] == ([] if said else None)


def test_lines_are_counted_even_where_keys_are_missing(tmp_path: Path) -> None:
    write(tmp_path / "b", [section([{"id": 1}, {}, {"note": "x"}], ("id", "note"))])
    read = json.loads(members(tmp_path / "b")["data/shop.orders.json"])
    assert read == [{"id": 1, "note": None}, {"id": None, "note": None}, {"id": None, "note": "x"}]


def test_what_does_not_shrink_is_stored_and_what_does_is_packed(tmp_path: Path) -> None:
    noise, text = os.urandom(300_000), b"the same again " * 20_000
    write(tmp_path / "b", [], [FileItem(name="film.mp4", content=[noise]), FileItem(name="log.txt", content=[text])])
    with zipfile.ZipFile(io.BytesIO(plain(tmp_path / "b"))) as archive:
        film, log = archive.getinfo("files/film.mp4"), archive.getinfo("files/log.txt")
        assert (film.compress_type, log.compress_type) == (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        assert archive.read(film) == noise
        assert archive.read(log) == text
        assert log.compress_size < len(text) / 20


def test_rows_are_read_once_and_in_order_of_the_sections(tmp_path: Path) -> None:
    asked: list[str] = []

    def rows(name: str) -> Any:
        asked.append(name)
        yield {"id": name}

    def sections() -> Any:
        for name in ("a.a", "b.b"):
            asked.append(f"section {name}")
            yield Section(table=name, title=name, columns=section([], ("id",)).columns, rows=rows(name))

    write(tmp_path / "b", sections())
    assert asked == ["section a.a", "a.a", "section b.b", "b.b"]


def test_memory_does_not_grow_with_what_goes_through(tmp_path: Path) -> None:
    """300 MB of rows and files through one process, beside 3 MB: what the larger takes more is less than 40 MB."""
    program = Path(__file__).with_name("large.py")
    peaks = []
    for size in (3, 300):
        command = [sys.executable, str(program), str(tmp_path / f"{size}"), str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        peaks.append(json.loads(done.stdout))
    assert peaks[1]["through"] > 300e6
    assert peaks[1]["peak"] - peaks[0]["peak"] < 40e6
    assert peaks[1]["peak"] < 200e6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3", "300"]
