"""Secrets: API keys, tokens, private keys, passwords written beside their name."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from kept.detectors.detector import Detector

KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36,251}|"
    r"github_pat_[A-Za-z0-9_]{60,}|glpat-[\w\-]{20,}"
    r"|xox[abposr]-[A-Za-z0-9\-]{10,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}|"
    r"sk-(?:proj-|ant-|or-)?[A-Za-z0-9_\-]{20,}|AIza[\w\-]{35}"
    r"|ya29\.[\w\-]{20,}|SG\.[\w\-]{16,}\.[\w\-]{16,}|key-[0-9a-f]{32}|npm_[A-Za-z0-9]{36}|"
    r"pypi-[\w\-]{50,}|hf_[A-Za-z0-9]{30,}|dop_v1_[0-9a-f]{64}"
    r"|eyJ[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]*|[0-9]{8,10}:AA[\w\-]{33}|AGE-SECRET-KEY-1[A-Z0-9]{58}|"
    r"shp(?:at|ss|ca)_[0-9a-f]{32})(?![A-Za-z0-9])"
)
BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)?", re.DOTALL
)
HASHES = re.compile(
    r"(?:\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$[^\s\"']{20,}|pbkdf2_sha(?:1|256|512)\$\d+\$[^\s\"']{16,}|\$[156]\$[^\s\"'$]{1,20}\$[./A-Za-z0-9]{20,}|scrypt\$[^\s\"']{16,})"
)
NAMED = re.compile(
    r"(?:api[_\- ]?key|apikey|secret(?:[_\- ]?key)?|access[_\- ]?(?:key|token)|auth[_\- ]?token|"
    r"client[_\- ]?secret|refresh[_\- ]?token|token|password|passwd|pwd|passphrase)"
    r"[\"']?\s{0,2}(?:[:=]|:=|=>|\bis\b)\s{0,2}[\"']?(?:Bearer )?(?P<value>[^\s\"',;&<>(){}\[\]]{8,512})",
    re.IGNORECASE,
)
BEARER = re.compile(r"\b(?:Bearer|Basic)\s{1,2}(?P<value>[A-Za-z0-9+/_.\-=]{16,2048})")
IN_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{2,20}://[^\s:/@]{1,64}:(?P<value>[^\s/@]{3,128})@")
PLACEHOLDER = re.compile(
    r"(?:[x*.•#\-]+|your.*|my.*|\$.*|<.*|%.*|example.*|change.?me.*|redacted.*|null|none|undefined|true|"
    r"false|required|incorrect|invalid|expired|missing|process\.env.*|os\.environ.*)",
    re.IGNORECASE,
)
RANDOM_BITS = 2.8
"""Shannon entropy a character, above which eight or more characters with digits are seldom a word."""


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield secrets of known shapes, then values named as secrets that look random."""
    for pattern in (KNOWN, BLOCK, HASHES):
        for found in pattern.finditer(text):
            yield found.span()
    for pattern in (NAMED, BEARER, IN_URL):
        for found in pattern.finditer(text):
            if not PLACEHOLDER.fullmatch(found["value"]) and (pattern is IN_URL or _random(found["value"])):
                yield found.span("value")


def _random(value: str) -> bool:
    if value.isalpha() and (value.islower() or value.istitle()):
        return False
    shares = [count / len(value) for count in Counter(value).values()]
    return not value.isalpha() and -sum(share * math.log2(share) for share in shares) >= RANDOM_BITS


DETECTOR = Detector(
    kind="secret",
    title="Secret: API key, token, password or private key",
    category="user.authorization.credentials",
    sieve=(
        r"AKIA|ASIA|AROA|AIDA|gh[pousr]_|github_pat_|glpat-|xox[abposr]-|[sr]k_(?:live|test)_|sk-|AIza|ya29\.|"
        r"SG\.|key-|npm_|pypi-|hf_|dop_v1_|eyJ|:AA|AGE-SECRET|shp(?:at|ss|ca)_",
        r"PRIVATE KEY",
        r"\$2[abxy]\$|\$argon2|pbkdf2_|\$[156]\$|scrypt\$",
        r"(?i)(?:key|secret|token|password|passwd|pwd|passphrase)[\"']?\s{0,2}(?:[:=]|is\b)",
        r"Bearer\s|Basic\s",
        r"://[^\s:/@]+:[^\s/@]+@",
    ),
    find=find,
    names=(
        r"(?:^|_)(?:password|passwd|pwd|passphrase|secret|secret_key|api_?key|access_?token|refresh_?token|"
        r"auth_?token|private_?key|client_?secret|session_?key|session_?token|otp_?secret|totp|"
        r"recovery_?codes?|pin_?code_?hash|password_?hash|salt|cvv|cvc)(?:_|$)",
        r"(?:^|_)(?:token|session_data|csrf|nonce|credentials?)(?:_|$)",
    ),
    source="key formats as their issuers document them; RFC 7519 (JWT), RFC 7468 (PEM), RFC 6750 (Bearer)",
)
