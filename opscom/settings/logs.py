"""Logs."""

from typing import Any

from opscom.settings.environment import env

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "opscom.lib.logs.SecretsFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {
            "handlers": ["console"],
            "level": "INFO",
            "propagate": False,
        },  # its own lets secrets through
        "weasyprint": {"level": "WARNING"},  # it tells every step of every page
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},  # it says that it was loaded, in every command
    },
}
