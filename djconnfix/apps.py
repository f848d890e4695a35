"""The Django app: put `djconnfix` in `INSTALLED_APPS` for the system checks and the management commands."""

from __future__ import annotations

from django.apps import AppConfig


class DjconnfixConfig(AppConfig):
    """Registers the system checks."""

    name = "djconnfix"
    verbose_name = "Database connections"

    def ready(self) -> None:
        """Register the checks; they are judged when Django runs them, not here."""
        from django.core.checks import Tags, register

        from djconnfix.checks import TAG, check_files, check_loaded_databases

        register(check_files, TAG)
        register(check_loaded_databases, Tags.database, TAG)
