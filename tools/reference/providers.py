"""Every key provider, with its options."""

from __future__ import annotations

from kept.vault.providers.registry import kinds
from tools.reference.markdown import page as whole
from tools.reference.markdown import table

__all__ = ["ABOUT", "TITLE", "page"]

TITLE = "Key providers"
ABOUT = "who can hold the vault's key-encryption keys, and the options of each"


def page() -> str:
    """Return the page."""
    about = (
        'Set `provider = "NAME"` under `[vault]` in `kept.toml`, and options under `[vault.providers.NAME]`. An option that holds '
        "a secret names an environment variable, `env:NAME`. Changing the provider takes effect with the next "
        "`kept vault rotate`; keep the old one's options until then. Packages that a provider needs come with "
        "`pip install 'keptpolicy[NAME]'`."
    )
    parts = []
    for kind in kinds().values():
        rows = [
            (f"`{option}`" + (" (secret)" if option in kind.secrets else ""), meaning) for option, meaning in kind.options.items()
        ]
        parts.append(f"## {kind.name}\n\n{kind.title}\n\n{table(('option', 'what it means'), rows)}")
    return whole(TITLE, about, parts)
