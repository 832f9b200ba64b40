"""Sending a letter: by SMTP, or into a folder where no mail server is named."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from kept.base.errors import NOTHING_CHANGED, MailUnreachable, Refused, StoreRefused
from kept.intake.addresses import bare_address

__all__ = ["SECONDS", "send"]

SECONDS: Final = 20.0
STORE: Final = "post"
PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtp+starttls": 587, "smtps": 465}
PERHAPS: Final = "the mail server may have taken the letter all the same"
HOW: Final = "Write it as smtp://host, smtp+tls://account:password@host:587, smtps://account:password@host or file:///folder."


def send(url: str, message: EmailMessage, *, seconds: float = SECONDS) -> None:
    """Send a letter that `compose` wrote; returns once the server, or the folder, has taken it.

    `smtp+tls` is STARTTLS and goes on without it never; `?ca=/file` names the certificates to trust in the system's place.
    `seconds` bounds each step with the server, not the whole. Sending the same Message-ID twice sends two letters: to leave out
    the second is the receiver's affair; a folder has one file a Message-ID.

    Raises Refused before anything is sent where the URL or an address is wrong; StoreRefused where the server will never take
    this letter (5xx: another attempt is no use); MailUnreachable for all that may pass (4xx, no connection, no time, no TLS).
    Where it broke off after the letter had begun to be handed over, `changed` says that it may have been taken.
    """
    place = _split(url)
    sender, recipient = _one(message, "From"), _one(message, "To")
    if place.scheme == "file":
        _lay_down(Path(unquote(place.path)), message)
        return
    _no_password_in_the_clear(place)
    way = _Way()
    with way.errors(), _connected(place, seconds) as server:
        _sign_in(server, place)
        octets, options = _written(message, sender, recipient, server)
        _said_yes(server.mail(sender, options))
        _said_yes(server.rcpt(recipient))
        way.changed = PERHAPS
        answer = server.data(octets)
        way.changed = NOTHING_CHANGED
        _said_yes(answer)


@dataclass(slots=True)
class _Way:
    """How far the letter is on its way, for what an error says was changed."""

    changed: str = NOTHING_CHANGED

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what goes wrong into what to do about it. Nothing the server said is repeated: servers quote addresses."""
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise self._away(f"the mail server did not take the name and password ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise self._no(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise self._away("the mail server does not offer what the URL asks for, TLS or signing in") from None
        except ssl.SSLError:
            raise self._away("the mail server did not show a certificate that is trusted, or broke off the encryption") from None
        except (smtplib.SMTPException, OSError) as error:  # smtplib tells of a time-out as of a server that hung up
            late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            raise self._away(f"the mail server {'did not answer in time' if late else 'cannot be reached, or hung up'}") from None

    def _away(self, happened: str) -> MailUnreachable:
        return MailUnreachable(
            happened, store=STORE, changed=self.changed, todo="Look at the mail server and the URL; try again later."
        )

    def _no(self, code: int) -> StoreRefused | MailUnreachable:
        if 500 <= code < 600:
            todo = "Look at the address; sending this letter again is no use."
            return StoreRefused(f"the mail server refused the letter for good ({code})", store=STORE, todo=todo)
        return MailUnreachable(f"the mail server did not take the letter now ({code})", store=STORE, todo="Try again later.")


def _split(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        _ = place.port
    except ValueError:
        raise Refused("The URL letters are sent to cannot be read", todo=HOW) from None
    if place.scheme == "file" and place.path.strip("/") and not place.netloc:
        return place
    if place.scheme not in PORTS or not place.hostname:
        raise Refused("The URL letters are sent to names no mail server and no folder", todo=HOW)
    return place


def _one(message: EmailMessage, field: str) -> str:
    """Return the one address in a field, as it goes into the envelope. Raises Refused."""
    try:
        found = [address for value in message.get_all(field, []) for address in value.addresses]
        if len(found) == 1 and (address := bare_address(found[0].addr_spec)):
            return address
    except (ValueError, IndexError, AttributeError, HeaderParseError):
        pass
    raise Refused(f"The field {field} of the letter does not hold one e-mail address", todo="Write the letter with compose.")


def _no_password_in_the_clear(place: SplitResult) -> None:
    if place.scheme == "smtp" and place.username and place.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise Refused("The password would go to the mail server in the clear", todo="Use smtp+tls:// or smtps://.")


@contextmanager
def _connected(place: SplitResult, seconds: float) -> Iterator[smtplib.SMTP]:
    """Lend a connection that has said hello, encrypted where the URL says so."""
    host, port = place.hostname or "", place.port or PORTS[place.scheme]
    trusted = parse_qs(place.query).get("ca", [None])[0]
    context = ssl.create_default_context(cafile=trusted)
    if place.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=seconds)
    try:
        server.ehlo_or_helo_if_needed()
        if place.scheme in {"smtp+tls", "smtp+starttls"}:
            server.starttls(context=context)
            server.ehlo()
        yield server
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _sign_in(server: smtplib.SMTP, place: SplitResult) -> None:
    if place.username:
        server.login(unquote(place.username), unquote(place.password or ""))


def _written(message: EmailMessage, sender: str, recipient: str, server: smtplib.SMTP) -> tuple[bytes, list[str]]:
    """Return the letter's bytes and the options of MAIL. A local part in another script needs SMTPUTF8 (RFC 6531)."""
    if sender.isascii() and recipient.isascii():
        return message.as_bytes(policy=SMTP), [f"size={len(message.as_bytes(policy=SMTP))}"] if server.has_extn("size") else []
    if not server.has_extn("smtputf8"):
        raise StoreRefused(
            "the mail server takes no address in another script than the Latin one", store=STORE, todo="Use a server with SMTPUTF8."
        )
    return message.as_bytes(policy=SMTP.clone(utf8=True)), ["SMTPUTF8", "BODY=8BITMIME"]


def _said_yes(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(answer[0], "")


def _lay_down(folder: Path, message: EmailMessage) -> None:
    """Write the letter as a file named by its Message-ID, whole or not at all; the same letter again takes the same place.

    What a process that was killed over this letter had written of it goes too.
    """
    name = hashlib.sha256(str(message["Message-ID"]).encode("utf-8", "replace")).hexdigest()[:32]
    unfinished = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(unfinished, "wb", opener=_only_for_us) as file:
            file.write(message.as_bytes(policy=SMTP.clone(utf8=True)))
            file.flush()
            os.fsync(file.fileno())
        _in_place(unfinished, folder / f"{name}.eml")
        for left in folder.glob(f".{name}.*"):
            left.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise MailUnreachable(
            "the folder for letters cannot be written", store=STORE, todo="Look at its rights and at the space on the disk."
        ) from None


def _in_place(unfinished: Path, place: Path) -> None:
    """Give a written file its name. One that is gone was taken for a dead process's by whoever sent the letter meanwhile."""
    try:
        unfinished.replace(place)
    except FileNotFoundError:
        if not place.exists():
            raise


def _only_for_us(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
