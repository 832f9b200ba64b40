"""Key-encryption keys in AWS KMS.

Each key-encryption key is a symmetric KMS key, which never leaves KMS; its reference is its ARN. People's keys are wrapped by
kms:Encrypt, one call a key and several at once. What a key is about goes in as a SHA-256 in the encryption context, because
CloudTrail writes the context down in clear. The key's ARN goes with every kms:Decrypt, so that another key's blob is refused.
Destroying a key starts the waiting period of AWS, of seven days at least, in which the key does nothing and its deletion can still
be cancelled.

The credentials are those that AWS's own chain finds, and are never written in kept.toml. They need kms:CreateKey, kms:TagResource,
kms:Encrypt, kms:Decrypt, kms:DescribeKey and kms:ScheduleKeyDeletion.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kept.base.errors import NOTHING_CHANGED, ProviderUnreachable, Refused, StrangeKey
from kept.vault.secret import READS_KEY_MATERIAL, Secret

__all__ = ["AwsKmsProvider", "connect"]

NAME = "aws-kms"
TITLE = "AWS KMS: one customer-managed key per key-encryption key. It has been run against moto, not against AWS itself."
OPTIONS = {
    "region": "The AWS region of the keys; what AWS's own chain says where it is not set.",
    "profile": "The profile of AWS's configuration files to take credentials from; AWS's own chain where it is not set.",
    "endpoint": "The URL of KMS, for a VPC endpoint; AWS's own where it is not set. Must be https, or on this machine.",
    "pending_days": "How many days AWS waits before it deletes a destroyed key, from 7 to 30; 7 where it is not set.",
}
SECRETS = ()

STORE = "vault"
SHORTEST, LONGEST = 7, 30
"""Days that AWS lets pass before it deletes a key."""
LARGEST = 6144
"""Bytes that KMS takes as a ciphertext."""
WORKERS = 8
PATIENCE = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}, max_pool_connections=2 * WORKERS
)
ARN = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+")
HERE = {"localhost", "127.0.0.1", "::1"}

STRANGE = {"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"}
DENIED = {"AccessDeniedException", "403"}
"""A right is missing, or the blob is of a key that is not this account's: both have this name. A number comes from a proxy."""
UNANSWERED = {"ReadTimeoutError", "ConnectionClosedError", "HTTPClientError", "ResponseStreamingError"}
"""Errors after which the request may have been carried out all the same."""
ENABLE = "Enable the key again or cancel its deletion in AWS, if it was not destroyed on purpose."
CREDENTIALS = "See that AWS's own chain finds valid credentials here, with the rights that the reference of this provider lists."
TODO = {
    "NotFoundException": "See that account and region are those the key was made in; a key that AWS deleted does not come back.",
    "DisabledException": ENABLE,
    "KMSInvalidStateException": ENABLE,
    "AccessDeniedException": CREDENTIALS,
    "403": CREDENTIALS,
    "UnrecognizedClientException": CREDENTIALS,
    "InvalidClientTokenId": CREDENTIALS,
    "ExpiredTokenException": CREDENTIALS,
    "NoCredentialsError": CREDENTIALS,
    "PartialCredentialsError": CREDENTIALS,
    "ProfileNotFound": "Set [vault.options] profile to one that AWS's configuration files have.",
    "NoRegionError": "Set [vault.options] region, or AWS_DEFAULT_REGION.",
}
OTHERWISE = "See that AWS KMS can be reached from here, and run the command again."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why AWS did not do it: the error's name and nothing of its text, which may hold what was asked."""

    name: str


def connect(options: Mapping[str, str], folder: Path) -> AwsKmsProvider:  # noqa: ARG001 - the port's shape
    """Return the provider; it asks nothing yet. Raises Refused for an option that cannot be."""
    endpoint, days = options.get("endpoint"), options.get("pending_days", str(SHORTEST))
    if endpoint is not None and not _private(endpoint):
        raise Refused("[vault.options] endpoint is no https URL, and people's keys would travel in clear", todo="Use an https URL.")
    if not days.isdecimal() or not SHORTEST <= int(days) <= LONGEST:
        raise Refused(
            f"[vault.options] pending_days is {days!r}, and AWS takes {SHORTEST} to {LONGEST}",
            todo="Write a whole number of days in that range.",
        )
    return AwsKmsProvider(region=options.get("region"), profile=options.get("profile"), endpoint=endpoint, pending_days=int(days))


class AwsKmsProvider:
    """Key-encryption keys in AWS KMS; see the module."""

    def __init__(self, *, region: str | None, profile: str | None, endpoint: str | None, pending_days: int = SHORTEST) -> None:
        """Take where KMS is. `pending_days` is how long AWS waits before it deletes a destroyed key."""
        self._region, self._profile, self._endpoint = region, profile, endpoint
        self._pending_days = pending_days
        self._made: tuple[int, Any] | None = None

    def make(self, installation: str) -> str:
        """Create a KMS key, tagged with the installation, and return its ARN."""
        client = self._client()
        answer = _asked(
            lambda: client.create_key(
                Description=f"Kept: wraps the keys of people, installation {installation}",
                KeyUsage="ENCRYPT_DECRYPT",
                KeySpec="SYMMETRIC_DEFAULT",
                Tags=[{"TagKey": "kept-installation", "TagValue": installation}],
            )
        )
        if isinstance(answer, _Failed):
            raise _unreachable(answer, changed=_changed(answer, "a KMS key was made that nothing uses"))
        return str(answer["KeyMetadata"]["Arn"])

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Encrypt each key in KMS."""
        client = self._client_for(reference)
        answer = _each(lambda key, bound: _wrapped(client, reference, key, bound), keys, about)
        if isinstance(answer, _Failed):
            raise _unreachable(answer)
        return answer

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Decrypt each key in KMS."""
        client = self._client_for(reference)
        answer = _each(lambda blob, bound: _opened(client, reference, blob, bound), wrapped, about)
        if not isinstance(answer, _Failed):
            return answer
        if answer.name not in STRANGE and not (answer.name in DENIED and _works(client, reference)):
            raise _unreachable(answer)
        raise StrangeKey(
            f"a wrapped key does not open under this installation's key-encryption key in AWS KMS ({answer.name})",
            todo="See that the keys database and the AWS account belong together; another installation's keys do not open here.",
        )

    def destroy(self, reference: str) -> datetime | None:
        """Schedule the key's deletion and return the day of it; None where the key is gone already."""
        client = self._client_for(reference)
        known = _asked(lambda: client.describe_key(KeyId=reference)["KeyMetadata"])
        if isinstance(known, _Failed):
            if known.name == "NotFoundException":
                return None
            raise _unreachable(known)
        if known["KeyState"] == "PendingDeletion":
            return _day(known)
        answer = _asked(lambda: client.schedule_key_deletion(KeyId=known["KeyId"], PendingWindowInDays=self._pending_days))
        if isinstance(answer, _Failed):
            raise _unreachable(answer, changed=_changed(answer, "the key's deletion was scheduled"))
        return _day(answer)

    def close(self) -> None:
        """Close the connections."""
        made, self._made = self._made, None
        if made is not None and made[0] == os.getpid():
            made[1].close()

    def _client(self) -> Any:
        """Return this process's client. A fork's child makes its own: on shared connections one would read the other's answers."""
        made = self._made
        if made is None or made[0] != os.getpid():
            client = _asked(self._new_client)
            if isinstance(client, _Failed):
                raise _unreachable(client)
            made = self._made = os.getpid(), client
        return made[1]

    def _new_client(self) -> Any:
        session = boto3.Session(profile_name=self._profile, region_name=self._region)
        return session.client("kms", endpoint_url=self._endpoint, config=PATIENCE)

    def _client_for(self, reference: str) -> Any:
        """Return the client for an ARN of its own region; in another one, KMS would say that the key is gone."""
        arn = ARN.fullmatch(reference)
        if arn is None:
            raise StrangeKey(
                "the keys database names a KMS key that cannot be one", todo="Restore the keys database from a backup."
            )
        client = self._client()
        if arn["region"] != client.meta.region_name:
            raise ProviderUnreachable(
                f"the key-encryption key: it is in the AWS region {arn['region']}, and Kept asks in {client.meta.region_name}",
                store=STORE,
                todo=f'Set [vault.options] region = "{arn["region"]}" in kept.toml.',
            )
        return client


def _asked(ask: Callable[[], T]) -> T | _Failed:
    """Return what AWS answers. A failure comes back as a value: the traceback of boto3's error holds the keys that were sent."""
    try:
        return ask()
    except ClientError as error:
        return _Failed(str(error.response.get("Error", {}).get("Code", "ClientError")))
    except BotoCoreError as error:
        return _Failed(type(error).__name__)


def _wrapped(client: Any, reference: str, key: Secret, about: bytes) -> bytes | _Failed:
    def ask() -> bytes:
        said = client.encrypt(KeyId=reference, Plaintext=key.material(READS_KEY_MATERIAL), EncryptionContext=_context(about))
        return bytes(said["CiphertextBlob"])

    return _asked(ask)


def _opened(client: Any, reference: str, blob: bytes, about: bytes) -> Secret | _Failed:
    if not 1 <= len(blob) <= LARGEST:
        return _Failed("ValidationException")
    return _asked(
        lambda: Secret(client.decrypt(KeyId=reference, CiphertextBlob=blob, EncryptionContext=_context(about))["Plaintext"])
    )


def _works(client: Any, reference: str) -> bool:
    """Return whether this account may use the key: then a blob that it may not open is not this key's."""
    probe = Secret.random()
    sealed = _wrapped(client, reference, probe, b"kept")
    return not isinstance(sealed, _Failed) and _opened(client, reference, sealed, b"kept") == probe


def _each(work: Callable[[Any, bytes], T | _Failed], ones: Sequence[Any], about: Sequence[bytes]) -> list[T] | _Failed:
    """Return what the work makes of each key, in order. After a failure nothing more is begun, so that it is told soon."""
    pairs = list(zip(ones, about, strict=True))
    failed = Event()

    def one(pair: tuple[Any, bytes]) -> T | _Failed:
        answer = _Failed("left out") if failed.is_set() else work(*pair)
        if isinstance(answer, _Failed):
            failed.set()
        return answer

    with ThreadPoolExecutor(WORKERS) as threads:
        answers = list(threads.map(one, pairs))
    done: list[T] = []
    for answer in answers:
        if isinstance(answer, _Failed):
            return answer  # the first in order is never one that was left out: they are begun in order
        done.append(answer)
    return done


def _private(url: str) -> bool:
    """Return whether nobody on the way reads along."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE))


def _context(about: bytes) -> dict[str, str]:
    return {"kept": sha256(about).hexdigest()}


def _day(said: Mapping[str, Any]) -> datetime | None:
    day = said.get("DeletionDate")
    return day if isinstance(day, datetime) else None


def _changed(failed: _Failed, what: str) -> str:
    return f"it is not known whether {what}" if failed.name in UNANSWERED else NOTHING_CHANGED


def _unreachable(failed: _Failed, *, changed: str = NOTHING_CHANGED) -> ProviderUnreachable:
    return ProviderUnreachable(
        f"the key-encryption key: AWS KMS does not answer or says no ({failed.name})",
        store=STORE,
        todo=TODO.get(failed.name, OTHERWISE),
        changed=changed,
    )
