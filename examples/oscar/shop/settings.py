"""The smallest Django project that runs django-oscar as it comes, on PostgreSQL: no forked app, no own model."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

import oscar  # type: ignore[import-not-found]  # lives in its own environment, made by setup.sh
from oscar import defaults

globals().update({name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")})

URL = urlsplit(os.environ.get("OSCAR_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/kept_oscar"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": URL.path.lstrip("/"),
        "USER": unquote(URL.username or ""),
        "PASSWORD": unquote(URL.password or ""),
        "HOST": URL.hostname or "",
        "PORT": str(URL.port or ""),
    }
}
SECRET_KEY = os.environ.get("OSCAR_SECRET_KEY", "only migrations run here")
INSTALLED_APPS = oscar.INSTALLED_APPS
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1
USE_TZ = True
