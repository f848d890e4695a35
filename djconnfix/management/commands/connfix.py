"""`manage.py connfix`: the fix, checked by importing the new settings in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.cli import add_fix_options
from djconnfix.management.base import ConnectionCommand
from djconnfix.management.verify import SettingsWitness
from djconnfix.programs import fix_command
from djconnfix.runs import FixOrder, run_fix

if TYPE_CHECKING:
    import argparse

    from django.core.management.base import CommandParser

    from djconnfix.config import Config
    from djconnfix.runs import View
    from djconnfix.status import Status


class Command(ConnectionCommand):
    """Repair what can be repaired and report what remains."""

    help = "Repairs how this project opens, keeps and ends database connections."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of `djconnfix fix`."""
        super().add_arguments(parser)
        add_fix_options(parser)

    def run(self, config: Config, view: View, options: argparse.Namespace) -> Status:
        """Fix."""
        order = FixOrder(dry_run=options.dry_run, check=options.check, patch=options.patch)
        repair = fix_command(options, ("python", "manage.py", "connfix"))
        return run_fix(config, view, order, fix_command=repair, witness=SettingsWitness.of_this_process())
