"""Where key material is read, what is logged while it is used, and that no core dump holds it."""

from __future__ import annotations

import ast
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from kept.base.errors import KeptError
from kept.vault import Vault, destroy
from kept.vault.rotation import rotate
from tests.vault.conftest import KEPT_TOML
from tests.vault.providers.test_secrets import forms
from tests.vault.test_hygiene import NAME, keys_of

SOURCE = Path(__file__).parents[2] / "src" / "kept"
GOLDEN = Path(__file__).parent / "key-material.txt"
PLACE, ADA = "app.accounts.email", "account:42"


def test_every_place_that_reads_key_material_is_known() -> None:
    """A new place is reviewed, and then written into tests/vault/key-material.txt."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path == SOURCE / "vault" / "secret.py":
            continue
        assert "._raw" not in text, f"{path}: key material is read by its token"
        if "READS_KEY_MATERIAL" in text:
            found |= {f"{path.relative_to(SOURCE)}:{place}" for place in places(ast.parse(text))}
    assert sorted(found) == GOLDEN.read_text(encoding="utf-8").splitlines()


def places(module: ast.Module) -> set[str]:
    """Return the functions that show the token, and see that it is only ever shown to `material`."""
    found: set[str] = set()
    shown_to_material = 0

    def visit(node: ast.AST, names: tuple[str, ...]) -> None:
        nonlocal shown_to_material
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "material":
            shown_to_material += 1
            found.add(".".join(names))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = (*names, node.name)
        for child in ast.iter_child_nodes(node):
            visit(child, names)

    visit(module, ())
    uses = [node for node in ast.walk(module) if isinstance(node, ast.Name) and node.id == "READS_KEY_MATERIAL"]
    assert len(uses) == shown_to_material, "the token is shown to `material` where it is read, and kept nowhere"
    assert not [node for node in ast.walk(module) if isinstance(node, ast.Attribute) and node.attr == "READS_KEY_MATERIAL"]
    return found


@pytest.mark.parametrize(
    "code",
    [
        "def f(k):\n return READS_KEY_MATERIAL",
        "TOKEN = READS_KEY_MATERIAL",
        "def f(k):\n read(k, READS_KEY_MATERIAL)\n k.material(TOKEN)\n k.material(TOKEN)",
        "import secret\ndef f(k):\n return k.material(secret.READS_KEY_MATERIAL)",
    ],
)
def test_the_rule_about_the_token_can_tell(code: str) -> None:
    assert places(ast.parse("def f(k):\n return k.material(READS_KEY_MATERIAL)")) == {"f"}
    with pytest.raises(AssertionError):
        places(ast.parse(code))


def test_nothing_of_it_is_logged(vault: Vault, privacy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not even by the database's own logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "kept"):
        caplog.set_level(logging.DEBUG, name)
    vault.cache.clear()
    field, index = vault.field(PLACE), vault.index(PLACE, "text")
    sealed = field.seal_text(ADA, NAME)
    assert field.open_text(ADA, sealed) == NAME
    secrets = keys_of(vault, privacy)
    assert index.of(NAME)
    rotate(vault, "file")
    secrets += keys_of(vault, privacy)
    destroy(vault, [ADA])
    with pytest.raises(KeptError):
        field.open_text(ADA, sealed)
    logged = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert len(logged) > 20
    for text in logged:
        assert NAME not in text
        assert not [form for raw in secrets for form in forms(raw) if form in text]


PROGRAM = """
import ctypes, json, os, resource, sys
from kept.vault import open_vault
def state():
    return [*resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0]
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
before = state()
vault = open_vault(sys.argv[1])
after = state()
child = os.fork()
if not child:
    os.write(int(sys.argv[2]), json.dumps([before, after, state()]).encode())
    os._exit(0)
os.waitpid(child, 0)
vault.close()
"""


@pytest.mark.parametrize("allowed", [False, True])
def test_a_process_with_a_vault_leaves_no_core_dump_unless_it_may(privacy: Path, tmp_path: Path, allowed: bool) -> None:
    if not allowed:
        (privacy / "kept.toml").write_text(KEPT_TOML.replace("core_dumps = true", ""), encoding="utf-8")
    with (tmp_path / "said").open("wb") as said:
        command = [sys.executable, "-c", PROGRAM, str(privacy), str(said.fileno())]
        subprocess.run(command, check=True, timeout=60, pass_fds=[said.fileno()])
    before, after, child = json.loads((tmp_path / "said").read_bytes())
    assert after == child == (before if allowed else [0, before[1], 0])
    if sys.platform == "linux":
        assert before[2] == 1, "the test would see it if it were forbidden"
