"""`manage.py connaudit`: the audit, with the running Django as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from djconnfix.cli import add_audit_options
from djconnfix.command_line import fix_command
from djconnfix.errors import ConfigurationError
from djconnfix.management.arguments import seconds
from djconnfix.management.base import ConnectionCommand
from djconnfix.management.loaded import judge_loaded
from djconnfix.management.views import differences, linked
from djconnfix.runs import run_add_ignores, run_audit, run_update_baseline
from djconnfix.status import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

    from djconnfix.config import Config
    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.view import View


class Command(ConnectionCommand):
    """Judge the project and report what is wrong."""

    help = "Judges how this project opens, keeps and ends database connections."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of `djconnfix audit`."""
        super().add_arguments(parser)
        add_audit_options(parser, "the project around the settings module")
        parser.add_argument("--live", action="store_true", help="also ask the servers and judge what they say")
        parser.add_argument(
            "--timeout", type=seconds, default=5.0, metavar="S", help="give a server up after S seconds (default: 5)"
        )

    def run(self, config: Config, view: View, options: argparse.Namespace) -> Status:
        """Audit the files, of the loaded settings what the files do not show, and on request the servers."""
        if options.reason is not None and not options.add_ignores:
            raise ConfigurationError("--reason: goes with --add-ignores")
        if options.add_ignores:
            return run_add_ignores(config, view, options.reason or "")
        if options.update_baseline:
            return run_update_baseline(config, view)
        repair = fix_command(options, ("python", "manage.py", "connfix"))
        failures: list[str] = []

        def also(report: Report) -> Iterator[Finding]:
            aliases = tuple(settings.DATABASES)
            for text in () if view.quiet else (*filter(None, (linked(report),)), *differences(report)):
                view.say(str(text))
            yield from judge_loaded(report, aliases)
            if options.live:
                from djconnfix.management.live import audit_servers

                live = audit_servers(report, aliases, options.timeout)
                failures.extend(live.failures)
                for server in live.servers if view.verbose else ():
                    view.say(f"{server.alias}: {'; '.join(server.described)}")
                yield from live.findings

        status = run_audit(config, view, fix_command=repair, form=options.format, output=options.output, also=also)
        for failure in failures:
            view.say(failure)
        return Status.UNREADABLE if failures else status
