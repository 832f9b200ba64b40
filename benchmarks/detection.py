"""Detection: texts a second and quality, beside the floor (the RE2 sets alone) and a peer (presidio-analyzer).

    python benchmarks/detection.py [--full]

Floor, product and peer look at the same 100-character texts in turn, fresh texts every round, and the ratios are printed with
their median and their range; time is CPU time, because machines are shared. RE2 builds its automata as texts come by, so other
texts are looked at first. The peer runs in its own environment, made under `.cache/` on the first run (which needs the
package index and a minute or two), with its pattern recognisers and a blank tokenizer, and without looking anything up on the net.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kept.detectors.detector import Span
from kept.detectors.panel import Panel
from kept.detectors.training.scoring import KINDS, SPECIAL, Score, read_labelled, score

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".cache" / "presidio"
LABELLED = ROOT / "tests" / "detectors" / "dev.jsonl"
REQUIRES = "presidio-analyzer==2.2.366"
LENGTH = 100
PEER_KINDS = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "payment-card", "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "IN_AADHAAR": "aadhaar", "IN_PAN": "pan", "IN_GSTIN": "gstin", "IN_VOTER": "voter-id", "IN_PASSPORT": "passport",
    "US_SSN": "ssn",
    "UK_NINO": "nino", "UK_NHS": "nhs", "ES_NIF": "es-dni", "PL_PESEL": "pl-pesel", "IT_FISCAL_CODE": "it-codice-fiscale",
    "PERSON": "person", "DATE_TIME": "date-of-birth", "LOCATION": "address",
}  # fmt: skip
PEER = r"""
import json, sys, time
import spacy, tldextract
import tldextract.tldextract as inner
inner.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer import predefined_recognizers as ready
from presidio_analyzer.nlp_engine import SpacyNlpEngine

class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
    def load(self): pass
    def is_loaded(self): return True

registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"])
for one in list(registry.recognizers):
    if one.name == "SpacyRecognizer":
        registry.remove_recognizer(one.name)
there = {one.name for one in registry.recognizers}
for name in ("InPanRecognizer", "InAadhaarRecognizer", "InGstinRecognizer", "InVoterRecognizer", "InPassportRecognizer",
             "UkNinoRecognizer",
             "NhsRecognizer", "EsNifRecognizer", "PlPeselRecognizer", "ItFiscalCodeRecognizer"):
    if name not in there and hasattr(ready, name):
        registry.add_recognizer(getattr(ready, name)(supported_language="en"))
engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
print(json.dumps(sorted(one.name for one in registry.recognizers)), flush=True)
for line in sys.stdin:
    texts = json.loads(line)
    began = time.process_time()
    found = [engine.analyze(text=text, language="en") for text in texts]
    took = time.process_time() - began
    print(json.dumps({"seconds": took, "found": [[[r.start, r.end, r.entity_type] for r in some] for some in found]}), flush=True)
"""
PROSE = (
    "the parcel arrived late and the box was open|please check why the export takes an hour since the last release|"
    "we changed the colour of the button as discussed|the second test failed because the disk was full|"
    "nothing to add from my side, thanks for the quick answer|can you move the meeting to the afternoon|"
    "refund was approved and will be paid out soon|the report counts every row twice when filters are on|"
    "it works again after a restart of the worker|the price on the page differs from the price in the basket|"
    "order shipped in two boxes, one of them is missing|user could reset the password and sign in"
)


IN_VIEW = """These sentences were in view while Kept's rules were written and were not while the peer's were: expect less of Kept on
sentences of other people. On 32 sentences written by hand the name model first reached an F1 of 0.83."""


def texts(count: int, share: float, seed: int) -> list[str]:
    """Return texts of 100 characters; `share` of them hold a labelled sentence, the rest is ordinary prose."""
    drawn = random.Random(seed)
    labelled = [one.text for one in read_labelled(LABELLED) if len(one.text) <= LENGTH]
    made = []
    for _ in range(count):
        start = drawn.choice(labelled) + ". " if drawn.random() < share else ""
        while len(start) < LENGTH:
            start += drawn.choice(PROSE.split("|")) + f", case {drawn.randint(1, 999)}. "
        made.append(start[:LENGTH])
    return made


class Peer:
    """presidio-analyzer in its own environment, spoken to in JSON lines."""

    def __init__(self) -> None:
        python = HOME / "bin" / "python"
        if not (HOME / "ready").exists():
            print("making the peer's environment …", flush=True)
            venv.create(HOME, with_pip=True, clear=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", REQUIRES], check=True)
            (HOME / "ready").touch()
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-c", PEER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.recognisers = json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the peer ended before it answered; remove .cache/presidio and run again")
        return line

    def look(self, some: list[str]) -> dict[str, Any]:
        """Return how long the texts took and what was found in each."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(some) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


def timed(look: Any, some: list[str]) -> float:
    """Return the seconds that looking at every text took."""
    began = time.process_time()
    for text in some:
        look(text)
    return time.process_time() - began


def speed(peer: Peer, *, share: float, rounds: int, count: int, kinds: list[str] | None) -> None:
    """Print rates and ratios on fresh texts each round."""
    panel = Panel.of(kinds)
    for text in texts(4 * count, share, seed=-1):
        panel.found_in(text)
    rows = []
    for number in range(rounds):
        some = texts(count, share, seed=1000 * number + int(share * 100))
        rows.append((count / timed(panel.suspects, some), count / timed(panel.found_in, some), count / peer.look(some)["seconds"]))
    name = "all kinds" if kinds is None else f"{len(panel.kinds)} kinds the peer knows"
    print(f"\n{share:.0%} of texts hold something; {name}; {rounds} rounds of {count} texts of {LENGTH} characters")
    for title, at in (("floor: RE2 set", 0), ("kept", 1), ("presidio-analyzer", 2)):
        print(f"  {title:20} {statistics.median(row[at] for row in rows):12,.0f} texts/s")
    for title, ratios in (
        ("kept / presidio", [row[1] / row[2] for row in rows]),
        ("kept / floor", [row[1] / row[0] for row in rows]),
    ):
        print(f"  {title:20} {statistics.median(ratios):12.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def quality(peer: Peer) -> None:
    """Print precision, recall and F1 a kind for both, on the labelled sentences."""
    labelled = read_labelled(LABELLED)
    answers = dict(zip((one.text for one in labelled), peer.look([one.text for one in labelled])["found"], strict=True))

    def theirs(text: str) -> Iterable[Span]:
        return [Span(start=a, end=b, kind=PEER_KINDS[kind]) for a, b, kind in answers[text] if kind in PEER_KINDS]

    kinds = [*KINDS.values(), *SPECIAL]
    ours, other = score(labelled, Panel.of().spans, kinds), score(labelled, theirs, kinds)
    print(f"\n{IN_VIEW}")
    print(f"\nquality on {len(labelled)} labelled sentences           kept             presidio")
    print(f"{'kind':22}{'n':>5}      P     R     F1         P     R     F1")
    for kind in kinds:
        print(f"{kind:22}{ours[kind].right + ours[kind].missed:5d}  {_figures(ours[kind])}    {_figures(other[kind])}")
    for title, some in (
        ("structured", [k for k in KINDS.values() if k not in {"person", "address", "date-of-birth"}]),
        ("all spans", list(KINDS.values())),
    ):
        mine, peers = _sum(ours[kind] for kind in some), _sum(other[kind] for kind in some)
        print(f"{title:22}{mine.right + mine.missed:5d}  {_figures(mine)}    {_figures(peers)}")


def _figures(one: Score) -> str:
    return f"{one.precision:5.2f} {one.recall:5.2f}  {one.f1:5.2f} "


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for one in scores:
        total.right, total.wrong, total.missed = total.right + one.right, total.wrong + one.wrong, total.missed + one.missed
    return total


def main() -> None:
    reads = argparse.ArgumentParser(description="Texts a second and quality of detection, beside a floor and a peer.")
    reads.add_argument("--full", action="store_true", help="more rounds of more texts: some minutes")
    asked = reads.parse_args()
    rounds, count = (11, 4_000) if asked.full else (5, 600)
    peer = Peer()
    print(
        f"Python {sys.version.split()[0]}; {REQUIRES};"
        f" {len(peer.recognisers)} recognisers of the peer: {', '.join(peer.recognisers)}"
    )
    same = sorted({kind for kind in PEER_KINDS.values() if kind not in {"person", "address", "date-of-birth"}})
    try:
        for share in (0.1, 0.5, 1.0):
            speed(peer, share=share, rounds=rounds, count=count, kinds=None)
        speed(peer, share=0.5, rounds=rounds, count=count, kinds=same)
        quality(peer)
    finally:
        peer.close()


if __name__ == "__main__":
    main()
