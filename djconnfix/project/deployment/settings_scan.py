"""Every place in a file that gives `DJANGO_SETTINGS_MODULE` a value, whatever the file's syntax.

Only the module's name is ever kept: `.env` files and manifests hold secrets beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.project.deployment.model import SETTINGS_VARIABLE, SettingsUse, is_dotted, role_of_path

if TYPE_CHECKING:
    from djconnfix.source import SourceFile

_MODULE = r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?![\w.]*[$({%<])(?=[\s\"',;}\])]|\\|\Z)"
_ASSIGNED = re.compile(
    rf"{SETTINGS_VARIABLE}[\"']?\]?"
    r"(?:[ \t]*(?:\?=|:=|::=|=|:)[ \t]*|[ \t]*,?[ \t]*\r?\n?[ \t]*[\"']?value[\"']?[ \t]*:[ \t]*"
    r"|(?<=[\"'])[ \t]*,[ \t]*)"
    rf"(?:![\w]+[ \t]+)?[\"']?(?:\$\{{\w+:?[-=])?{_MODULE}"
)
_SPACED = re.compile(
    rf"^[ \t]*(?:ENV|SetEnv|setenv|set[ \t]+-\w+)[ \t]+{SETTINGS_VARIABLE}[ \t]+[\"']?{_MODULE}", re.MULTILINE
)
_PYTEST_OPTION = re.compile(rf"--ds[= ][\"']?{_MODULE}")
_COMMENTS = ("#", ";", "//", "REM ")
_TEST_FILES = ("conftest.py", "noxfile.py", "pytest.ini", "pyproject.toml", "runtests.sh", "setup.cfg", "tox.ini")


def scan(source: SourceFile) -> list[SettingsUse]:
    """Return every use of a settings module that a file shows, in order; lines that are comments are left out."""
    text = source.text
    role = Role.TEST if source.path.rsplit("/", 1)[-1] in _TEST_FILES else role_of_path(source.path)
    found: dict[int, SettingsUse] = {}
    for pattern in (_ASSIGNED, _SPACED, _PYTEST_OPTION):
        for match in pattern.finditer(text):
            line, _ = source.position(match.start())
            module = match["module"]
            if source.line_text(line).lstrip().startswith(_COMMENTS) or not is_dotted(module) or module == "value":
                continue
            start, end = match.span("module")
            hint = Role.TEST if pattern is _PYTEST_OPTION else role
            found.setdefault(start, SettingsUse(module, source.location(start, end), hint))
    return [found[start] for start in sorted(found)]
