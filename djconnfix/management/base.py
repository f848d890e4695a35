"""What the management commands share: options, streams and exit statuses."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.core.management.base import BaseCommand, CommandError

from djconnfix.__main__ import internal_error, reader_left
from djconnfix.errors import ConfigurationError
from djconnfix.management.project import resolve_for_django
from djconnfix.masking import mask
from djconnfix.status import Status
from djconnfix.terminal import plain
from djconnfix.view import View

if TYPE_CHECKING:
    from typing import TextIO

    from django.core.management.base import CommandParser

    from djconnfix.config import Config


class ConnectionCommand(BaseCommand):
    """A command that ends with the exit statuses of the standalone program."""

    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what every command takes."""
        parser.add_argument("--root", metavar="FOLDER", help="the project (default: around the settings module)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run and leave with the status.

        Raises:
            CommandError: wrong usage or configuration, with return code 2.
            SystemExit: any other status than 0.
        """
        asked = argparse.Namespace(**options)
        try:
            config = replace(resolve_for_django(asked).config, diff_base=getattr(asked, "diff_base", None) or "")
            status = self.run(config, self._view(asked), asked)
        except ConfigurationError as error:
            raise CommandError(plain(mask(str(error))), returncode=int(Status.USAGE)) from None
        except BrokenPipeError:
            sys.exit(reader_left())
        except Exception as error:
            if asked.traceback:
                raise
            status = Status(internal_error(error, verbose=False))
        if status is not Status.CLEAN:
            sys.exit(int(status))

    def run(self, config: Config, view: View, options: argparse.Namespace) -> Status:
        """Do the command's work and return the status."""
        raise NotImplementedError

    def _view(self, options: argparse.Namespace) -> View:
        color = True if options.force_color else False if options.no_color else None
        # Below the wrappers, which colour whole lines and add line ends of their own.
        out, err = cast("TextIO", self.stdout._out), cast("TextIO", self.stderr._out)
        return View.for_streams(out, err, color, quiet=options.verbosity == 0, verbose=options.verbosity > 1)
