"""May this use of a person's data happen? Purposes, legal bases, consent, objection, restriction: values in, a decision out."""

from __future__ import annotations

from .deciding import decide
from .decisions import Code, Decision
from .rules import Rules
from .standing import EVERYTHING, Consent, Standing, Use

__all__ = ["EVERYTHING", "Code", "Consent", "Decision", "Rules", "Standing", "Use", "decide"]
