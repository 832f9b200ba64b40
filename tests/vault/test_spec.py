"""docs/spec/sealed.md: our code gives its vectors to the byte, and its program, which has nothing of Kept, opens what we seal."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import KeptError
from kept.vault import Vault
from kept.vault.blind import KINDS, BlindIndex, made_equal
from kept.vault.files import sealed_size
from kept.vault.format import parse, to_text
from kept.vault.keys import PersonKey, key_id_of
from kept.vault.people import People
from kept.vault.providers.file import FileProvider
from kept.vault.ring import about_key, about_secret
from kept.vault.secret import READS_KEY_MATERIAL, Secret

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "sealed.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(JSON,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(JSON)
PLAIN = bytes(place % 251 for place in range(150_000))
PLACE = "app.accounts.email"


def key_of(one: dict[str, Any], name: str = "key") -> Secret:
    return Secret(bytes.fromhex(one[name]))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the operating system's generator will give next."""
    waiting: list[bytes] = []

    def draw(size: int) -> bytes:
        assert len(waiting[0]) == size
        return waiting.pop(0)

    monkeypatch.setattr("kept.vault.field.urandom", draw)
    monkeypatch.setattr("secrets.token_bytes", draw)
    return waiting


def known(vault: Vault, one: dict[str, Any]) -> PersonKey:
    """Let the vault hold the key of a vector as its person's."""
    key = PersonKey(key_of(one), one["subject"])
    vault.cache.put(key, current=True)
    return key


@pytest.mark.parametrize("one", VECTORS["values"], ids=lambda one: f"{one['place']}-{'text' if 'text' in one else 'binary'}")
def test_a_value_is_sealed_to_these_bytes_and_opens(vault: Vault, drawn: list[bytes], one: dict[str, Any]) -> None:
    known(vault, one)
    field = vault.field(one["place"])
    raw = one["value"].encode("utf-8", "surrogatepass")
    drawn += [bytes.fromhex(one["nonce"])] * 3
    if "text" in one:
        assert field.seal_text(one["subject"], one["value"], one["row"]) == one["text"]
        assert to_text(field.seal(one["subject"], raw, one["row"])) == one["text"]
        assert field.open_text(one["subject"], one["text"], one["row"]) == one["value"]
    else:
        assert field.seal(one["subject"], raw, one["row"]).hex() == one["binary"]
        assert field.seal_with(known(vault, one), raw, one["row"]).hex() == one["binary"]
        assert field.open(one["subject"], bytes.fromhex(one["binary"]), one["row"]) == raw


def test_a_file_is_sealed_to_these_bytes_and_opens(vault: Vault, drawn: list[bytes], tmp_path: Path) -> None:
    for one in VECTORS["files"]:
        known(vault, one)
        drawn.append(bytes.fromhex(one["salt"]))
        files = vault.files(one["place"])
        with (tmp_path / "sealed").open("wb") as target, files.writer(one["subject"], target, one["name"]) as into:
            into.write(PLAIN)
        sealed = (tmp_path / "sealed").read_bytes()
        assert len(PLAIN) == one["size"]
        assert hashlib.sha256(PLAIN).hexdigest() == one["opened"]
        assert len(sealed) == sealed_size(one["size"]) == one["length"]
        assert sealed[:103].hex() == one["begins"]
        assert sealed[-16:].hex() == one["ends"]
        assert hashlib.sha256(sealed).hexdigest() == one["sealed"]
        with (tmp_path / "sealed").open("rb") as source:
            assert files.reader(one["subject"], source, one["name"]).read() == PLAIN


def test_indexes_are_these() -> None:
    for one in VECTORS["indexes"]:
        assert made_equal(one["kind"], one["value"]) == one["equal"]
        assert BlindIndex(key_of(one), one["place"], one["kind"]).of(one["value"]) == one["index"]
    assert {one["kind"] for one in VECTORS["indexes"]} == set(KINDS) == set(re.findall(r"\n\| `([a-z]+)` \| .*NFK?C", PAGE))


@given(st.binary(min_size=32, max_size=32))
def test_what_is_derived_is_hmac(raw: bytes) -> None:
    both = hmac.digest(raw, b"kept1 person key\x01", "sha512")
    key = PersonKey(Secret(raw), "account:42")
    assert key.id == key_id_of(Secret(raw)) == both[:32]
    assert key.gcm.encrypt(bytes(12), b"", None) == AESGCM(both[32:]).encrypt(bytes(12), b"", None)


def test_tags_are_these(vault: Vault) -> None:
    for one in VECTORS["tags"]:
        people = People(vault.database, vault.ring, vault.installation, key_of(one))
        assert people.tag(one["subject"]).hex() == one["tag"]


def test_keys_are_wrapped_to_these_bytes_and_unwrap(drawn: list[bytes], tmp_path: Path) -> None:
    for number, one in enumerate(VECTORS["wrapped"]):
        body, folder = one["key_file"], tmp_path / str(number)
        folder.mkdir()
        (folder / f"{body['reference']}.key").write_text(json.dumps(body), encoding="utf-8")
        (folder / f"{body['reference']}.key").chmod(0o600)
        provider = FileProvider(folder, [Secret(one["passphrase"].encode())] if "passphrase" in one else [])
        if "id" in one:
            about = about_key(one["installation"], bytes.fromhex(one["id"]), bytes.fromhex(one["tag"]))
            assert key_id_of(key_of(one)).hex() == one["id"]
        else:
            about = about_secret(one["installation"], one["name"])
        drawn.append(bytes.fromhex(one["nonce"]))
        assert [raw.hex() for raw in provider.wrap(body["reference"], [key_of(one)], [about])] == [one["wrapped"]]
        assert provider.unwrap(body["reference"], [bytes.fromhex(one["wrapped"])], [about]) == [key_of(one)]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "open.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def run(program: Path, *arguments: object, said: str, code: int = 0) -> str:
    """Run the program as a stranger would; return the text that it writes."""
    command = [sys.executable, "-I", str(program), *map(str, arguments)]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, timeout=60, cwd=program.parent)
    assert done.returncode == code, done.stderr
    return (done.stdout + done.stderr).strip()


def test_the_program_stands_alone() -> None:
    assert "kept" not in {name.split(".")[0] for name in re.findall(r"^(?:import|from) (\S+)", PROGRAM, re.MULTILINE)}


def test_the_program_opens_the_vectors(vault: Vault, drawn: list[bytes], program: Path) -> None:
    (one,) = VECTORS["files"]
    known(vault, one)
    drawn.append(bytes.fromhex(one["salt"]))
    files = vault.files(one["place"])
    with (program.parent / one["path"]).open("wb") as target, files.writer(one["subject"], target, one["name"]) as into:
        into.write(PLAIN)
    assert run(program, said=JSON) == "5 values 1 files 6 indexes 2 tags 2 wrapped"
    changed = JSON.replace('"value": "ada@', '"value": "eve@', 1)
    assert run(program, said=changed, code=1).startswith("wrong: ")


ODD = [("account:1", "", "x"), ("account:1", "7", "Zo\u00eb"), ("b:\udcff", "\u2603", ""), ("kind:a:b", "", "long" * 10_000)]


def test_the_program_opens_what_was_just_sealed(vault: Vault, program: Path) -> None:
    field, files, index = vault.field(PLACE), vault.files(PLACE), vault.index(PLACE, "text")
    values, listed = [], []
    for number, (subject, row, value) in enumerate(ODD):
        about = {"subject": subject, "place": PLACE, "row": row, "value": value}
        text = field.seal_text(subject, value, row)
        key = vault.load_current(subject).root().material(READS_KEY_MATERIAL).hex()
        values += [about | {"key": key, "text": text}]
        values += [about | {"key": key, "binary": field.seal(subject, value.encode(), row).hex()}]
        path = program.parent / f"file{number}"
        with path.open("wb") as target, files.writer(subject, target, row) as into:
            into.write(PLAIN[: number * 50_000])
        opened = hashlib.sha256(PLAIN[: number * 50_000]).hexdigest()
        listed.append({"key": key, "subject": subject, "place": PLACE, "name": row, "opened": opened, "path": str(path)})
    master = vault._blind.material(READS_KEY_MATERIAL).hex()
    blind = {"key": master, "place": PLACE, "kind": "text", "equal": "ada", "index": index.of(" ADA ")}
    said = json.dumps({"values": values, "files": listed, "indexes": [blind], "tags": [], "wrapped": []})
    assert run(program, said=said) == "8 values 4 files 1 indexes 0 tags 0 wrapped"


def test_with_the_keys_database_and_a_key_file_it_opens_a_value(vault: Vault, privacy: Path, program: Path) -> None:
    (key_file,) = (privacy / ".kept" / "vault" / "keys").iterdir()
    keys, sealed = privacy / ".kept" / "vault" / "keys.sqlite3", vault.field(PLACE).seal_text("account:42", "ada@example.org", "7")
    assert run(program, keys, key_file, "account:42", PLACE, "7", said=f"{sealed}\n") == "ada@example.org"
    assert "InvalidTag" in run(program, keys, key_file, "account:43", PLACE, "7", said=sealed, code=1)
    strange = to_text(b"kept1:" + bytes(32) + parse(vault.field(PLACE).seal("account:42", b""))[2] + bytes(16))
    assert "does not have the key" in run(program, keys, key_file, "account:42", PLACE, said=strange, code=1)


@pytest.mark.parametrize(
    "changed", [lambda text: text + "=", lambda text: text[:-1] + "B", lambda text: text[:50] + "\n" + text[50:]]
)
def test_the_program_refuses_another_text_of_the_same_value(vault: Vault, privacy: Path, program: Path, changed: Any) -> None:
    (key_file,) = (privacy / ".kept" / "vault" / "keys").iterdir()
    keys, sealed = privacy / ".kept" / "vault" / "keys.sqlite3", changed(vault.field(PLACE).seal_text("account:42", "abcd"))
    run(program, keys, key_file, "account:42", PLACE, said=sealed, code=1)
    with pytest.raises(KeptError):
        vault.field(PLACE).open_text("account:42", sealed)
