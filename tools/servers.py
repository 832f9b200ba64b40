"""Run a command with the tests' database servers: python -m tools.servers [--require] COMMAND …

The servers are those of tests/services.py: found, or started from installed binaries in a temporary folder and stopped at the end.
Started here, once, they serve every worker of a parallel run. What is not there is said; with --require that is an error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

from tests.services import NoServer, mariadb_server, postgres_server

SERVERS = (("KEPT_TEST_POSTGRES", postgres_server), ("KEPT_TEST_MARIADB", mariadb_server))
"""The variable that names a server's address; with _URL behind it, that of its administrator's database."""

COMPILES_AGAIN = "PYTHONDONTWRITEBYTECODE"
"""What lets every process that the command starts compile everything it loads anew, which takes several seconds each."""


def lend(stack: ExitStack, *, require: bool) -> dict[str, str]:
    """Return the environment with the servers in it; they run until the stack is left. Raises NoServer where one is required."""
    environment = {name: value for name, value in os.environ.items() if name != COMPILES_AGAIN}
    for variable, start in SERVERS:
        try:
            url = stack.enter_context(start())
        except NoServer as error:
            if require:
                raise
            sys.stderr.write(f"The tests that need this server are skipped: {error}\n")
            continue
        environment[f"{variable}_URL"] = url.render_as_string(hide_password=False)
        environment[variable] = environment[f"{variable}_URL"].rpartition("/")[0]
    return environment


def main(words: list[str]) -> int:
    """Run the command and return its exit code; 2 where a required server is not to be had."""
    require = words[:1] == ["--require"]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would all that it starts
    with ExitStack() as stack:
        try:
            environment = lend(stack, require=require)
        except NoServer as error:
            sys.stderr.write(f"A required server is missing: {error}\n")
            return 2
        ran = subprocess.run(words[1:] if require else words, env=environment, check=False)  # noqa: S603 - what we were asked to run
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
