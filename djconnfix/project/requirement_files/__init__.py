"""Readers of requirement files, one a file format, and the test by name that says which is which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.requirement_files import locks, plain, project
from djconnfix.project.requirement_files.entries import Entry, Purpose, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djconnfix.source import SourceFile

__all__ = ["READERS", "Entry", "Purpose", "Reading", "kind_of", "purpose_of"]

READERS: Mapping[str, Callable[[SourceFile, Purpose], Reading]] = {
    "conda": plain.read_conda,
    "constraints": plain.read_constraints,
    "pipfile-lock": locks.read_pipfile_lock,
    "requirements": plain.read,
    "setup-cfg": project.read_setup_cfg,
    "setup-py": project.read_setup_py,
    "toml": project.read_toml,
    "toml-lock": locks.read_toml_lock,
}

_BY_NAME = {
    "Pipfile": "toml",
    "Pipfile.lock": "pipfile-lock",
    "environment.yaml": "conda",
    "environment.yml": "conda",
    "pdm.lock": "toml-lock",
    "poetry.lock": "toml-lock",
    "pylock.toml": "toml-lock",
    "pyproject.toml": "toml",
    "setup.cfg": "setup-cfg",
    "setup.py": "setup-py",
    "uv.lock": "toml-lock",
}
_ENDINGS = (".txt", ".in", ".pip", ".lock", "requirements")  # asked first: it spares most files four expressions
_REQUIREMENTS_NAME = re.compile(
    r"(?:.*[._-])?(?:requirements?|reqs|pip-?requires|dependencies)(?:[._-].*)?\.(?:txt|in|pip|lock)\Z|requirements\Z",
    re.IGNORECASE,
)
_CONSTRAINTS_NAME = re.compile(r"(?:.*[._-])?constraints?(?:[._-].*)?\.(?:txt|in)\Z", re.IGNORECASE)
_REQUIREMENTS_FOLDER = re.compile(
    r"(?:^|/)(?:requirements?|reqs|pip-requirements)/(?:.+/)?[^/]+\.(?:txt|in|pip|lock)\Z", re.IGNORECASE
)
_NOT_REQUIREMENTS = re.compile(
    r"(?:^|/)(?:readme|license|changes|notes?|apt|system|packages)[^/]*\.txt\Z", re.IGNORECASE
)
_DEVELOPMENT = re.compile(
    r"(?:^|[/._-])(?:dev|develop|development|test|tests|testing|docs?|documentation|lint|linting|quality|ci|local|debug|tox|doc|flake8|style|"
    r"tooling|tools|pre-commit|coverage|e2e|benchmark|examples?|sandbox|demo|docs_src|optional|edx-sandbox)(?:[/._-]|\Z)",
    re.IGNORECASE,
)
_PRODUCTION = re.compile(
    r"(?:^|[/._-])(?:prod|production|deploy|deployment|heroku|live|docker|server)(?:[/._-]|\Z)", re.IGNORECASE
)


def kind_of(path: str) -> str | None:
    """Return the name of the reader for a path, None when it is no requirement file."""
    name = path.rsplit("/", 1)[-1]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if not name.lower().endswith(_ENDINGS):
        return None
    if _CONSTRAINTS_NAME.match(name):
        return "constraints"
    if _NOT_REQUIREMENTS.search(path):
        return None
    if _REQUIREMENTS_NAME.match(name) or _REQUIREMENTS_FOLDER.search(path):
        return "requirements"
    return None


def purpose_of(path: str) -> Purpose:
    """Return what a requirement file's own name and folder say it is for."""
    tail = "/".join(path.split("/")[-3:])
    if _DEVELOPMENT.search(tail):
        return Purpose.DEVELOPMENT
    return Purpose.PRODUCTION if _PRODUCTION.search(tail) else Purpose.NEUTRAL
