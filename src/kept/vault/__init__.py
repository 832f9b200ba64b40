"""The vault: a key per person, under a key-encryption key that a provider holds.

    from kept.vault import open_vault

    vault = open_vault("privacy")
    email = vault.field("app.accounts.email")
    sealed = email.seal_text("account:42", "ada@example.org")
    email.open_text("account:42", sealed)

`kept.vault.django` and `kept.vault.sqlalchemy` hold typed fields for the two ORMs, `kept.vault.files` seals files of any size.
"""

from .blind import BlindIndex
from .destruction import destroy, restore
from .field import Field
from .opening import make_vault, open_vault
from .vault import Vault

__all__ = ["BlindIndex", "Field", "Vault", "destroy", "make_vault", "open_vault", "restore"]
