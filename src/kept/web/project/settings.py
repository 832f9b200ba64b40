"""Django's settings for the pages: those of Kept's own database, and what sign-in, sessions, security and languages need.

KEPT_FOLDER names the privacy folder; what can be chosen stands in its kept.toml under `[web]`. Importing this reads that file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from kept.db import settings as database
from kept.db.location import database_of
from kept.db.page_secret import page_secret
from kept.policy.load import load_settings
from kept.web.shared.assets import STATIC, digest_of_assets
from kept.web.shared.languages import compiled, written

from .mail import mail_settings
from .sign_on import form_targets, providers

WEB = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("KEPT_FOLDER", ".")).resolve()
KEPT = load_settings(FOLDER)
SECURE = KEPT.web.url.startswith("https://") or os.environ.get("KEPT_TLS") == "1"
HOME = FOLDER / ".kept"

SECRET_KEY = page_secret(FOLDER).derived("django").hex()
DEBUG = False
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, [urlsplit(KEPT.web.url).hostname, *os.environ.get("KEPT_DOMAIN", "").split(",")]),
]
ROOT_URLCONF = "kept.web.project.urls"
WSGI_APPLICATION = "kept.web.project.wsgi.application"
APPEND_SLASH = True

INSTALLED_APPS = [
    "kept.db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *(f"allauth.socialaccount.providers.{kind}" for kind in sorted({one["kind"] for one in providers(KEPT.web)})),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "kept.web.shared.limits.Limits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kept.web.shared.private.Private",
    "kept.web.shared.language.Language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "kept.web.shared.failures.Failures",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / part / "templates" for part in ("shared", "entry", "public", "centre", "console", "api")],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "kept.web.shared.templatetags.kept",
                "kept.web.entry.templatetags.entry",
            ],
            "libraries": {"kept": "kept.web.shared.templatetags.kept"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "kept.web.shared.frame.frame",
            ],
        },
    }
]

# Kept's own database, and what lives in it besides: sessions, limits, codes on their way.
DATABASES = {"default": database_of(FOLDER, os.environ)}
CONN_MAX_AGE = None
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kept_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept"},
}
DEFAULT_AUTO_FIELD = database.DEFAULT_AUTO_FIELD
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {  # a line for what broke, with its traceback, and nothing for what was only refused; addresses without their query
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "kept.web.shared.security_log.Line"}},
    "handlers": {
        "errors": {"class": "logging.StreamHandler", "level": "ERROR"},
        "security": {"class": "logging.StreamHandler", "level": "INFO", "formatter": "line"},
    },
    "loggers": {
        "django": {"handlers": ["errors"], "level": "ERROR", "propagate": False},
        "kept.security": {"handlers": ["security"], "level": "INFO", "propagate": False},
    },
}

# Who signs in, and how.
AUTH_USER_MODEL = "kept.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "kept.web.entry.passwords.NotTheCompany"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "entry:arrived"
ACCOUNT_ADAPTER = "kept.web.entry.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_FORMS = {
    name: f"kept.web.entry.forms.{form}"
    for name, form in {
        "login": "SignIn",
        "signup": "SignUp",
        "request_login_code": "RequestCode",
        "confirm_login_code": "LoginCode",
        "confirm_email_verification_code": "AddressCode",
        "reset_password": "ResetPassword",
        "confirm_password_reset_code": "ResetCode",
        "reset_password_from_key": "NewPassword",
        "set_password": "SetPassword",
        "change_password": "ChangePassword",
        "reauthenticate": "PasswordAgain",
        "request_reauthentication_code": "RequestCodeAgain",
        "confirm_reauthentication_code": "CodeAgain",
        "add_email": "AddAddress",
    }.items()
}
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = KEPT.web.proxies
MFA_ADAPTER = "kept.web.entry.adapters.Factors"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = KEPT.company.name
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_FORMS = {
    name: f"kept.web.entry.forms.{form}"
    for name, form in {
        "authenticate": "FactorCode",
        "reauthenticate": "FactorCodeAgain",
        "activate_totp": "SetUpApp",
        "add_webauthn": "AddPasskey",
        "edit_webauthn": "RenamePasskey",
        "login_webauthn": "PasskeySignIn",
        "authenticate_webauthn": "PasskeyStep",
        "reauthenticate_webauthn": "PasskeyAgain",
    }.items()
}
SOCIALACCOUNT_ADAPTER = "kept.web.entry.adapters.SignOn"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # it brings staff by an address that the company's sign-on vouches for
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    kind: {"APPS": [one["app"] for one in providers(KEPT.web) if one["kind"] == kind]}
    for kind in {one["kind"] for one in providers(KEPT.web)}
}
USERSESSIONS_TRACK_ACTIVITY = False

# Letters.
globals().update(mail_settings(KEPT, HOME))

# Sessions and cookies.
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-kept-session" if SECURE else "kept-session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-kept-csrf" if SECURE else "kept-csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "kept.web.shared.failures.forged"
CSRF_TRUSTED_ORIGINS = [KEPT.web.url.rstrip("/")] if KEPT.web.url else []
LANGUAGE_COOKIE_NAME = "__Host-kept-language" if SECURE else "kept-language"
THEME_COOKIE_NAME = "__Host-kept-theme" if SECURE else "kept-theme"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they may hold an address: no cookie

# What browsers are told.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if KEPT.web.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *form_targets(KEPT.web)],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Bodies: forms are small, and nothing is uploaded yet.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# Languages: one file each in kept/web/languages.
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = written()
LOCALE_PATHS = [compiled(HOME / "languages")]

# Pictures, styles and scripts, under an address that changes with them.
STATIC_URL = f"/static/{digest_of_assets()}/"
STATICFILES_DIRS = [STATIC]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 24 * 3600
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # addresses are unique where they are not empty
