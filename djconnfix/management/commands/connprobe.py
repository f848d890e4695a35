"""`manage.py connprobe`: where the time goes when a connection is opened."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from djconnfix.__main__ import internal_error, reader_left
from djconnfix.management.arguments import samples, seconds
from djconnfix.options import suggestion
from djconnfix.probe.errors import NoServerError, ProbeError
from djconnfix.runs import View
from djconnfix.status import Status
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from typing import TextIO

    from django.core.management.base import CommandParser

    from djconnfix.probe.reading import Reading

_NETWORKS = (1.0, 10.0, 50.0)


class Command(BaseCommand):
    """Open a few connections of its own and say what they cost."""

    help = "Says where the time goes when this project opens a database connection, and why."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--database", action="append", metavar="ALIAS", help="probe this alias only; may be repeated"
        )
        parser.add_argument("--samples", type=samples, default=5, metavar="N", help="connections to open (default: 5)")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="of the report (default: text)")
        parser.add_argument(
            "--timeout", type=seconds, default=5.0, metavar="S", help="give a server up after S seconds (default: 5)"
        )
        parser.add_argument(
            "--network-ms",
            action="append",
            type=seconds,
            metavar="N",
            help="also calculate for a network with round trips of N ms; may be repeated (default: 1, 10 and 50)",
        )

    def handle(self, *_: Any, **given: Any) -> None:
        """Probe, report, and leave with the status.

        Raises:
            CommandError: an alias that does not exist, with return code 2.
            SystemExit: any other status than 0.
        """
        options = argparse.Namespace(**given)
        for alias in options.database or ():
            if alias not in settings.DATABASES:
                hint = suggestion(alias, list(settings.DATABASES))
                raise CommandError(plain(f"there is no alias {alias!r}{hint}"), returncode=int(Status.USAGE))
        try:
            status = self._probe(options)
        except BrokenPipeError:
            sys.exit(reader_left())
        except Exception as error:
            if options.traceback:
                raise
            status = Status(internal_error(error, verbose=False))
        if status is not Status.CLEAN:
            sys.exit(int(status))

    def _probe(self, options: argparse.Namespace) -> Status:
        from djconnfix.probe.as_json import write_json
        from djconnfix.probe.as_text import write_reading
        from djconnfix.probe.measure import measure
        from djconnfix.probe.target import find_target, server_of

        color = True if options.force_color else False if options.no_color else None
        # Below the wrappers, which colour whole lines and add line ends of their own.
        view = View.for_streams(cast("TextIO", self.stdout._out), cast("TextIO", self.stderr._out), color)
        networks = [each / 1000 for each in options.network_ms or _NETWORKS]
        readings: list[Reading] = []
        failures: list[tuple[str, str]] = []
        for alias in options.database or settings.DATABASES:
            try:
                target = find_target(alias)
                reading = measure(target, samples=options.samples, timeout=options.timeout)
            except NoServerError as error:
                view.say(f"{alias}: nothing to probe: {error}")
                continue
            except ProbeError as error:
                failures.append((alias, str(error)))
                view.say(f"{alias}{server_of(alias)}: {error}")
                continue
            readings.append(reading)
            if options.format == "text":
                view.out.write(write_reading(reading, networks, view.style) + "\n")
                view.out.flush()
        if options.format == "json":
            view.out.write(write_json(readings, failures, networks))
        return Status.UNREADABLE if failures else Status.CLEAN
