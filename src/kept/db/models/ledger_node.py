"""Hashes inside the tree of the log."""

from __future__ import annotations

from django.db import models

__all__ = ["LedgerNode"]


class LedgerNode(models.Model):
    """The hash over one full tile of 256 hashes, so that a proof reads a few hundred hashes and not the whole log."""

    level = models.PositiveSmallIntegerField(help_text="The tile level this hash belongs to, from 1; leaf hashes are level 0.")
    index = models.BigIntegerField(help_text="Its place among the hashes of the level, from 0.")
    hash = models.BinaryField(max_length=32, help_text="The RFC 6962 hash over tile `index` of the level below.")

    class Meta:
        """One hash a place."""

        constraints = (models.UniqueConstraint(fields=("level", "index"), name="one_hash_a_place"),)

    def __str__(self) -> str:
        """Show the place."""
        return f"node {self.level}/{self.index}"
