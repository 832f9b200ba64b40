"""Run the provider: `python -c START PORT CALLBACK PERSON…`; a person whose address is not verified is written `?name`."""

from __future__ import annotations

import sys
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

__all__ = ["CLIENT", "SECRET", "main"]

CLIENT: Final = "kept"
SECRET: Final = "a secret between the two"


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Make the database, the client and the people, and answer until it is stopped."""
    port, callback, people = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    call_command("migrate", verbosity=0)
    client = Client(id=CLIENT, name="Kept", scopes="openid\nemail\nprofile", redirect_uris=callback, skip_consent=True)
    client.set_secret(SECRET)
    client.save()
    for person in people:
        email = person.removeprefix("?")
        account = User.objects.create(username=email, email=email)
        EmailAddress.objects.create(user=account, email=email, verified=not person.startswith("?"), primary=True)
    make_server("127.0.0.1", port, get_wsgi_application(), handler_class=_Silent).serve_forever()
