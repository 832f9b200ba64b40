"""Print a promise's manual page: what it means, which law asks for it, what a clause may say."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typing_extensions import Doc

from kept.cli.shared import console
from kept.promises.registry import terms


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Print a promise's manual page, or the list of them where no CODE is given."""
    known = terms()
    if code is None:
        _list(console(), known)
        return
    if code not in known:
        raise click.UsageError(f"no promise is called {code!r}; they are: {', '.join(known)}")
    _page(known[code])


def _list(out: Console, known: Mapping[str, type[Any]]) -> None:
    table = Table(box=None, padding=(0, 1), show_header=False, pad_edge=False)
    table.add_column("code", no_wrap=True, style="bold")
    for name in ("title", "law"):
        table.add_column(name, style="dim" if name == "law" else "")
    for code, kind in known.items():
        table.add_row(code, escape(kind.title), escape(kind.law))
    out.print(table)


def _page(kind: type[Any]) -> None:
    out = console()
    out.print(f"[bold]{kind.code}[/]  {escape(kind.title)}  [dim]{escape(kind.law)}[/]\n")
    out.print(escape(_flowing(inspect.cleandoc(kind.__doc__ or ""))))
    out.print(f"\n[bold]In promises.yaml[/]\n  promise: {kind.code}")
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        out.print(f"  [bold]{field.name}[/]{'' if needed else ' [dim](optional)[/]'}  {escape(_doc(hints[field.name]))}")


def _flowing(text: str) -> str:
    """Return the text with each paragraph on one line, so that it breaks where the terminal ends and not where the source did."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _doc(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        return next((part.documentation for part in get_args(hint)[1:] if isinstance(part, Doc)), "")
    return ""
