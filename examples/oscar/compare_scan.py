"""Compare the map that a scan proposes with the map that was written by hand.

    kept scan shop -f examples/oscar/privacy --format json -o proposed.yaml > seen.json
    python examples/oscar/compare_scan.py proposed.yaml seen.json

The columns of the map by hand are told apart by what they are: what identifies a person or was written by one, keys that point to
one, and traces of what they did.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import yaml

from kept.policy.load import load
from kept.promises.registry import terms

FOLDER = Path(__file__).parent / "privacy"
CLASSES = {"user.unique_id": "keys", "user.behavior": "traces", "user.account": "traces"}


def kind_of(category: str) -> str:
    """Return which of three kinds a category is."""
    return next((name for prefix, name in CLASSES.items() if category.startswith(prefix)), "identity and content")


def share(part: int, whole: int) -> str:
    """Write a share with its numbers."""
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


def main() -> None:
    """Read the proposed map and what the scan saw of every column, and print the comparison."""
    tables = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))["tables"]
    seen = {one["column"]: one for one in json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))}
    policy = load(FOLDER, terms())
    mapped = {str(table.table.column(link.column)): "user.unique_id" for table in policy.tables() for link in table.map.links}
    mapped |= {str(table.table.column(table.map.subject.key)): "user.unique_id" for table in policy.tables() if table.map.subject}
    mapped |= {str(column): str(entry.category) for table in policy.tables() for column, entry in table.columns()}
    proposed = {
        f"shop.{table}.{name}": str(field["category"]) for table in tables for name, field in tables[table]["fields"].items()
    }
    found = proposed.keys() & mapped.keys()
    print(f"{len(seen)} columns looked at, {len(mapped)} in the map, {len(proposed)} proposed")
    print(f"precision  {share(len(found), len(proposed))}")
    print(f"recall     {share(len(found), len(mapped))}")
    totals, hits = Counter(map(kind_of, mapped.values())), Counter(kind_of(mapped[name]) for name in found)
    for kind, total in totals.most_common():
        print(f"  {kind}: {share(hits[kind], total)}")
    agree = [name for name in found if mapped[name].startswith(proposed[name]) or proposed[name].startswith(mapped[name])]
    print(f"same category, or one within the other: {share(len(agree), len(found))}")
    print("\nmissed:")
    for name in sorted(mapped.keys() - found):
        print(f"  {name} ({mapped[name]}){'' if not seen[name]['category'] else ' unsure: ' + str(seen[name]['reason'])}")
    print("\nproposed, and not in the map:")
    for name in sorted(proposed.keys() - found):
        print(f"  {name} ({proposed[name]}): {seen[name]['reason'] or 'points to, or is, a person'}")
    print("\nanother category:")
    for name in sorted(set(found) - set(agree)):
        print(f"  {name}: map {mapped[name]}, scan {proposed[name]}")


if __name__ == "__main__":
    main()
