"""Train the tagger: `python -m kept.detectors.training.train [--sentences 60000]` writes `reading/tagger.bin`.


Logistic regression by stochastic gradient with weights averaged over all steps; the same seed gives the same
file. Sentences of the standard
library's documentation are added as text without names, so that technical prose is not taken for people.
"""

from __future__ import annotations

import argparse
import ast
import math
import random
import re
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from kept.detectors.reading.folding import fold
from kept.detectors.reading.tagger import BITS, FILE, PLACES, STEP, conjunctions, slot, tokens, word_features
from kept.detectors.training.generator import Sentence, Sentences

SEED = 20_240_601
RATE = 0.15
MODULES = (
    "argparse json pathlib subprocess logging datetime statistics unittest email.message http.client socket threading"
    " zipfile random collections difflib"
)

Example = tuple[list[int], bool]


def prose() -> Iterator[Sentence]:
    """Yield lines of documentation; those that credit somebody are left out."""
    root = Path(argparse.__file__).parent
    for module in MODULES.split():
        path = root / (module.replace(".", "/") + ".py")
        path = path if path.exists() else root / module / "__init__.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for line in (ast.get_docstring(node) or "").splitlines():
                    if len(line) > 20 and not re.search(r"(?i)author|copyright|written by|@|contributed", line):
                        for text in _capitalised(line.strip(), len(line)):
                            yield Sentence(text=text, person=(), address=())


def _capitalised(line: str, turn: int) -> Iterator[str]:
    """Yield the line, and for some lines also as a heading or with two words in capitals as products and places have them."""
    yield line
    if turn % 3 == 0:
        yield line.title()
    elif turn % 3 == 1:
        words = line.split()
        at = turn % max(1, len(words) - 2)
        yield " ".join(word.capitalize() if at < place <= at + 2 else word for place, word in enumerate(words))


def examples(sentence: Sentence, thing: str) -> Iterator[Example]:
    """Yield, for each word, its slots and whether it belongs to the thing."""
    text = sentence.text
    if fold(text).text != text:
        return
    cut = tokens(text)
    words = ["\n", "\n", *(token[0] for token in cut), "\n", "\n"]
    spans: Sequence[tuple[int, int]] = sentence.person if thing == "person" else sentence.address
    for at, (word, start, end) in enumerate(cut):
        if thing == "person" and not word[0].isalpha():
            continue
        told = ["bias", *conjunctions(*words[at + 1 : at + 4])]
        for place in PLACES:
            told += word_features(words[at + 2 + place], place)
        yield [slot(feature) for feature in told], any(first <= start and end <= last for first, last in spans)


def learn(data: list[Example], epochs: int) -> array[float]:
    """Return averaged weights."""
    weights = array("d", bytes(8 << BITS))
    summed = array("d", bytes(8 << BITS))
    order = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    step = 0
    for epoch in range(epochs):
        order.shuffle(data)
        rate = RATE / (1 + epoch)
        for slots, truth in data:
            step += 1
            score = sum(weights[one] for one in slots)
            odds = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
            error = rate * ((1.0 if truth else 0.0) - odds)
            if abs(error) < 0.002:
                continue
            for one in slots:
                weights[one] += error
                summed[one] += error * step
    return array("d", (weight - total / step for weight, total in zip(weights, summed, strict=True)))


def packed(weights: array[float]) -> bytes:
    """Return weights as bytes, 128 meaning nothing."""
    return bytes(max(0, min(255, 128 + round(weight / STEP))) for weight in weights)


def main() -> None:
    """Generate, learn, write."""
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--sentences", type=int, default=60_000)
    reads.add_argument("--epochs", type=int, default=3)
    asked = reads.parse_args()
    sentences = [*Sentences(SEED).stream(asked.sentences), *prose()]
    tables = b""
    for thing in ("person", "address"):
        data = [example for sentence in sentences for example in examples(sentence, thing)]
        tables += packed(learn(data, asked.epochs))
        sys.stderr.write(f"{thing}: {len(data):,} words\n")
    FILE.write_bytes(zlib.compress(tables, 9))
    sys.stderr.write(f"{FILE.name}: {FILE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
