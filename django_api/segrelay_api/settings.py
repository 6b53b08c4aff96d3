"""Django's settings; every value that an operator may change comes from `environment`."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from segrelay_api.databases import database_settings
from segrelay_api.environment import Environment

PACKAGE = Path(__file__).resolve().parent
SEGRELAY = Environment.read(os.environ)

SECRET_KEY = SEGRELAY.secret_key
ALLOWED_HOSTS = list(SEGRELAY.allowed_hosts)
DEBUG = False
ROOT_URLCONF = "segrelay_api.urls"
ASGI_APPLICATION = "segrelay_api.asgi.application"

INSTALLED_APPS = [
    "django.contrib.sessions",
    "segrelay_api.accounts",
    "segrelay_api.queue",
    "segrelay_api.archive",
    "segrelay_api.pages",
    "segrelay_api.embedded_worker",
]

# Only middleware that is async throughout: a sync one would hold a thread for each waiting claim.
MIDDLEWARE = [
    "segrelay_api.middleware.security_headers",
    "segrelay_api.middleware.readers_language",
    "segrelay_api.api.unknown_calls.unknown_calls",
]

DATABASES = {"default": database_settings(SEGRELAY.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A working day, counted from signing in; so reading a session never writes one.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "segrelay_session"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["segrelay_api.pages.signed_in.signed_in"]},
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "pages" / "static"

# A dynamic series has tens of thousands of images, each a row of 0.8 kB in the plugin's event.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [PACKAGE / "locale"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # One line for each call of Django to Orthanc would drown the rest.
    "loggers": {"httpx": {"level": "WARNING"}},
}
