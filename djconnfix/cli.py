"""The command line: what may be asked, and which part answers.

Everything heavy is imported by the answer, not here: a hook's call on files without interest ends in this module.
"""

from __future__ import annotations

import argparse
import sys

from djconnfix.quick import nothing_to_judge
from djconnfix.strategies.names import STRATEGIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")
_EXAMPLES = """\
examples:
  djconnfix audit                      judge the project in this folder
  djconnfix fix --dry-run              show what would change
  djconnfix fix                        change it
  djconnfix explain conn-max-age-zero  what a rule means and why

exit status: 0 clean, 1 findings remain, 2 wrong usage, 3 a file could not be read, 4 internal error
"""


def run(arguments: Sequence[str]) -> int:
    """Answer one command line and return the exit status."""
    parser = make_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:  # argparse has already said why
        return stop.code if isinstance(stop.code, int) else 2
    if options.program in ("audit", "fix") and _nothing_to_do(options):
        return 0
    from djconnfix import programs

    return programs.answer(options)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; its options have the names of `djconnfix.options`."""
    parser = _Parser(
        prog="djconnfix",
        description="Audit and repair how a Django project opens, keeps and ends database connections.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    programs = parser.add_subparsers(dest="program", metavar="PROGRAM", required=True)
    audit = _add(programs, "audit", "judge a project and report what is wrong")
    add_audit_options(audit)
    _add_manners(audit)
    fix = _add(programs, "fix", "repair what can be repaired, and report what remains")
    add_fix_options(fix)
    _add_manners(fix)
    pgbouncer = _add(programs, "pgbouncer", "write a pgbouncer.ini that is sized for a project")
    _add_paths(pgbouncer)
    pgbouncer.add_argument(
        "--mode",
        choices=("session", "transaction", "statement"),
        help="when a server connection goes back (default: the strategy's, else transaction)",
    )
    pgbouncer.add_argument("--output", metavar="FILE", help="write to FILE, which must not exist yet")
    _add_configuration(pgbouncer)
    _add_manners(pgbouncer)
    budget = _add(programs, "budget", "add up how many connections may stand open at a time")
    _add_paths(budget)
    _add_configuration(budget)
    _add_manners(budget)
    explain = _add(programs, "explain", "print what a rule means, with examples")
    explain.add_argument("rule", metavar="CODE", help="a code (DCF101) or a name (conn-max-age-zero)")
    _add_manners(explain)
    rules = _add(programs, "rules", "list every rule")
    rules.add_argument("--format", choices=("text", "json"), default="text", help="how to list (default: text)")
    _add_manners(rules)
    config = _add(programs, "config", "print the configuration in force and where it comes from")
    _add_paths(config)
    _add_configuration(config)
    _add_manners(config)
    return parser


def add_audit_options(parser: argparse.ArgumentParser) -> None:
    """Add what an audit takes, on the command line and under `manage.py` alike."""
    _add_paths(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to report (default: text)")
    parser.add_argument("--output", metavar="FILE", help="write the report to FILE instead of standard output")
    parser.add_argument(
        "--update-baseline",
        action="store_true",
        help="write what is found now to the baseline file, and report nothing",
    )
    _add_configuration(parser)


def add_fix_options(parser: argparse.ArgumentParser) -> None:
    """Add what a fix takes, on the command line and under `manage.py` alike."""
    _add_paths(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the unified diff, secrets masked; write nothing")
    parser.add_argument("--check", action="store_true", help="exit 1 if anything would change; write nothing")
    parser.add_argument(
        "--patch",
        metavar="FILE",
        help="also write the exact patch, secrets included, for `git apply` to FILE (mode 0600)",
    )
    parser.add_argument("--unsafe-fixes", action="store_true", default=None, help="also apply fixes that change policy")
    _add_configuration(parser)


def _add(programs: argparse._SubParsersAction[_Parser], name: str, help_text: str) -> argparse.ArgumentParser:
    return programs.add_parser(
        name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".", allow_abbrev=False
    )


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="folders or files to report on (default: the current folder)"
    )


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("configuration (twins of [tool.djconnfix])")
    group.add_argument("--select", metavar="RULES", action="append", help="run only these rules (comma separated)")
    group.add_argument("--ignore", metavar="RULES", action="append", help="do not run these rules")
    group.add_argument("--extend-select", metavar="RULES", action="append", help="run these rules besides")
    group.add_argument(
        "--per-file-ignores", metavar="PATTERN:RULE", action="append", help="ignore a rule in files that match"
    )
    group.add_argument(
        "--per-alias-ignores", metavar="ALIAS:RULE", action="append", help="ignore a rule for a database alias"
    )
    group.add_argument("--exclude", metavar="PATTERN", action="append", help="do not read what matches")
    group.add_argument(
        "--server",
        choices=("wsgi", "asgi", "gevent"),
        help="how the project is served, where its files do not say",
    )
    group.add_argument(
        "--strategy",
        choices=STRATEGIES,
        help="how connections shall be kept (default: auto, which follows the evidence)",
    )
    group.add_argument(
        "--requirements",
        action="store_true",
        default=None,
        help="let a fix also ask for the packages that a strategy needs",
    )
    group.add_argument("--max-connections", metavar="N", help="max_connections of the database server")
    group.add_argument("--django", metavar="X.Y", help="the Django version, where the files do not say")
    group.add_argument(
        "--fail-level",
        choices=("info", "warning", "error"),
        help="lowest severity that makes the exit status 1 (default: warning)",
    )
    group.add_argument("--baseline", metavar="FILE", help="do not report the findings that this file lists")
    group.add_argument("--config", metavar="FILE", help="read [tool.djconnfix] from this TOML file")


def _add_manners(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    colour = group.add_mutually_exclusive_group()
    colour.add_argument("--color", dest="color", action="store_true", default=None, help="colour even when piped")
    colour.add_argument("--no-color", dest="color", action="store_false", help="no colour, like NO_COLOR=1")
    volume = group.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="say what was looked at; tracebacks on bugs")
    volume.add_argument("-q", "--quiet", action="store_true", help="one line a finding, nothing else")


def _nothing_to_do(options: argparse.Namespace) -> bool:
    """Whether the run can end at once, with status 0 and no output to write."""
    if options.program == "audit" and (options.format != "text" or options.output or options.update_baseline):
        return False
    if options.program == "fix" and options.patch:
        return False
    return not options.verbose and not options.config and nothing_to_judge(options.paths)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_ignored: object) -> None:
        from djconnfix import __version__

        sys.stdout.write(f"djconnfix {__version__} (Python {sys.version.split()[0]}, {sys.platform})\n")
        parser.exit()
