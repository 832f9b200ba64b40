"""Print a promise's manual page: what it means, which law asks for it, what a clause may say."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
from rich.markup import escape
from typing_extensions import Doc

from kept.cli.shared import console
from kept.promises.registry import terms


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Print a promise's manual page, or the list of them where no CODE is given."""
    known = terms()
    if code is None:
        for name, kind in known.items():
            console().print(f"[bold]{name:<26}[/] {escape(kind.title)} [dim]{escape(kind.law)}[/]")
        return
    if code not in known:
        raise click.UsageError(f"no promise is called {code!r}; they are: {', '.join(known)}")
    _page(known[code])
    sys.exit(0)


def _page(kind: type[Any]) -> None:
    out = console()
    out.print(f"[bold]{kind.code}[/]  {escape(kind.title)}  [dim]{escape(kind.law)}[/]\n")
    out.print(escape(inspect.cleandoc(kind.__doc__ or "")))
    fields = dataclasses.fields(kind)
    if fields:
        out.print("\n[bold]In promises.yaml[/]")
    hints = get_type_hints(kind, include_extras=True)
    for field in fields:
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        out.print(f"  [bold]{field.name}[/]{'' if needed else ' [dim](optional)[/]'}  {escape(_doc(hints[field.name]))}")


def _doc(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        return next((part.documentation for part in get_args(hint)[1:] if isinstance(part, Doc)), "")
    return ""
