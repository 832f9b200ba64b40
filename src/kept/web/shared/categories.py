"""What a category of personal data means, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext

from kept.policy.taxonomy import Category

__all__ = ["category_words"]


def category_words(category: Category) -> str:
    """Return it in plain words, `an e-mail address`; its key where the taxonomy has none."""
    return gettext(category.words) if category.words else category.key
