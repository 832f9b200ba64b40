"""What the steps of a request told, for the steps that come after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kept.db.failures import database_errors
from kept.db.models import Bundle, Certificate, RequestStep

__all__ = ["certificate_of", "export_file", "export_until", "told_by"]


def told_by(ref: str) -> Mapping[str, Mapping[str, Any]]:
    """Return by step what came of it: counts and names of tables. Of a step done in several places, the whole of it."""
    with database_errors():
        return dict(RequestStep.objects.filter(request__ref=ref, place="").values_list("name", "told"))


def certificate_of(ref: str) -> str:
    """Return the certificate of an erasure as it was signed; an empty text where there is none."""
    with database_errors():
        return Certificate.objects.filter(request__ref=ref).values_list("text", flat=True).first() or ""


def export_until(ref: str) -> datetime | None:
    """Return until when the export of a request can be fetched; None where there is none."""
    with database_errors():
        return Bundle.objects.filter(request__ref=ref).exclude(key="").values_list("until", flat=True).first()


def export_file(ref: str) -> str:
    """Return the name of the file of a request's export; an empty text where there is none."""
    with database_errors():
        return Bundle.objects.filter(request__ref=ref).values_list("file", flat=True).first() or ""
