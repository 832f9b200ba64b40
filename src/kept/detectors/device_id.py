"""Identifiers of a device: IMEI, and advertising identifiers (IDFA, GAID) where a cue names them."""

from __future__ import annotations

import re

from stdnum import imei

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, rules, squeeze

IMEI = re.compile(r"(?<![\w.\-+])(?<!\d )(\d{2}[ \-]?\d{6}[ \-]?\d{6}[ \-]?\d)(?![\w]|[.,\-]\d| \d)")
UUID = re.compile(r"(?<![\w\-])([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})(?![\w\-])")
ANDROID = re.compile(r"(?<![\w\-])([0-9a-f]{16})(?![\w\-])", re.IGNORECASE)
IMEI_CUE = Cue(r"imei|meid|handset|\*#06#", before=30, after=20)
AD_CUE = Cue(
    r"idfa|idfv|gaid|aaid|adid|maid|ad ?id|advertising(?:[ _]?id(?:entifier)?)?|advertiser|ifa|rdid|"
    r"device[ _]?id|deviceid|android[ _]?id|vendor identifier",
    before=30,
    after=16,
)


def an_imei(value: str) -> bool:
    """Return whether the Luhn digit is right."""
    return bool(imei.is_valid(squeeze(value))) and len(set(value)) > 2


def of_a_device(value: str) -> bool:
    """Return whether it is not the empty identifier a person gets who switched tracking off."""
    return len(set(value)) > 3


DETECTOR = Detector(
    kind="device-id",
    title="Device or advertising identifier",
    category="user.device.device_id",
    sieve=(
        r"(?i)(?:imei|meid|handset|\*#06#|idfa|idfv|gaid|aaid|adid|maid|ad ?id|advertis|ifa\b|rdid|"
        r"device[ _]?id|android[ _]?id|vendor ident)",
    ),
    find=rules(
        Rule(shape=IMEI, holds=an_imei, cue=IMEI_CUE, alone=False),
        Rule(shape=UUID, holds=of_a_device, cue=AD_CUE, alone=False),
        Rule(shape=ANDROID, holds=of_a_device, cue=AD_CUE, alone=False),
    ),
    names=(
        r"(?:^|_)(?:imei|meid|idfa|idfv|gaid|aaid|maid|android_id|advertising_id|advertiser_id|device_(?:id|"
        r"uuid|token|fingerprint)|push_token)(?:_|$)",
    ),
    source="3GPP TS 23.003 clause 6 (IMEI, Luhn digit); Apple and Google documentation of advertising identifiers",
)
