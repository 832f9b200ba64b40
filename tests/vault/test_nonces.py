"""No nonce is ever used twice under one key: counted over many seals, and read from the code of every place that seals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest

from kept.vault import Vault
from kept.vault.files import CHUNK, MOST_CHUNKS, _nonce
from kept.vault.format import BODY, HEAD, NONCE

SOURCE = Path(__file__).parents[2] / "src" / "kept"
PLACE = "app.accounts.email"
GENERATORS = {"urandom", "os.urandom", "secrets.token_bytes"}
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


def test_forty_thousand_values_have_forty_thousand_nonces(vault: Vault) -> None:
    field = vault.field(PLACE)
    key = vault.load_current("account:1")

    def seal(number: int) -> list[bytes]:
        one, more = field.seal, field.seal_with
        return [sealed[HEAD:BODY] for _ in range(2_500) for sealed in (one("account:1", b"same"), more(key, b"same"))]

    with ThreadPoolExecutor(8) as threads:
        nonces = list(chain.from_iterable(threads.map(seal, range(8))))
    assert len(set(nonces)) == len(nonces) == 40_000
    assert {len(nonce) for nonce in nonces} == {NONCE} == {12}
    assert all(2_000 < sum(nonce[place] < 128 for nonce in nonces) < 38_000 for place in range(12)), "each byte varies"


def test_a_files_nonces_are_its_chunks_numbers_and_end(vault: Vault) -> None:
    several = [_nonce(number, last=last) for number in (*range(1_000), MOST_CHUNKS - 1) for last in (False, True)]
    assert len(set(several)) == len(several)
    assert {len(nonce) for nonce in several} == {NONCE}
    assert MOST_CHUNKS == 2**32
    assert (_nonce(0, last=False), _nonce(258, last=True)) == (bytes(12), bytes(9) + b"\x01\x02\x01")


def test_two_files_of_the_same_bytes_have_nothing_in_common(vault: Vault) -> None:
    sealed = []
    for _ in range(2):
        target = BytesIO()
        with vault.files(PLACE).writer("account:1", target) as into:
            into.write(bytes(2 * CHUNK))
        sealed.append(target.getvalue())
    salts = [one[39:71] for one in sealed]
    assert salts[0] != salts[1]
    blocks = [{one[at : at + 16] for at in range(71, len(one), 16)} for one in sealed]
    assert not blocks[0] & blocks[1]
    assert len(blocks[0]) == len(range(71, len(sealed[0]), 16))


def is_fresh(value: ast.expr) -> bool:
    """Whether an expression draws twelve bytes from the operating system."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func) not in GENERATORS:
        return False
    return [ast.unparse(given) for given in value.args] in (["NONCE"], ["12"])


def drawn(scope: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that hold a fresh nonce, each with what it is bound in: a function, or a comprehension over fresh nonces."""
    many = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            pairs = (
                zip(target.elts, value.elts, strict=True) if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else ()
            )
            for name, drawing in [(target, value), *pairs]:
                if is_fresh(drawing):
                    yield ast.unparse(name), scope
                elif isinstance(drawing, ast.ListComp) and is_fresh(drawing.elt):
                    many.add(ast.unparse(name))
    for node in ast.walk(scope):
        for one in getattr(node, "generators", ()):
            if isinstance(one.iter, ast.Call) and ast.unparse(one.iter.func) == "zip" and isinstance(one.target, ast.Tuple):
                lists = [ast.unparse(given) for given in one.iter.args]
                yield from ((ast.unparse(name), node) for name, given in zip(one.target.elts, lists, strict=True) if given in many)


def sealing(scope: ast.AST) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Yield every call that encrypts with a nonce of ours, and the nonce."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("encrypt", "encrypt_into"):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            parameters = given.get("mechanism_param")
            if isinstance(parameters, ast.Call):
                yield node, parameters.args[0]
            elif "Plaintext" not in given:  # AWS draws its own
                yield node, given.get("nonce") or node.args[0]


def faults(module: ast.Module) -> list[str]:
    """Return the calls that encrypt with anything but a nonce that was drawn for them alone, in the same function."""
    found = []
    scopes = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    inside = {id(call) for scope in scopes for call, _ in sealing(scope)}
    found += [ast.unparse(call) for call, _ in sealing(module) if id(call) not in inside]
    for scope in scopes:
        fresh: dict[str, list[ast.AST]] = {}
        for name, where in drawn(scope):
            fresh.setdefault(name, []).append(where)
        used: list[str] = []
        for call, nonce in sealing(scope):
            name = ast.unparse(nonce)
            used.append(name)
            loops = [node for node in ast.walk(scope) if isinstance(node, LOOPS) and call in ast.walk(node)]
            assigned = [
                node
                for node in ast.walk(scope)
                if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
            ]
            bound_here = fresh.get(name, []) and all(any(one in ast.walk(loop) for one in assigned) for loop in loops)
            if not bound_here or len(assigned) != 1 or used.count(name) > 1:
                found.append(ast.unparse(call))
    return found


def test_every_call_that_seals_draws_its_own_nonce() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    modules = {path: ast.parse(text) for path, text in texts.items() if "encrypt" in text}
    calls = [call for module in modules.values() for call in sealing(module)]
    assert len(calls) >= 6, "the rule looks where something is"
    wrong = {str(path.relative_to(SOURCE)): strange for path, module in modules.items() if (strange := faults(module))}
    by_number = "self._gcm.encrypt(_nonce(self._number, last=last), chunk, None)"
    assert wrong == {"vault/files.py": [by_number], "bundles/sealing.py": [by_number.replace("_gcm", "_cipher")]}, (
        "a nonce is drawn in the function that uses it, once"
    )


def test_there_is_one_cipher() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert set(re.findall(r"primitives\.ciphers\S* import (.+)", text)) == {"AESGCM"}


def test_a_file_alone_counts_and_under_a_key_of_its_own() -> None:
    module = ast.parse((SOURCE / "vault" / "files.py").read_text(encoding="utf-8"))
    (writer,) = [node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "SealedWriter"]
    said = [ast.unparse(node) for node in ast.walk(writer) if isinstance(node, ast.Assign | ast.AugAssign)]
    assert [line for line in said if line.startswith("salt =")] == ["salt = secrets.token_bytes(SALT)"]
    assert [line for line in said if "_gcm" in line] == ["self._gcm = _cipher(key, salt, about)"]
    assert [line for line in said if "self._number" in line] == ["self._number = 0", "self._number += 1"]


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ("n = urandom(NONCE)\n return k.encrypt(n, v, a)", True),
        ("n = secrets.token_bytes(12)\n return n + k.encrypt(n, v, None)", True),
        ("s, n = secrets.token_bytes(16), secrets.token_bytes(NONCE)\n return k.encrypt(n, v, a)", True),
        ("ns = [urandom(NONCE) for _ in v]\n return [k.encrypt(n, x, a) for n, x in zip(ns, v)]", True),
        ("for x in v:\n  n = urandom(NONCE)\n  k.encrypt(n, x, a)", True),
        ("return k.encrypt(bytes(12), v, a)", False),
        ("return k.encrypt(b'123456789012', v, a)", False),
        ("return k.encrypt(nonce=NONCE_OF_ALL, data=v)", False),
        ("n = urandom(8)\n return k.encrypt(n, v, a)", False),
        ("n = random.randbytes(12)\n return k.encrypt(n, v, a)", False),
        ("n = urandom(NONCE)\n return [k.encrypt(n, x, a) for x in v]", False),
        ("n = urandom(NONCE)\n for x in v:\n  k.encrypt(n, x, a)", False),
        ("n = urandom(NONCE)\n k.encrypt(n, v, a)\n k.encrypt(n, w, a)", False),
        ("n = urandom(NONCE)\n n = v[:12]\n return k.encrypt(n, v, a)", False),
        ("s, n = urandom(NONCE), bytes(12)\n return k.encrypt(n, v, a)", False),
        ("ns = [urandom(NONCE) for _ in v]\n return [k.encrypt(x, n, a) for n, x in zip(ns, v)]", False),
        ("return k.encrypt(_nonce(1, last=True), v, a)", False),
    ],
)
def test_the_rule_about_nonces_can_tell(body: str, good: bool) -> None:
    assert (not faults(ast.parse(f"def f(k, v, w, a):\n {body}"))) is good
