"""The policy's prose, from Markdown to HTML."""

from __future__ import annotations

from functools import cache, lru_cache

from markdown_it import MarkdownIt

__all__ = ["to_html"]


@cache
def _reader() -> MarkdownIt:
    """CommonMark with tables and without HTML, whose links may lead to pages and mailboxes only (markdown-it's own rule)."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@lru_cache(maxsize=2048)
def to_html(text: str) -> str:
    """Return HTML in which every heading is two levels lower: the page's own stand above. HTML in the text is escaped.

    The newest 2,048 texts are remembered: a policy is read far more often than it changes.
    """
    reader = _reader()
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return str(reader.renderer.render(tokens, reader.options, {}))
