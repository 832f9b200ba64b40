"""UPI payment addresses of India: a name and the handle of a payment provider."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule

SHAPE = re.compile(r"(?<![\w.\-@])([A-Za-z0-9][A-Za-z0-9.\-_]{1,255}@[A-Za-z][A-Za-z0-9]{1,63})(?![\w@\-]|\.[A-Za-z])")
LISTED = (
    "abfspay allbank amazonpay apl airtel airtelpaymentsbank aubank axisb axisbank axisgo axl barodampay birla boi bom cboi"
    " centralbank cmsidfc cnrb cred csbpay dbs dcb eazypay equitas ezeepay fam fbl federal fifederal freecharge goaxb hdfcbank"
    " hdfcbankjd hsbc ibl icici idbi idfc idfcbank idfcfirst idfcnetc ikwik imobile indianbank indus indusind ikwik inhdfc iob"
    " jio jiopartner jkb jupiteraxis kbl kmb kotak kotak811 kvb mahb mbk naviaxis obc okaxis okbizaxis okhdfcbank okicici oksbi"
    " oneyes payme payzapp paytm pingpay pnb pockets postbank psb pthdfc ptaxis ptsbi ptyes pz rajgovhdfcbank rapl rbl rmhdfcbank"
    " sbi sc shriramhdfcbank sib slice superyes tapicici timecosmos trans uboi uco ucobank unionbank upi utbi vjb wahdfcbank"
    " waicici wasbi waaxis yapl ybl yes yesbank yesbankltd yespay yesg axisbank tataneu unionbankofindia"
)
HANDLES = frozenset(LISTED.split())
CUE = Cue(r"upi|vpa|bhim|gpay|google pay|phone ?pe|paytm|pa|यूपीआई|collect request", before=30, after=16)


def of_a_provider(value: str) -> bool:
    """Return whether a payment provider has that handle."""
    return value.rsplit("@", 1)[1].lower() in HANDLES


DETECTOR = Detector(
    kind="upi",
    title="UPI payment address",
    category="user.financial.bank_account",
    sieve=(r"[A-Za-z0-9._-]@[A-Za-z][A-Za-z0-9]",),
    find=Rule(shape=SHAPE, cue=CUE, sure=of_a_provider, alone=False).find,
    names=(r"(?:^|_)(?:upi|vpa)(?:_?(?:id|addr(?:ess)?|handle))?(?:_|$)",),
    source="NPCI, UPI Procedural Guidelines; handles as NPCI lists them for third-party apps and banks",
)
