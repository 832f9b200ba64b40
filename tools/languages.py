"""Write every text of the pages into each language's file, keeping what is translated: `python -m tools.languages [--check]`.

Texts are found in the templates and in the code of `kept.web`, in the words for categories of data and for rights, in letters about
requests, and in those of allauth's own texts that its forms and letters show.
A language is added by an empty file, `src/kept/web/languages/<code>.po`, and this program.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import BytesIO, StringIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from kept.policy.taxonomy import known_categories
from kept.rights.registry import rights

__all__ = ["LANGUAGES", "catalog", "merged", "texts"]

ROOT = Path(__file__).parents[1]
WEB = ROOT / "src" / "kept" / "web"
LANGUAGES = WEB / "languages"
LETTERS = ROOT / "src" / "kept" / "workflows" / "wording.py"
"""What letters say before a request is answered; answers have their own words, in `kept.planning.letters`."""
NAMES = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "npgettext", "_noop")
ERRORS = ("Refused", "NotThere", "NotAllowed", "Taken", "ChangedSince")
"""Errors whose sentences are shown on a page: what happened, and what to do."""
SAYING = ("actions", "access")
ELSEWHERE = {"allauth": ("account", "mfa", "usersessions", "socialaccount/adapter.py", "socialaccount/forms.py", "core")}
"""Packages whose code speaks to people on our pages; their templates are all replaced."""

HEAD = """\
msgid ""
msgstr ""
"Project-Id-Version: Kept\\n"
"Language: {code}\\n"
"Language-Team: {name}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""

Text = tuple[str, str | tuple[str, ...], str | None]


def texts() -> Iterator[Text]:
    """Yield (where, text or (singular, plural), context) of everything that can be shown."""
    for path in sorted([*WEB.rglob("*.html"), *WEB.rglob("*.txt"), *WEB.rglob("*.py")]):
        yield from _texts_of(path, path.relative_to(ROOT).as_posix())
    for words in known_categories().values():
        yield "src/kept/policy/categories.yaml", words, None
    yield from _texts_of(LETTERS, LETTERS.relative_to(ROOT).as_posix())
    for right in rights().values():
        yield f"src/kept/rights/{right.code.replace('-', '_')}.py", right.title, None
    for part in SAYING:
        for path in sorted((ROOT / "src" / "kept" / "db" / part).glob("*.py")):
            yield from _texts_of(path, path.relative_to(ROOT).as_posix(), names=ERRORS)
    for package, parts in ELSEWHERE.items():
        spec = find_spec(package)
        home = Path(spec.origin).parent if spec and spec.origin else ROOT
        for part in parts:
            found = [home / part] if part.endswith(".py") else sorted((home / part).rglob("*.py"))
            for path in found:
                if "tests" not in path.parts:
                    yield from _texts_of(path, f"{package}/{path.relative_to(home).as_posix()}")


def _texts_of(path: Path, where: str, *, names: Collection[str] = NAMES) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    code = source if path.suffix == ".py" else templatize(source, origin=where)
    with redirect_stderr(StringIO()):  # the package tells of each f-string: those name something, and are shown in English
        extracted = list(extract_python(BytesIO(code.encode()), dict.fromkeys(names), [], {"encoding": "utf-8"}))
    for _, function, found, _ in extracted:
        said: object = found  # the package's types are narrower than what it yields
        values = [one for one in (said if isinstance(said, tuple) else (said,)) if isinstance(one, str)]
        context = values.pop(0) if "pgettext" in function or "npgettext" in function else None
        if names is ERRORS:
            yield from ((where, value, None) for value in values if value)
        elif values and values[0]:
            yield where, (values[0], values[1]) if "ngettext" in function else values[0], context


def catalog() -> Catalog:
    """Return every text, without translations, in the order of its places."""
    made = Catalog(project="Kept", version="1", fuzzy=False)
    for where, text, context in texts():
        made.add(text, locations=[(where, 0)], context=context)
    return made


def merged(path: Path) -> Catalog:
    """Return a language's file with every text in it: what is translated is kept, what nobody says any more is gone."""
    code = path.stem.replace("-", "_")
    with path.open("rb") as source:
        known = read_po(source, locale=code)
    known.update(catalog(), no_fuzzy_matching=True, update_header_comment=False)
    known.obsolete.clear()
    return known


def written(made: Catalog) -> bytes:
    """Return the file's bytes: no places, dates or versions of programs, so that it changes only when a text does.

    The comment at the top (a glossary, say) stays as it is; the header's lines are always the same few.
    """
    out = BytesIO()
    write_po(out, made, no_location=True, omit_header=True, sort_output=False, include_previous=False, width=120)
    name = made.locale.english_name if made.locale else ""
    comment = f"# {name} for the pages of Kept." if "FIRST AUTHOR" in made.header_comment else made.header_comment
    head = HEAD.format(code=made.locale_identifier, name=name, plurals=made.plural_forms)
    return f"{comment}\n{head}\n".encode() + out.getvalue()


def main() -> int:
    """Write each language's file anew; with --check only say which is stale (exit code 1)."""
    settings.configure(USE_I18N=True)
    django.setup()
    stale = []
    for path in sorted(LANGUAGES.glob("*.po")):
        new = written(merged(path))
        if new != path.read_bytes():
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_bytes(new)
    print(f"stale: {', '.join(stale)}" if stale else "every language has every text")  # noqa: T201 - a program of the command line
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
