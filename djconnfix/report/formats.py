"""Every form of the report by the name that `--format` takes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.engine import Report

# The text form is not among them: it alone knows terminals.
FORMATS = ("json", "sarif", "github", "gitlab", "junit", "markdown", "html")


def write_as(form: str, report: Report, prefix: str) -> str:
    """Return the report in one of `FORMATS`; only that format's module is imported.

    Args:
        form: the format's name.
        report: what an audit found.
        prefix: what leads from the folder that paths shall be relative to, to the project's root; JSON has none.
    """
    write: Callable[..., str] = getattr(import_module(f"djconnfix.report.as_{form}"), f"write_{form}")
    return write(report) if form == "json" else write(report, prefix)
