"""Commands in a Markdown file, and what it says they answer.

`<!-- run -->` before a console block means: type the lines that begin with `$ `, in this order, in one shell for the whole
file, and compare. A line below a command must come out of it, in the order written; `…` stands for any text, a line of its own for
any number of lines (which is so between all lines anyway). `exit N` is the exit code, 0 where nothing is said.
`<!-- file: NAME -->` before a block means: this is the file NAME.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^<!-- (run|file: (?P<name>\S+)) -->\n+^```\w*\n(?P<body>.*?)^```$", re.M | re.S)
MARK = "=====kept-transcript====="


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command with the lines it must answer and the exit code it must end with."""

    command: str
    answers: tuple[str, ...]
    exit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file that the reader is told to write."""

    name: str
    text: str


def steps(markdown: str) -> Iterator[Typed | Given]:
    """Yield what a reader is told to do, in order."""
    for block in BLOCK.finditer(markdown):
        if block["name"]:
            yield Given(name=block["name"], text=block["body"])
        else:
            yield from _typed(block["body"])


def _typed(body: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        lines = part.splitlines()
        length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\"))
        answers = [line.strip() for line in lines[length:] if line.strip() not in ("", "…")]
        ended = re.fullmatch(r"exit (\d+)", answers[-1]) if answers else None
        yield Typed(
            command="\n".join(lines[:length]),
            answers=tuple(answers[:-1] if ended else answers),
            exit=int(ended[1]) if ended else 0,
        )


def play(markdown: str, folder: Path) -> list[str]:
    """Do everything in an empty folder; return what came out otherwise than written."""
    every = list(steps(markdown))
    script = []
    for number, step in enumerate(every):
        if isinstance(step, Given):
            (folder / f".given-{number}").write_text(step.text, encoding="utf-8")
            script.append(f'mkdir -p "$(dirname {step.name})" && cp .given-{number} {step.name}')
        else:
            script.append(f"{step.command}\nprintf '\\n{MARK} %s\\n' $?")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}
    environment = {**ours, "PATH": path, "COLUMNS": "200", "HOME": str(folder)}
    ran = subprocess.run(
        ["sh"],
        input="\n".join(script),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = re.split(rf"^{MARK} (\d+)\n", ran.stdout, flags=re.M)
    typed = [step for step in every if isinstance(step, Typed)]
    wrong = [] if len(said) == 2 * len(typed) + 1 else [f"the shell stopped early: {ran.stdout[-500:]}"]
    for step, output, code in zip(typed, said[0::2], said[1::2], strict=False):
        wrong += _compared(step, output, int(code))
    return wrong


def _compared(step: Typed, output: str, code: int) -> list[str]:
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    wrong = []
    for answer in step.answers:
        pattern = re.compile(
            ".*".join(re.escape(" ".join(part.split())) for part in answer.split("…")).replace(r".*\ ", ".*").replace(r"\ .*", ".*")
        )
        if not any(pattern.search(line) for line in lines):
            wrong.append(f"$ {step.command}\n  does not say: {answer}\n  but:\n{output}")
            break
    if code != step.exit:
        wrong.append(f"$ {step.command}\n  ended with {code}, not {step.exit}:\n{output}")
    return wrong
