"""Branch codes of Indian banks (IFSC), which with an account number locate a person's account."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule

SHAPE = re.compile(r"(?<![^\W_]|-)([A-Z]{4}0[A-Z0-9]{6})(?![\w]|[\-]\d)", re.IGNORECASE)
LISTED = (
    "ABHY ABNA ADCB AIRP ALLA AMCB ANDB ANZB APBL APGB APGV APMC ASBL AUBL AUCB BACB BARB BBKM BCBM BCEY BDBL BKDN BKID BNPA"
    " BOFA BOTM CBIN CCBL CHAS CITI CIUB CLBL CNRB CORP COSB CRES CRLY CSBK CTBA DBSS DCBL DEUT DICG DLSC DLXB DMKJ DNSB DOHB"
    " EBIL ESAF ESFB FDRL FINO FIRN FSFB GBCB GSCB HARC HCBL HDFC HSBC HVBK IBBK IBKL IBKO ICBK ICIC IDFB IDIB INDB IOBA IPOS"
    " JAKA JANA JIOP JSBL JSBP JSFB KACE KAIJ KARB KBKB KCCB KKBK KLGB KSCB KUCB KVBL KVGB LAVB MAHB MAHG MCBL MDCB MHCB MSBL"
    " MSCI MSHQ MSNU MUBL NATA NBAD NESF NICB NKGS NMCB NNSB NOSC NSPB NTBL NUCB NVNM OIBA ORBC ORCB PJSB PKGB PMCB PMEC PSIB"
    " PUCB PUNB PYTM QNBA RABO RATN RBIH RBIS RNSB RSBL RSCB RSSB SABR SAHE SBBJ SBHY SBIN SBLS SBMY SBTR SCBL SDCB SDCE SHBK"
    " SIBL SKSB SMBC SMCB SOGE SPCB SRCB STCB SUNB SURY SUTB SVBL SVCB SVSH SYNB TBSB TDCB TGMB THRS TJSB TMBL TMSC TNSC TSAB"
    " TTCB UBIN UCBA UJVN UOVB URBN UTBI UTIB UTKS VARA VASJ VIJB VSBL VVSB WBSC WPAC YESB ZCBL ZSBL"
)
BANKS = frozenset(LISTED.split())
CUE = Cue(r"ifsc?|rtgs|neft|imps|branch|bank|micr|आईएफएससी", before=30, after=16)


def of_a_bank(value: str) -> bool:
    """Return whether the first four letters, in capitals, are an Indian bank's."""
    return value[:4] in BANKS


DETECTOR = Detector(
    kind="ifsc",
    title="Indian bank branch code (IFSC)",
    category="user.financial.bank_account",
    sieve=(r"[A-Za-z]{4}0[A-Za-z0-9]{6}",),
    find=Rule(shape=SHAPE, cue=CUE, sure=of_a_bank, alone=False).find,
    names=(r"(?:^|_)ifsc?(?:_?code)?(?:_|$)",),
    source="Reserve Bank of India, list of NEFT-enabled bank branches",
)
