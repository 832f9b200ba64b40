"""Kept: a privacy policy with tests."""

__version__ = "0.1.0"
