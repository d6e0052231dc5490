"""The portal: what spans every app, and the ground that every app stands on."""

from opscom.celery import app as celery_app

__all__ = ["celery_app"]
