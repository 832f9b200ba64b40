"""The house rules that a program can hold us to, each with the reason in its message."""

from __future__ import annotations

import ast
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kept"
MOST_FUNCTION, MOST_FILE = 60, 400
BANNED = {"manager", "managers", "helper", "helpers", "util", "utils", "service", "services", "handler", "handlers"}
SCANNERS = {
    "cli/main.py": "finds commands by their files and loads only the one that runs",
    "cli/commands/check.py": "loads only the format that was asked for",
    "promises/registry.py": "finds promises by their files",
    "detectors/registry.py": "finds detectors by their files",
    "cli/pages.py": "loads what wants the database once the settings of the pages are in place",
    "connectors/processors/registry.py": "finds ways of asking processors by their files",
    "rights/registry.py": "finds rights by their files",
    "workflows/requests.py": "finds the stages of requests by their files",
    "workflows/working.py": "finds kinds of jobs by their files",
    "connectors/opening.py": "finds connectors by their folders",
    "vault/providers/registry.py": "loads only the key provider that is used, which may need a package that is not installed",
    "detectors/training/generator.py": "trains with a package that Kept does not need to run",
}
SIBLINGS = {
    "promises": {"promise"},
    "detectors": {"detector", "reading"},
    "vault/providers": {"provider"},
    "rights": {"right"},
    "connectors/processors": {"certificates", "choosing", "orders", "registry", "signing", "tokens", "wire"},
    "workflows/jobs": set(),
    "workflows/steps": set(),
}
"""Folders of one file a kind, and what those files may share."""


def source_files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def written_here() -> list[Path]:
    folders = (SOURCE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples", ROOT / "tools")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Yield every module that a file imports, whole, with the import's node."""
    package = ("kept", *path.relative_to(SOURCE).parts[:-1]) if path.is_relative_to(SOURCE) else ()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *((node.module,) if node.module else ())))
            yield node, module
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)


def test_functions_stop_at_sixty_lines() -> None:
    long = [
        f"{named(path, node)} {node.name} has {lines} lines"
        for path in source_files()
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION
    ]
    assert not long, "a function does one thing and fits a screen"


def test_files_stop_at_four_hundred_lines() -> None:
    long = [
        f"{named(path)} has {lines} lines"
        for path in source_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_FILE
    ]
    assert not long, "a file this long holds two ideas"


def test_no_import_sits_inside_a_function() -> None:
    inside = {
        named(path, node)
        for path in source_files()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not inside, "imports stand at the top, where import-linter and readers see them"


def test_only_the_scanners_import_by_name() -> None:
    by_name = {
        str(path.relative_to(SOURCE))
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "import_module"
    }
    assert by_name <= set(SCANNERS), "an import by name hides from import-linter"


def test_there_are_no_mocks() -> None:
    mocked = [named(path, node) for path in written_here() for node, module in imports(path) if module.startswith("unittest.mock")]
    assert not mocked, "test on the real thing, or wrap it with a fault injector"


GOOD_IGNORE = re.compile(r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s*(#|-)\s*\S+ \S+")


def test_every_ignored_type_says_which_and_why() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{token.start[0]}"
        for path in written_here()
        for token in _comments(path)
        if re.match(r"#\s*type:\s*ignore", token.string) and not GOOD_IGNORE.search(token.string)
    ]
    assert not bare, "write `# type: ignore[code]  # the reason`"


@pytest.mark.parametrize(
    ("comment", "good"),
    [
        ("# type: ignore", False),
        ("# type: ignore[arg-type]", False),
        ("# type: ignore[arg-type]  # rich wants a Literal", True),
        ("# type: ignore[arg-type, misc]  # as above", True),
    ],
)
def test_the_rule_about_ignored_types_can_tell(comment: str, good: bool) -> None:
    assert bool(GOOD_IGNORE.search(comment)) is good


def _comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    with tokenize.open(path) as lines:
        yield from (token for token in tokenize.generate_tokens(lines.readline) if token.type == tokenize.COMMENT)


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def test_names_say_what_a_thing_is() -> None:
    modules = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if any(_words(part) & BANNED for part in path.with_suffix("").parts[-3:])
    ]
    classes = [
        f"{named(path, node)} {node.name}"
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and _words(node.name) & BANNED
    ]
    assert not modules + classes, f"a name with one of {sorted(BANNED)} does not say what the thing is"


@pytest.mark.parametrize("folder", SIBLINGS)
def test_siblings_do_not_import_each_other(folder: str) -> None:
    shared = SIBLINGS[folder]
    apart = {"registry", "panel", "evidence"} | shared
    kinds = [path for path in (SOURCE / folder).glob("[a-z]*.py") if path.stem not in apart]
    assert kinds, f"{folder} has no files"
    prefix = f"kept.{folder.replace('/', '.')}."
    across = [
        f"{named(path, node)} imports {module}"
        for path in kinds
        for node, module in imports(path)
        if module.startswith(prefix) and module.removeprefix(prefix).split(".")[0] not in shared
    ]
    assert not across, "one file a kind: taking one away must not break another"


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_folder_has_its_place_in_the_layers() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)}
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert folders == placed, "name a new folder in pyproject.toml's layers, and drop the name of one that is gone"


def test_the_lock_pins_everything_and_only_from_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = {package["source"].get("registry") for package in lock["package"] if "editable" not in package["source"]}
    assert sources == {"https://pypi.org/simple"}
    hosts = set(re.findall(r'url = "https?://([^/"]+)', (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"files.pythonhosted.org"}
    pinned = {package["name"]: package["version"] for package in lock["package"] if "version" in package}
    stale = [text for text in _requirements() if not _satisfied(Requirement(text), pinned)]
    assert not stale, "run: .venv/bin/uv lock"


def _requirements() -> list[str]:
    table = project()
    return [*table["project"]["dependencies"], *table["dependency-groups"]["dev"]]


def _satisfied(requirement: Requirement, pinned: dict[str, str]) -> bool:
    version = pinned.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def test_every_dependency_is_used() -> None:
    modules = packages_distributions()
    text = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    unused = []
    for requirement in map(Requirement, project()["project"]["dependencies"]):
        wanted = re.sub(r"[-_.]+", "-", requirement.name).lower()
        names = [
            module for module, owners in modules.items() if wanted in {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
        ]
        if not any(re.search(rf"\b{re.escape(name)}\b", text) for name in names):
            unused.append(requirement.name)
    assert not unused, "a dependency nobody imports is weight and risk for nothing; tests have their own group"


def tracked() -> list[Path]:
    """Every file of the repository that git knows; in an unpacked archive, which has no git, none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


SLASH = "/"  # so that this file does not find itself
MACHINE = re.compile(
    "|".join(
        (
            rf"(?<![\w.{{}}$-]){SLASH}(?:work|root|opt{SLASH}pypi){SLASH}",
            rf"{SLASH}tmp{SLASH}(?:probe|bash)",
            rf"{SLASH}home{SLASH}\w",
        )
    )
)


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        (f"cd {SLASH}work{SLASH}main", True),
        (f'path = "{SLASH}home{SLASH}ann"', True),
        (f"see {SLASH}tmp{SLASH}probe", True),
        ("the frame/work/shop and src/work/x.py", False),
        ("/var/lib/postgresql", False),
    ],
)
def test_the_rule_about_machines_can_tell(line: str, caught: bool) -> None:
    assert bool(MACHINE.search(line)) is caught


def test_nothing_of_a_machine_is_committed() -> None:
    found = []
    for path in tracked():
        if not path.is_file():
            continue  # deleted and not yet committed
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not found, "a path of one machine means nothing on another"


def test_no_large_or_generated_file_is_committed() -> None:
    large = [f"{path.relative_to(ROOT)}" for path in tracked() if path.is_file() and path.stat().st_size > 1_000_000]
    generated = [str(path.relative_to(ROOT)) for path in tracked() if path.suffix in {".pyc", ".sqlite3", ".log"}]
    assert not large + generated, "what a program makes is made again, not committed"
