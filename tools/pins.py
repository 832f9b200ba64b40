"""Print the versions that uv.lock pins, as constraints for pip; with --dev, the names of the development group instead.

Only for machines where uv cannot run: the lock stays the one place where versions are written.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path


def pins(lock: Path) -> Iterator[str]:
    """Yield `name==version` for every package that the lock holds in one version only."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    times = Counter(package["name"] for package in packages)
    for package in packages:
        if times[package["name"]] == 1 and "registry" in package["source"]:
            yield f"{package['name']}=={package['version']}"


def dev(project: Path) -> Iterator[str]:
    """Yield the requirements of the development group, without spaces."""
    for requirement in tomllib.loads(project.read_text(encoding="utf-8"))["dependency-groups"]["dev"]:
        yield requirement.replace(" ", "")


def main() -> None:
    """Print one a line."""
    lines = dev(Path("pyproject.toml")) if "--dev" in sys.argv[1:] else pins(Path("uv.lock"))
    sys.stdout.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    main()
