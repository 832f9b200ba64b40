"""Write docs/reference; with --check, change nothing and say which files differ from what the code says."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.reference.pages import FOLDER, differing, pages

CHECK = "--check"


def main(words: list[str]) -> int:
    """Run the command and return its exit code: 0 written or up to date, 1 out of date."""
    if CHECK in words:
        stale = differing()
        sys.stdout.writelines(f"{path} is not what the code says; run: make docs\n" for path in stale)
        return 1 if stale else 0
    for path in differing():
        if (text := pages().get(path)) is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(Path.cwd())}\n")
    sys.stdout.write(f"{FOLDER.relative_to(Path.cwd())} is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
