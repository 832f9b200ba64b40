"""Plain text: what a reader sees of an HTML letter, and what of a text is new and not quoted from an older letter."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Final

__all__ = ["LONGEST_TEXT", "clean", "line", "new_words", "text_of_html"]

LONGEST_TEXT: Final = 200_000
"""Characters of a letter's text that are read."""
LONGEST_HTML: Final = 1_000_000
SILENT = {"script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "select", "textarea"}
BREAKS = {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "section", "article", "dd", "dt"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
TAG = re.compile(r"<(?:!--|(/?)([A-Za-z][A-Za-z0-9]{0,20})|[!?/])")
HIDDEN = re.compile(r"(?:^|\s)hidden(?:[\s=/>]|$)|display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
"""Signs that turn the direction of writing: in a name or a subject they only serve to show something else than is there."""

WROTE = re.compile(
    r"(?:wrote|writes|schrieb(?: [^:]{1,80})?|a écrit|a ecrit|escribió|escribio|escreveu|ने लिखा|पर लिखा)\s*:\s*\Z", re.I
)
DATED = re.compile(r"\d|@|<")
BEGINS = re.compile(r"\s*(?:on|am|le|el|em|\d{1,4})\b", re.I)
OLDER = re.compile(
    r"\s*(?:[-_*]{2,}\s*(?:original message|original[- ]?nachricht|ursprüngliche nachricht|message d'origine|message original"
    r"|mensaje original|mensagem original|मूल संदेश|forwarded message|weitergeleitete nachricht|message transféré"
    r"|mensaje reenviado|mensagem encaminhada|अग्रेषित संदेश)\s*[-_*]{2,}|begin forwarded message:|_{20,})\s*\Z",
    re.I,
)
FROM = re.compile(r"\s*\*?(?:from|von|de|प्रेषक)\s?:\*?\s+\S.*\Z", re.I)
SENT = re.compile(r"\s*\*?(?:sent|date|gesendet|datum|envoyé|enviado|enviada em|fecha|data|to|an|à|para|दिनांक)\s?:\*?\s+\S", re.I)
SIGNATURE = re.compile(r"-- ?\Z")


def clean(text: str) -> str:
    """Return the text with one kind of line end and without control characters (databases refuse NUL), and not too long."""
    text = text[: 2 * LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", text).replace("\u2028", "\n").replace("\ufeff", "")[:LONGEST_TEXT]


def line(text: str, longest: int = 500) -> str:
    """Return the text as one line for showing: no controls, no turned writing, composed, at most that many characters."""
    one = TURNS.sub("", CONTROLS.sub(" ", text[: 4 * longest].replace("\n", " ").replace("\t", " ")))
    return " ".join(unicodedata.normalize("NFC", one).split())[:longest]


class _Reader:
    """Collects what is shown. Links keep their words and lose their addresses; a quotation's lines begin with `> `."""

    def __init__(self) -> None:
        """Begin with one line, outside any quotation."""
        self.lines: list[tuple[int, list[str]]] = [(0, [])]
        self.quoted = 0
        self.unseen = ""
        self.depth = 0

    def opens(self, tag: str, attributes: str) -> None:
        """Take note of a start tag."""
        if self.unseen:
            self.depth += tag == self.unseen
        elif tag not in VOID and (tag in SILENT or HIDDEN.search(attributes)):
            self.unseen, self.depth = tag, 1
        elif tag == "blockquote":
            self.quoted += 1
            self._break()
        elif tag == "br" or tag in BREAKS:
            self._break()
        elif tag == "li":
            self._break()
            self.says("- ")
        elif tag in {"td", "th"}:
            self.says(" ")

    def closes(self, tag: str) -> None:
        """Take note of an end tag."""
        if self.unseen:
            self.depth -= tag == self.unseen
            if not self.depth or tag == "body":
                self.unseen = ""
        elif tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
            self._break()
        elif tag in BREAKS or tag == "li":
            self._break()

    def says(self, text: str) -> None:
        """Take in words between tags."""
        if not self.unseen:
            self.lines[-1][1].append(text)

    def _break(self) -> None:
        self.lines.append((self.quoted, []))


def text_of_html(html: str) -> str:
    """Return what a reader sees of an HTML letter, a paragraph a line; nothing is loaded and no address followed. Never raises.

    A scanner of its own and not `html.parser`, which takes time with the square of the length where tags are left open (on the
    Python that Debian 12 and others have), so that one letter could hold up all.
    """
    reader = _Reader()
    html = html[:LONGEST_HTML]
    at = 0
    while (start := html.find("<", at)) >= 0:
        reader.says(_characters(html[at:start]))
        tag = TAG.match(html, start)
        if tag is None:
            reader.says("<")
            at = start + 1
            continue
        end = html.find(mark := "-->" if tag[0] == "<!--" else ">", start)
        at = len(html) if end < 0 else end + len(mark)
        if tag[1]:
            reader.closes(tag[2].lower())
        elif tag[2]:
            reader.opens(tag[2].lower(), html[tag.end() : min(at, tag.end() + 2_000)])
    reader.says(_characters(html[at:]))
    return _laid_out(reader.lines)


def _characters(text: str) -> str:
    """Return the text with its character references read; where one is no number Python reads, as it stands."""
    try:
        return unescape(text)
    except ValueError:  # thousands of digits
        return text


def _laid_out(lines: list[tuple[int, list[str]]]) -> str:
    found: list[str] = []
    for depth, pieces in lines:
        shown = " ".join("".join(pieces).split())
        if shown:
            found.append("> " * min(depth, 3) + shown)
        elif found and found[-1]:
            found.append("")
    return "\n".join(found).strip()


def new_words(text: str) -> str:
    """Return what the writer added: without quoted lines, the letter below, a forwarded letter and the signature.

    Where nothing is left, nothing is returned: a letter that only quotes says nothing of its own.
    """
    kept: list[str] = []
    lines = text.split("\n")
    for number, one in enumerate(lines):
        if one.lstrip().startswith(">"):
            continue
        if OLDER.match(one[:200]) or SIGNATURE.match(one) or _head_of_older(lines, number):
            break
        if (length := _attribution(lines, number)) and not _answer_below(lines, number + length):
            break
        kept.append(one)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_attributions(kept))).strip()


def _head_of_older(lines: list[str], number: int) -> bool:
    """Return whether the head of another letter begins here, as Outlook writes it: From, then Sent or To."""
    below = [one for one in lines[number + 1 : number + 4] if one.strip()]
    return bool(FROM.match(lines[number][:300])) and any(SENT.match(one[:300]) for one in below[:2])


def _attribution(lines: list[str], number: int) -> int:
    """Return over how many lines "On Monday Ann wrote:" runs from here, 0 for none."""
    for length in (1, 2, 3) if BEGINS.match(lines[number]) else (1,):
        joined = " ".join(one.strip() for one in lines[number : number + length])
        if len(joined) <= 400 and WROTE.search(joined) and DATED.search(joined):
            return length
        if not lines[number].strip():
            break
    return 0


def _answer_below(lines: list[str], number: int) -> bool:
    """Return whether quoted lines follow, so that an answer may stand beneath them."""
    return next((one.lstrip().startswith(">") for one in lines[number : number + 20] if one.strip()), False)


def _without_attributions(lines: list[str]) -> list[str]:
    kept: list[str] = []
    skip = 0
    for number in range(len(lines)):
        skip = skip - 1 if skip else _attribution(lines, number)
        if not skip:
            kept.append(lines[number])
    return kept
