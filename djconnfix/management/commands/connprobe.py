"""`manage.py connprobe`: where the time goes when a connection is opened, and what other settings would make of it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from djconnfix.__main__ import internal_error, reader_left
from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.management.arguments import request_path, rounds, samples, seconds, threads
from djconnfix.masking import mask
from djconnfix.probe.errors import NoServerError, ProbeError
from djconnfix.runs import View
from djconnfix.status import Status
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from django.core.management.base import CommandParser

    from djconnfix.probe.reading import Reading

_NETWORKS = (1.0, 10.0, 50.0)
_EXAMPLES = """\
examples:
  manage.py connprobe                                        where the time of a new connection goes, and why
  manage.py connprobe --database replica --network-ms 20     one alias; also as it would be 20 ms away
  manage.py connprobe --format html > probe.html             the same as a page with charts
  manage.py connprobe --compare --path / --path /products/   GET these pages under each way of keeping connections
  manage.py connprobe --compare --through 127.0.0.1:6432     and through this PgBouncer
  manage.py connprobe --compare --url old=http://127.0.0.1:8001 --url new=http://127.0.0.1:8002
                                                             two servers that are running already
"""


class Command(BaseCommand):
    """Open a few connections of its own and say what they cost; on request, compare ways of keeping them."""

    help = "Says where the time goes when this project opens a database connection, and why."
    requires_system_checks = ()
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser, which ends its help with examples."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = _EXAMPLES  # not passed on: django-configurations replaces this method by one that takes nothing
        base = parser.formatter_class

        class Formatter(base, argparse.RawDescriptionHelpFormatter):  # type: ignore[misc,valid-type]
            """Django's own order of options, and the examples as they are written."""

        parser.formatter_class = Formatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--database", action="append", metavar="ALIAS", help="probe this alias only; may be repeated"
        )
        parser.add_argument("--samples", type=samples, default=5, metavar="N", help="connections to open (default: 5)")
        parser.add_argument(
            "--format", choices=("text", "json", "html"), default="text", help="of the report (default: text)"
        )
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
        group = parser.add_argument_group("comparing ways of keeping connections")
        group.add_argument(
            "--compare",
            action="store_true",
            help="make GET requests to this project in process, as it is and under each strategy that could work",
        )
        group.add_argument(
            "--path",
            action="append",
            type=request_path,
            metavar="PATH",
            help="to request; may be repeated (default: /)",
        )
        group.add_argument(
            "--seconds",
            type=seconds,
            default=5.0,
            metavar="S",
            help="to measure each strategy for, in all rounds together (default: 5)",
        )
        group.add_argument(
            "--rounds",
            type=rounds,
            default=3,
            metavar="N",
            help="to measure each strategy in, in turn with the others (default: 3)",
        )
        group.add_argument(
            "--threads", type=threads, default=0, metavar="N", help="requests at a time (default: as deployed, else 4)"
        )
        group.add_argument("--server", choices=("wsgi", "asgi"), default="", help="the handler (default: as deployed)")
        group.add_argument("--through", default="", metavar="HOST:PORT", help="also try this PgBouncer")
        group.add_argument(
            "--url",
            action="append",
            metavar="[NAME=]URL",
            help="request from this running server instead; may be repeated",
        )

    def handle(self, *_: Any, **given: Any) -> None:
        """Probe or compare, report, and leave with the status.

        Raises:
            CommandError: an alias that does not exist or a wrong option, with return code 2.
            SystemExit: any other status than 0.
        """
        options = argparse.Namespace(**given)
        for alias in options.database or ():
            if alias not in settings.DATABASES:
                hint = suggestion(alias, list(settings.DATABASES))
                raise CommandError(plain(f"there is no alias {alias!r}{hint}"), returncode=int(Status.USAGE))
        color = True if options.force_color else False if options.no_color else None
        # Below the wrappers, which colour whole lines and add line ends of their own.
        view = View.for_streams(cast("TextIO", self.stdout._out), cast("TextIO", self.stderr._out), color)
        work: Callable[[argparse.Namespace, View], Status] = _compare if options.compare else _probe
        try:
            status = work(options, view)
        except ConfigurationError as error:
            raise CommandError(plain(mask(str(error))), returncode=int(Status.USAGE)) from None
        except BrokenPipeError:
            sys.exit(reader_left())
        except Exception as error:
            if options.traceback:
                raise
            status = Status(internal_error(error, verbose=False))
        if status is not Status.CLEAN:
            sys.exit(int(status))


def _probe(options: argparse.Namespace, view: View) -> Status:
    from djconnfix.probe.as_html import write_html
    from djconnfix.probe.as_json import write_json
    from djconnfix.probe.as_text import write_reading
    from djconnfix.probe.measure import measure
    from djconnfix.probe.target import find_target, server_of

    if given := [f"--{name}" for name in ("path", "url", "through", "threads", "server") if getattr(options, name)]:
        raise ConfigurationError(f"{' and '.join(given)}: only with --compare")
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
    if options.format != "text":
        view.out.write((write_json if options.format == "json" else write_html)(readings, failures, networks))
    return Status.UNREADABLE if failures else Status.CLEAN


def _compare(options: argparse.Namespace, view: View) -> Status:
    from djconnfix.management.compare import Wish, compare
    from djconnfix.probe.compare.as_html import write_comparison_html
    from djconnfix.probe.compare.as_json import write_comparison_json
    from djconnfix.probe.compare.as_text import write_comparison

    wish = Wish(
        tuple(options.path or ("/",)),
        options.seconds,
        options.timeout,
        options.threads,
        options.server,
        options.through,
        tuple(options.url or ()),
        options.rounds,
    )
    try:
        found = compare(options.database or tuple(settings.DATABASES), wish, view.say)
    except ProbeError as error:
        view.say(str(error))
        return Status.UNREADABLE
    writers = {
        "text": lambda: write_comparison(found, view.style),
        "json": lambda: write_comparison_json(found),
        "html": lambda: write_comparison_html(found),
    }
    view.out.write(writers[options.format]())
    return Status.CLEAN if found.measured else Status.UNREADABLE
