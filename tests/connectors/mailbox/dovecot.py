"""A real IMAP server: Dovecot, started from its installed package in a temporary folder, with a certificate of its own."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import imapclient

from tests import services
from tests.connectors.post.certificates import Certificate, made_certificate

PASSWORD = 'p@ss/w"ord:1?#&+'  # signs that a URL and a quoted string trip over

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = {plaintext}
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
mail_location = maildir:{folder}/mail/%u
mail_uid = {account}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
{capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={account} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running server and one account that nobody else has."""

    folder: Path
    certificate: Path
    plain: int
    encrypted: int
    account: str

    def url(
        self, *, scheme: str = "imaps", password: str = PASSWORD, folder: str = "INBOX", options: str = "", port: int = 0
    ) -> str:
        port = port or (self.encrypted if scheme == "imaps" else self.plain)
        account, secret = quote(self.account, safe=""), quote(password, safe="")
        trusted = f"ca={quote(str(self.certificate))}"
        return f"{scheme}://{account}:{secret}@localhost:{port}/{folder}?{trusted}{'&' if options else ''}{options}"

    def client(self) -> imapclient.IMAPClient:
        """Open the mailbox as the staff's mail program does."""
        context = imapclient.tls.ssl.create_default_context(cafile=str(self.certificate))
        client = imapclient.IMAPClient("localhost", self.encrypted, ssl=True, ssl_context=context, timeout=30)
        client.login(self.account, PASSWORD)
        client.select_folder("INBOX")
        return client

    def put(self, *letters: bytes) -> None:
        """Lay letters into the mailbox, in this order."""
        with self.client() as client:
            for letter in letters:
                client.append("INBOX", letter)


PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")


def program() -> str:
    """Return Dovecot's path; skips the test, or fails it with KEPT_REQUIRE_SERVICES=1, where there is none."""
    found = shutil.which("dovecot", path=":".join(PLACES))
    if found is None:
        services._or_skip(services.NoServer("no Dovecot: install the package dovecot-imapd"))
    return str(found)


def _who() -> tuple[str, str]:
    """Return the account and group that the server's parts and the mail belong to; Dovecot takes no mail of root's."""
    if os.geteuid() == 0:
        return "nobody", grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    mine = pwd.getpwuid(os.geteuid())
    return mine.pw_name, grp.getgrgid(mine.pw_gid).gr_name


def _answers(port: int) -> bool:
    with closing(socket.socket()) as one:
        one.settimeout(1)
        if one.connect_ex(("127.0.0.1", port)) != 0:
            return False
        try:
            return one.recv(4) == b"* OK"
        except OSError:
            return False


@contextmanager
def served(*, capability: str = "", plaintext: str = "yes") -> Iterator[Dovecot]:
    """Lend a server. `capability` replaces what it says that it can do, for servers that can less."""
    dovecot = program()
    account, group = _who()
    with services._folder({}) as folder:
        folder.chmod(0o711)
        made: Certificate = made_certificate(folder)
        (folder / "mail").mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / "mail", account, group)
        plain, encrypted = services._free_port(), services._free_port()
        (folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=folder,
                certificate=made.certificate,
                key=made.key,
                account=account,
                group=group,
                plain=plain,
                encrypted=encrypted,
                password=PASSWORD,
                capability=f"imap_capability = {capability}" if capability else "",
                plaintext=plaintext,
            )
        )
        command = [dovecot, "-F", "-c", str(folder / "dovecot.conf")]
        with services._running(command, folder, {}, lambda: _answers(plain)):
            yield Dovecot(
                folder=folder, certificate=made.certificate, plain=plain, encrypted=encrypted, account=f"a{uuid.uuid4().hex[:10]}"
            )


def stop_processes(server: Dovecot) -> None:
    """Kill everything that serves this server's mailboxes at the moment, as the end of the machine would."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if line.startswith(b"dovecot/imap") and int(parent) == master(server):
            os.kill(int(entry.name), signal.SIGKILL)


def master(server: Dovecot) -> int:
    return int((server.folder / "run" / "master.pid").read_text())
