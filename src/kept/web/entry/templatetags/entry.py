"""Tags of coming in: which sign-on the company has. Built in: no template loads them."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.socialaccount.adapter import get_adapter
from django import template
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.template.context import Context

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A sign-on of the company's: what it is called, and the address that leads there."""

    name: str
    url: str


@register.simple_tag(takes_context=True)
def sign_on_ways(context: Context) -> list[Way]:
    """Return the company's sign-ons that kept.toml names; each keeps where somebody wanted to go."""
    request = context["request"]
    goal = request.GET.get(REDIRECT_FIELD_NAME) or request.POST.get(REDIRECT_FIELD_NAME)
    query = {"process": "login", **({REDIRECT_FIELD_NAME: goal} if goal else {})}
    return [Way(name=one.name, url=one.get_login_url(request, **query)) for one in get_adapter().list_providers(request)]
