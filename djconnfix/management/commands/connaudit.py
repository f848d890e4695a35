"""`manage.py connaudit`: the audit, with the running Django as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from djconnfix.cli import add_audit_options
from djconnfix.management.base import ConnectionCommand
from djconnfix.management.loaded import judge_loaded
from djconnfix.programs import fix_command
from djconnfix.runs import run_audit, run_update_baseline

if TYPE_CHECKING:
    import argparse

    from django.core.management.base import CommandParser

    from djconnfix.config import Config
    from djconnfix.runs import View
    from djconnfix.status import Status


class Command(ConnectionCommand):
    """Judge the project and report what is wrong."""

    help = "Judges how this project opens, keeps and ends database connections."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of `djconnfix audit`."""
        super().add_arguments(parser)
        add_audit_options(parser)

    def run(self, config: Config, view: View, options: argparse.Namespace) -> Status:
        """Audit the files, and of the loaded settings what the files do not show."""
        if options.update_baseline:
            return run_update_baseline(config, view)
        repair = fix_command(options, ("python", "manage.py", "connfix"))
        return run_audit(
            config,
            view,
            fix_command=repair,
            form=options.format,
            output=options.output,
            also=lambda report: judge_loaded(report, tuple(settings.DATABASES)),
        )
