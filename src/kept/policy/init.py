"""The commented files that a new privacy folder starts from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files as resources
from typing import Any, Final

from kept.base.errors import Refused

__all__ = ["files"]

TEMPLATES: Final[Mapping[str, str]] = {
    "policy.md": "policy.md",
    "promises.yaml": "promises.yaml",
    "purposes.yaml": "purposes.yaml",
    "map/app.yaml": "map/app.yaml",
    "kept.toml": "kept.toml",
    ".gitignore": "gitignore",
}


def files(company: str, schemas: Mapping[str, dict[str, Any]]) -> Mapping[str, str]:
    """Return the texts of a new privacy folder by their path in it; they load without an error.

    `schemas` are the JSON Schemas by file name, which the files refer to. Raises Refused for a name that cannot stand in one line.
    """
    name = company.strip()
    if not name or not name.isprintable():
        raise Refused("the company's name is empty or holds a character that cannot be printed", todo="Give its name in one line.")
    quoted = json.dumps(name, ensure_ascii=False)[1:-1]  # what JSON escapes, YAML and TOML read the same way
    texts = {}
    for path, template in TEMPLATES.items():
        text = resources("kept.policy").joinpath("template", template).read_text(encoding="utf-8")
        texts[path] = text.replace("{{ quoted company }}", quoted).replace("{{ company }}", name)
    for file, schema in schemas.items():
        texts[f"schema/{file}"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return texts
