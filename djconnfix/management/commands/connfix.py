"""`manage.py connfix`: the fix, checked by importing the new settings in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.cli import add_fix_options
from djconnfix.command_line import fix_command
from djconnfix.fixing import FixOrder, run_fix
from djconnfix.management.base import ConnectionCommand
from djconnfix.management.verify import SettingsWitness

if TYPE_CHECKING:
    import argparse

    from django.core.management.base import CommandParser

    from djconnfix.config import Config
    from djconnfix.status import Status
    from djconnfix.view import View


class Command(ConnectionCommand):
    """Repair what can be repaired and report what remains."""

    help = "Repairs how this project opens, keeps and ends database connections."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of `djconnfix fix`."""
        super().add_arguments(parser)
        add_fix_options(parser, "the project around the settings module")

    def run(self, config: Config, view: View, options: argparse.Namespace) -> Status:
        """Fix."""
        order = FixOrder(options.dry_run, options.check, options.patch, options.interactive)
        repair = fix_command(options, ("python", "manage.py", "connfix"))
        return run_fix(config, view, order, fix_command=repair, witness=SettingsWitness.of_this_process())
