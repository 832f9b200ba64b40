"""E-mail addresses, also written out (`jane at example dot org`) and in other scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector

PLAIN = re.compile(
    r"(?<![\w.+%\-])(?:\"[^\"\s@]{1,60}\"|[\w](?:[\w.!#$&'*+/?^`{|}~\-]{0,62}[\w+\-])?)@"
    r"((?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9\-]{2,59}))(?![\w\-]|\.[a-z]{2,}\()",
)
SPLIT = re.compile(
    r"(?<![\w.+\-])[\w][\w.+\-]{0,62} ?@ ?\n?(?:[a-z0-9\-]+ ?\. ?)+(?:com|org|net|edu|gov|io|in|de|uk|fr|"
    r"it|es|pl|nl|eu|info|me|co)\b",
    re.I,
)
OPEN = r"[\[({<]?\s?"
CLOSE = r"\s?[\])}>]?"
WRITTEN = re.compile(
    rf"(?<![\w.+\-])([a-z0-9](?:[\w.+\-]|\s?{OPEN}\bdot\b{CLOSE}\s?){{0,63}}?)(?:\s+at\s+|\s*[\[({{<]\s?(?:at|@)\s?[\])}}>]\s*)"
    rf"((?:[a-z0-9\-]+(?:\s*\.\s*|\s+dot\s+|\s*[\[({{<]\s?(?:dot|\.)\s?[\])}}>]\s*))+"
    r"(?:com|org|net|edu|gov|mil|io|ai|dev|app|info|biz|co|me|in|uk|us|de|fr|it|es|pl|nl|eu|be|at|ch|pt|"
    r"se|no|dk|fi|ie|ca|au|jp|cn|br|ru|xyz|tech|cloud|online|store|shop|site|test|example))(?![\w\-])",
    re.I,
)
HINT = re.compile(r"[\[({<]\s?(?:at|@)\s?[\])}>]|\sdot\s", re.I)
IMAGES = re.compile(r"@\dx\.(?:png|jpe?g|gif|webp|svg)\Z", re.I)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield plain addresses, addresses split by spaces round the signs, and addresses written out in words."""
    seen = -1
    for found in PLAIN.finditer(text):
        if not IMAGES.search(found[0]) and ".." not in found[0] and "://" not in found[0].split("@")[0]:
            seen = found.end()
            yield found.span()
    if seen < 0 and "@" in text:
        for found in SPLIT.finditer(text):
            yield found.span()
    if HINT.search(text) is None:
        return
    for found in WRITTEN.finditer(text):
        if "dot" in found[2].lower() or not found[0].lower().count(" at "):
            yield found.span()


DETECTOR = Detector(
    kind="email",
    title="E-mail address",
    category="user.contact.email",
    sieve=(
        r"[^\s@]@[^\s@]*\.[^\s@]",
        r"[^\s@] ?@ ?\n?[a-zA-Z0-9-]+ ?\. ?[a-zA-Z]",
        r"(?i)[\[({<]\s?(?:at|@)\s?[\])}>]",
        r"(?i)\sat\s(?s:.)*\sdot\s",
    ),
    find=find,
    names=(r"(?:^|_)e_?mails?(?:_|$)", r"(?:^|_)(?:mail_address|mail_to|correo|courriel|mailadresse)(?:_|$)"),
    source="RFC 5321 and RFC 6531 for the address; common ways of writing one out so that harvesters miss it",
)
