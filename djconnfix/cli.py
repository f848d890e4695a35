"""The command line: what may be asked, and which part answers.

Everything heavy is imported by the answer, not here: a hook's call on files without interest ends in this module.
"""

from __future__ import annotations

import argparse
import sys

from djconnfix._cli_texts import EXAMPLES, STATUSES
from djconnfix._columns import columns
from djconnfix.quick import nothing_to_judge
from djconnfix.strategies.names import STRATEGIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")
_HERE = "the current folder"
# What can be configured, as argparse takes it; the names are those of `djconnfix.options`.
_CONFIGURATION: dict[str, dict[str, Any]] = {
    "select": {"metavar": "RULES", "action": "append", "help": "run only these rules (comma separated)"},
    "ignore": {"metavar": "RULES", "action": "append", "help": "do not run these rules"},
    "extend-select": {"metavar": "RULES", "action": "append", "help": "run these rules besides"},
    "per-file-ignores": {
        "metavar": "PATTERN:RULE", "action": "append", "help": "ignore a rule in files that match",
    },
    "per-alias-ignores": {"metavar": "ALIAS:RULE", "action": "append", "help": "ignore a rule for a database alias"},
    "exclude": {"metavar": "PATTERN", "action": "append", "help": "do not read what matches"},
    "server": {
        "choices": ("wsgi", "asgi", "gevent"), "help": "how the project is served, where its files do not say",
    },
    "strategy": {
        "choices": STRATEGIES, "metavar": "NAME",
        "help": f"how connections shall be kept: {', '.join(STRATEGIES)} (default: auto, which follows the evidence)",
    },
    "settings-overrides": {
        "metavar": "MODULE:KEY=VALUE", "action": "append",
        "help": "server, django, strategy or max-connections for one settings module (comma separated)",
    },
    "requirements": {
        "action": "store_true", "default": None, "help": "let a fix also ask for the packages that a strategy needs",
    },
    "max-connections": {"metavar": "N", "help": "max_connections of the database server"},
    "django": {"metavar": "X.Y", "help": "the Django version, where the files do not say"},
    "fail-level": {
        "choices": ("info", "warning", "error"),
        "help": "lowest severity that makes the exit status 1 (default: warning)",
    },
    "baseline": {"metavar": "FILE", "help": "do not report the findings that this file lists"},
}  # fmt: skip
_SIZES = ("exclude", "max-connections", "settings-overrides")  # what the sums of connections depend on

_POSITIONALS = {"explain": " CODE", "rules": "", "completion": " {bash,zsh,fish}"}


def run(arguments: Sequence[str]) -> int:
    """Answer one command line and return the exit status."""
    parser = make_parser(arguments[0] if arguments else "")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:  # argparse has already said why
        return stop.code if isinstance(stop.code, int) else 2
    if options.program in ("audit", "fix") and _nothing_to_do(options):
        return 0
    from djconnfix import programs

    return programs.answer(options)


def make_parser(program: str | None = None) -> argparse.ArgumentParser:
    """Return the parser; its options have the names of `djconnfix.options`.

    Args:
        program: the only one whose options are wanted, which spares the others' time; None: all.
    """
    parser = _Parser(
        prog="djconnfix",
        description="Audit and repair how a Django project opens, keeps and ends database connections.",
        epilog=_epilog(""),
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    programs = parser.add_subparsers(dest="program", metavar="PROGRAM", required=True)
    for name, (purpose, add_options) in _PROGRAMS.items():
        each = _add(programs, name, purpose)
        if program in (None, name):
            add_options(each)
    return parser


def _audit_options(parser: argparse.ArgumentParser) -> None:
    add_audit_options(parser)
    _add_manners(parser)


def _fix_options(parser: argparse.ArgumentParser) -> None:
    add_fix_options(parser)
    _add_manners(parser)


def _pgbouncer_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    parser.add_argument(
        "--mode",
        choices=("session", "transaction", "statement"),
        help="when a server connection goes back (default: the strategy's, else transaction)",
    )
    parser.add_argument("--output", metavar="FILE", help="write to FILE, which must not exist yet")
    _add_configuration(parser, only=("strategy", *_SIZES))
    _add_verbose(parser)


def _budget_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    _add_configuration(parser, only=_SIZES)
    _add_verbose(parser)


def _explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="CODE", help="a code (DCF101) or a name (conn-max-age-zero)")
    _add_colour(_add_verbose(parser))


def _rules_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to list (default: text)")
    _add_colour(_add_verbose(parser))


def _config_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    _add_configuration(parser)
    _add_verbose(parser)


def _completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="for which shell")
    _add_verbose(parser)


_PROGRAMS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "audit": ("judge a project and report what is wrong", _audit_options),
    "fix": ("repair what can be repaired, and report what remains", _fix_options),
    "pgbouncer": ("write a pgbouncer.ini that is sized for a project", _pgbouncer_options),
    "budget": ("add up how many connections may stand open at a time", _budget_options),
    "explain": ("print what a rule means, with examples", _explain_options),
    "rules": ("list every rule", _rules_options),
    "config": ("print the configuration in force and where it comes from", _config_options),
    "completion": ("print a script that lets a shell complete this program's words", _completion_options),
}


def add_audit_options(parser: argparse.ArgumentParser, paths_default: str = _HERE) -> None:
    """Add what an audit takes, on the command line and under `manage.py` alike; `paths_default` is for its help."""
    _add_paths(parser, paths_default)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to report (default: text)")
    parser.add_argument("--output", metavar="FILE", help="write the report to FILE instead of standard output")
    parser.add_argument(
        "--update-baseline",
        action="store_true",
        help="write what is found now to the baseline file, and report nothing",
    )
    parser.add_argument(
        "--add-ignores",
        action="store_true",
        help="write a comment at each finding (of Python files) that ignores it, and report nothing",
    )
    parser.add_argument("--reason", metavar="TEXT", help="what the comments of --add-ignores give as the reason")
    _add_diff_base(parser)
    _add_configuration(parser)


def add_fix_options(parser: argparse.ArgumentParser, paths_default: str = _HERE) -> None:
    """Add what a fix takes, on the command line and under `manage.py` alike; `paths_default` is for its help."""
    _add_paths(parser, paths_default)
    parser.add_argument("--dry-run", action="store_true", help="print the unified diff, secrets masked; write nothing")
    parser.add_argument("--check", action="store_true", help="exit 1 if anything would change; write nothing")
    parser.add_argument(
        "--patch",
        metavar="FILE",
        help="also write the exact patch, secrets included, for `git apply` to FILE (mode 0600)",
    )
    parser.add_argument("-i", "--interactive", action="store_true", help="show one diff after the other and ask")
    parser.add_argument("--unsafe-fixes", action="store_true", default=None, help="also apply fixes that change policy")
    _add_diff_base(parser)
    _add_configuration(parser)


def _add(programs: argparse._SubParsersAction[_Parser], name: str, help_text: str) -> argparse.ArgumentParser:
    return programs.add_parser(
        name,
        usage=f"djconnfix {name} [OPTIONS]{_POSITIONALS.get(name, ' [PATH ...]')}",
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=_epilog(name),
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


def _epilog(name: str) -> str:
    return f"examples:\n{EXAMPLES[name]}" + ("" if name in ("explain", "rules", "completion") else f"\n{STATUSES}")


def _add_paths(parser: argparse.ArgumentParser, default: str = _HERE) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help=f"folders or files to report on (default: {default})")


def _add_diff_base(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--diff-base",
        metavar="REV",
        help="only findings on lines (or with evidence on lines) that changed since this branch left REV of git",
    )


def _add_configuration(parser: argparse.ArgumentParser, only: Sequence[str] = ()) -> None:
    """Add the twins of what `[tool.djconnfix]` takes: all, or those that a program looks at."""
    group = parser.add_argument_group("configuration (twins of [tool.djconnfix])")
    for name, how in _CONFIGURATION.items():
        if not only or name in only:
            group.add_argument(f"--{name}", **how)
    group.add_argument("--config", metavar="FILE", help="read [tool.djconnfix] from this TOML file")


def _add_manners(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    _add_colour(group)
    volume = group.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="say what was looked at; tracebacks on bugs")
    volume.add_argument("-q", "--quiet", action="store_true", help="one line a finding, nothing else")


def _add_colour(group: argparse._ActionsContainer) -> None:
    colour = group.add_mutually_exclusive_group()
    colour.add_argument("--color", dest="color", action="store_true", default=None, help="colour even when piped")
    colour.add_argument("--no-color", dest="color", action="store_false", help="no colour, like NO_COLOR=1")


def _add_verbose(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    group = parser.add_argument_group("output")
    group.add_argument("-v", "--verbose", action="store_true", help="tracebacks on bugs")
    return group


def _nothing_to_do(options: argparse.Namespace) -> bool:
    """Whether the run can end at once, with status 0 and no output to write."""
    if options.program == "audit" and (options.format != "text" or options.output or options.update_baseline):
        return False
    if options.program == "fix" and options.patch:
        return False
    return not options.verbose and not options.config and nothing_to_judge(options.paths)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Made for each option, only to see whether it can be shown: argparse would import `shutil` for its width."""

    def __init__(self, prog: str, **options: Any) -> None:
        options.setdefault("width", columns(80) - 2)
        super().__init__(prog, **options)


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
