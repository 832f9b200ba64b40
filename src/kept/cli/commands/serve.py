"""Show the pages: the policy to the public, the privacy centre to people, the console to staff, the API to programs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server.mp import MPServer

from kept.base.errors import Refused
from kept.cli.certificates import Certificates, Challenges, keep_renewed, names_in
from kept.cli.pages import now, with_pages
from kept.cli.shared import actor, folder_option
from kept.db import disconnect
from kept.policy.load import load_settings

TARGET = "kept.web.project.wsgi:application"
WORKER = (sys.executable, "-c", "from kept.cli.main import main; main()", "work")
END_SECONDS = 10
"""How long requests and jobs at hand may take to end when the server is stopped."""
THREADS = 2
"""How many requests one process answers at once."""
BACKLOG = 1024
AUTHORITY = "https://acme-v02.api.letsencrypt.org/directory"
PEM = click.Path(path_type=Path, dir_okay=False, exists=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was chosen on the command line."""

    host: str
    port: int
    processes: int
    certificate: Path | None
    key: Path | None
    domain: str | None
    acme: str
    http_port: int
    no_worker: bool

    @property
    def tls(self) -> bool:
        """Whether the server itself speaks TLS."""
        return bool(self.certificate or self.domain)

    @property
    def address(self) -> str:
        """Where the pages are."""
        name = self.domain or ("localhost" if self.host == "127.0.0.1" else self.host)
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}/"


@click.command("serve")
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many processes answer requests.")
@click.option("--certificate", type=PEM, help="Speak TLS 1.2 or 1.3 with this certificate (PEM, with its chain).")
@click.option("--key", type=PEM, help="The certificate's private key (PEM).")
@click.option("--domain", help="Speak TLS with a certificate for this name from an ACME authority, renewed by itself.")
@click.option("--acme", default=AUTHORITY, show_default=True, help="The authority's directory; --domain accepts its terms.")
@click.option("--http-port", default=80, show_default=True, type=click.IntRange(1, 65535), help="Where the authority asks.")
@click.option("--no-worker", is_flag=True, help="Start no worker; `kept work` runs elsewhere.")
def command(folder: Path, **chosen: Any) -> None:
    """Show the pages on one address, and do the work they ask for. Everything stays in the privacy folder's `.kept`, or in the
    PostgreSQL that KEPT_DATABASE_URL names.

    On another address than this machine's own, give a certificate, or a --domain to get one for; behind a proxy that speaks TLS,
    give its address as `url` in kept.toml. Ctrl-C or SIGTERM stops it: what is at hand comes to its end. SIGHUP reads the
    certificate anew.
    """
    options = Options(**chosen)
    if bool(options.certificate) != bool(options.key) or (options.certificate and options.domain):
        raise Refused(
            "A certificate and its key belong together", todo="Give --certificate and --key, or --domain, or none of them."
        )
    if not options.tls:
        _refuse_clear_text(folder, options.host)
    _refuse_taken(options.host, options.port)
    with ExitStack() as until_the_end:
        held, challenges = until_the_end.enter_context(_certified(folder, options))
        chain = held.chain if held else options.certificate
        os.environ["KEPT_ADDRESS"] = options.address
        os.environ["KEPT_TLS"] = "1" if options.tls else ""
        os.environ["KEPT_DOMAIN"] = ",".join(names_in(chain)) if chain else ""
        publishing = with_pages(folder, "publishing")
        if told := publishing.publish_first(folder, at=now(), actor=actor()):
            click.echo(told)
        click.echo(options.address)
        server = _server(options, chain, held.key if held else options.key)
        until_the_end.enter_context(_renewing(held, challenges, server))
        until_the_end.enter_context(_worker(folder, wanted=not options.no_worker))
        disconnect()  # the server's processes are forked from this one
        server.serve()


def _server(options: Options, chain: Path | None, key: Path | None) -> MPServer:
    return MPServer(
        TARGET,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        log_level=LogLevels.warning,
        ssl_cert=chain,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=END_SECONDS,
    )


@contextmanager
def _certified(folder: Path, options: Options) -> Iterator[tuple[Certificates | None, Challenges | None]]:
    """Yield a domain's certificate, got now where there is none that will do, and the server that answers the authority."""
    if options.domain is None:
        yield None, None
        return
    contact = load_settings(folder).company.contact
    home = folder.resolve() / ".kept" / "tls"
    held = Certificates(home, directory=options.acme, domain=options.domain, contact=contact)
    challenges = Challenges(options.host, options.http_port, options.domain)
    try:
        if held.due_at() <= now():
            held.obtain(challenges.answers)
        yield held, challenges
    finally:
        challenges.close()


@contextmanager
def _renewing(held: Certificates | None, challenges: Challenges | None, server: MPServer) -> Iterator[None]:
    """Renew the certificate in the background; the server's processes are started anew with it, one after another."""
    stop = Event()
    if held and challenges:
        words = (held, challenges.answers, stop, server.signal_handler_reload, lambda text: click.echo(text, err=True))
        Thread(target=keep_renewed, args=words, daemon=True).start()
    try:
        yield
    finally:
        stop.set()


def _refuse_clear_text(folder: Path, host: str) -> None:
    """Refuse to carry sign-ins over a network in the clear."""
    loopback = host in ("127.0.0.1", "::1", "localhost")
    if not loopback and not load_settings(folder).web.url.startswith("https://"):
        raise Refused(
            f"On {host} codes, keys and people's data would cross the network in the clear",
            todo="Give --certificate and --key, or --domain; behind a proxy that speaks TLS, its address as `url` in kept.toml.",
        )


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            todo = "Give another --host or --port."
            raise Refused(f"Port {port} on {host} cannot be listened on ({error.strerror})", todo=todo) from error


@contextmanager
def _worker(folder: Path, *, wanted: bool) -> Iterator[None]:
    """Keep a worker running beside the server; one that dies is started again after a moment."""
    stop = Event()
    keeper = Thread(target=_keep, args=(folder.resolve(), stop), daemon=True)
    if wanted:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        if wanted:
            keeper.join(END_SECONDS + 1)


def _keep(folder: Path, stop: Event) -> None:
    while not stop.is_set():
        worker = subprocess.Popen([*WORKER, "--folder", str(folder)])  # noqa: S603 - our own words
        while worker.poll() is None and not stop.wait(1):
            pass
        if worker.poll() is None:
            worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(END_SECONDS)
        elif not stop.is_set():
            click.echo(f"The worker ended with {worker.returncode}; starting another.", err=True)
