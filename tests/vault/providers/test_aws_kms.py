"""What only KMS does, against moto's server.

What moto does otherwise than AWS, so that these tests cannot tell: it goes on encrypting and decrypting with a key that is disabled
or waits for its deletion; it answers AccessDeniedException (with no text) instead of IncorrectKeyException for another key's blob;
for a missing right it answers 403 without a name; in ScheduleKeyDeletion it takes a key's id and not its ARN.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.core.authorization import enable_iam_authentication

from kept.base.errors import NOTHING_CHANGED, ProviderUnreachable, StrangeKey
from kept.vault.providers.aws_kms import AwsKmsProvider
from kept.vault.providers.provider import Provider
from kept.vault.secret import Secret
from tests.vault.providers.benches import INSTALLATION, KmsBench, caught, exit_of_child, some


@pytest.fixture
def kms(aws_kms_bench: KmsBench) -> Any:
    """boto3's own client, to look with."""
    return boto3.client("kms", region_name=aws_kms_bench.options["region"], endpoint_url=aws_kms_bench.options["endpoint"])


def test_the_key_says_whose_it_is(aws_kms_bench: KmsBench, kms: Any) -> None:
    reference = aws_kms_bench.open().make(INSTALLATION)
    said = kms.describe_key(KeyId=reference)["KeyMetadata"]
    assert (said["Arn"], said["KeySpec"], said["KeyUsage"]) == (reference, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    assert INSTALLATION in said["Description"]
    tags = kms.list_resource_tags(KeyId=reference)["Tags"]
    assert tags == [{"TagKey": "kept-installation", "TagValue": INSTALLATION}]


@pytest.mark.parametrize("days", [None, "7", "30"])
def test_a_destroyed_key_waits_for_its_deletion(aws_kms_bench: KmsBench, kms: Any, days: str | None) -> None:
    """By its state, because moto goes on decrypting with it, which AWS does not."""
    provider = aws_kms_bench.open(**({"pending_days": days} if days else {}))
    reference = provider.make(INSTALLATION)
    gone_at = provider.destroy(reference)
    assert kms.describe_key(KeyId=reference)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert gone_at is not None
    assert abs(gone_at - datetime.now(UTC) - timedelta(days=int(days or 7))) < timedelta(minutes=5)
    assert aws_kms_bench.open(pending_days="30").destroy(reference) == gone_at


def test_a_key_that_aws_deleted_is_destroyed(aws_kms_bench: KmsBench) -> None:
    provider = aws_kms_bench.open()
    reference = provider.make(INSTALLATION)
    assert provider.destroy(reference[:-12] + "0" * 12) is None


def test_a_key_of_another_region_is_not_taken_for_gone(aws_kms_bench: KmsBench, kms: Any) -> None:
    reference = aws_kms_bench.open().make(INSTALLATION)
    elsewhere = aws_kms_bench.open(region="eu-west-1")
    for call in (lambda: elsewhere.destroy(reference), lambda: elsewhere.wrap(reference, *some(1))):
        with pytest.raises(ProviderUnreachable, match="in the AWS region eu-central-1, and Kept asks in eu-west-1") as told:
            call()
        assert 'region = "eu-central-1"' in told.value.todo
    assert kms.describe_key(KeyId=reference)["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.parametrize(
    "reference", ["alias/kept", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:eu-central-1:123456789012:alias/kept"]
)
def test_only_an_arn_of_a_key_is_a_reference(aws_kms_bench: KmsBench, reference: str) -> None:
    """An alias could be pointed at another key."""
    with pytest.raises(StrangeKey, match="cannot be one"):
        aws_kms_bench.open().wrap(reference, *some(1))


def test_what_a_key_is_about_reaches_aws_only_as_a_hash(aws_kms_bench: KmsBench, kms: Any) -> None:
    provider = aws_kms_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(1)
    [blob] = provider.wrap(reference, keys, about)
    opened = kms.decrypt(KeyId=reference, CiphertextBlob=blob, EncryptionContext={"kept": sha256(about[0]).hexdigest()})
    assert Secret(opened["Plaintext"]) == keys[0]
    for wrong in ({"kept": about[0].hex()}, {}):
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(KeyId=reference, CiphertextBlob=blob, EncryptionContext=wrong)


def test_credentials_and_a_region_are_asked_for_by_name(aws_kms_bench: KmsBench, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = aws_kms_bench.open().make(INSTALLATION)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ProviderUnreachable, match="NoCredentialsError") as told:
        aws_kms_bench.open().wrap(reference, *some(1))
    assert "credentials" in told.value.todo
    del aws_kms_bench.options["region"]
    with pytest.raises(ProviderUnreachable, match="NoRegionError") as told:
        aws_kms_bench.open().wrap(reference, *some(1))
    assert "region" in told.value.todo
    with pytest.raises(ProviderUnreachable, match="ProfileNotFound") as told:
        aws_kms_bench.open(profile="nobody").wrap(reference, *some(1))
    assert "profile" in told.value.todo


def test_after_a_failure_nothing_more_is_asked(aws_kms_bench: KmsBench) -> None:
    """So that a server which does not answer is told after a few seconds, however many keys there are."""
    provider = aws_kms_bench.open()
    reference = provider.make(INSTALLATION)
    keys, about = some(500)
    with hanging_up() as (url, calls):
        error = caught(partial(aws_kms_bench.open(endpoint=url).wrap, reference, keys, about))
        assert isinstance(error, ProviderUnreachable)
        assert error.changed == NOTHING_CHANGED
        assert 1 <= len(calls) <= 4 * 8  # twice for each of those under way, and for each that began before the first failed
        error = caught(partial(aws_kms_bench.open(endpoint=url).make, INSTALLATION))
        assert isinstance(error, ProviderUnreachable)
        assert "not known whether a KMS key was made" in error.changed


@contextmanager
def hanging_up() -> Iterator[tuple[str, list[object]]]:
    """Lend the URL of a server that ends each connection without an answer, and a list of the connections."""
    calls: list[object] = []

    class HangsUp(BaseRequestHandler):
        def handle(self) -> None:
            calls.append(self.request.recv(1))

    with ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
        server.shutdown()
        thread.join(5)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
def test_a_child_of_a_fork_has_a_client_of_its_own(aws_kms_bench: KmsBench) -> None:
    """Seen from inside, because moto closes every connection after one answer, so that none is ever shared."""
    provider = aws_kms_bench.open()
    assert isinstance(provider, AwsKmsProvider)
    reference = provider.make(INSTALLATION)

    def works() -> bool:
        wrapped = provider.wrap(reference, *some(1))
        return len(wrapped) == 1 and provider._made is not None and provider._made[0] == os.getpid()

    assert exit_of_child(works) == 0


@pytest.mark.parametrize(
    ("lacking", "call"),
    [("kms:Decrypt", "unwrap"), ("kms:Encrypt", "wrap"), ("kms:CreateKey", "make"), ("kms:DescribeKey", "destroy")],
)
def test_a_missing_right_is_not_taken_for_a_strange_key(
    aws_kms_bench: KmsBench, monkeypatch: pytest.MonkeyPatch, lacking: str, call: str
) -> None:
    """AWS has the same name for both errors of kms:Decrypt, so Kept tries whether it may open something of its own."""
    provider = aws_kms_bench.open()
    reference, other = provider.make(INSTALLATION), provider.make(INSTALLATION)
    keys, about = some(1)
    wrapped = provider.wrap(reference, keys, about)
    with with_rights("kept-without", ALL_RIGHTS - {lacking}, aws_kms_bench, monkeypatch) as limited:
        calls: dict[str, Callable[[], object]] = {
            "unwrap": lambda: limited.unwrap(reference, wrapped, about),
            "wrap": lambda: limited.wrap(reference, keys, about),
            "make": lambda: limited.make(INSTALLATION),
            "destroy": lambda: limited.destroy(reference),
        }
        with pytest.raises(ProviderUnreachable, match=r"AccessDenied|403") as told:
            calls[call]()
        assert "rights" in told.value.todo
    with with_rights("kept-with", ALL_RIGHTS, aws_kms_bench, monkeypatch) as able:
        assert able.unwrap(reference, able.wrap(reference, keys, about), about) == keys
        with pytest.raises(StrangeKey):
            able.unwrap(other, wrapped, about)
        assert able.destroy(able.make(INSTALLATION)) is not None


ALL_RIGHTS = {"kms:CreateKey", "kms:TagResource", "kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ScheduleKeyDeletion"}
"""What the provider's docstring says that it needs."""


@contextmanager
def with_rights(name: str, rights: set[str], bench: KmsBench, environment: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Lend a provider with the credentials of an account that has those rights only, which moto then looks at."""
    iam = boto3.client("iam", region_name=bench.options["region"], endpoint_url=bench.options["endpoint"])
    name = f"{name}-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    allowed = {"Effect": "Allow", "Action": sorted(rights), "Resource": "*"}
    iam.put_user_policy(
        UserName=name, PolicyName="kept", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    with environment.context() as inside, enable_iam_authentication():
        inside.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        inside.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        yield bench.open()
