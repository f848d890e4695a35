"""How many connections may stand open at a time, as a sum that a person can follow: for each server, and in total."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from djconnfix.budget import admitted
from djconnfix.decision import Front
from djconnfix.masking import mask
from djconnfix.report.sums import VENDORS, kept, production, sums_of
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.report.sums import Sum


def write_budget(project: Project, width: int = 0) -> str:
    """Return the sums of every production settings module; empty when none has an alias of a database server.

    Args:
        project: the facts.
        width: columns of a terminal, into which lines are broken between words; 0: lines stay whole.
    """
    lines: list[str] = []
    for settings in production(project):
        if sums := sums_of(settings):
            lines += [settings.module, *(line for each in sums for line in _lines(each)), ""]
    text = mask("\n".join(plain(line) for line in lines))
    return "\n".join(_broken(line, width) for line in text.split("\n")) if width else text


def _broken(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.strip(), width, initial_indent=indent, subsequent_indent=f"{indent}    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _lines(group: Sum) -> Iterator[str]:
    for database, each in zip(group.databases, group.budgets, strict=True):
        yield f"  alias {database.alias!r}, {VENDORS.get(database.vendor, 'a database server')}{kept(database)}"
        for because in (*each.because, *each.instead):
            place = f"  ({because.location.path}:{because.location.line})" if because.location else ""
            yield f"    {because.text}{place}"
        if not each.because:
            yield "    no file says how many processes serve it"
    if any(each.because for each in group.budgets):
        yield f"  {total_in_words(group)}"


def total_in_words(group: Sum) -> str:
    """Return the total and what is left of the server's limit: `together 8 at a time; ... 89 to spare`."""
    said = f"together {'' if group.complete else 'at least '}{group.total} at a time"
    if group.fronted.front is not Front.DIRECT:
        return f"{said}, to {group.fronted.program or 'a pooler'}, which decides how many reach the server"
    if group.limit is None:
        return said
    left = group.limit - group.total
    rest = f"{left} to spare" if left >= 0 else f"{-left} too many"
    limit = admitted(group.databases[0].vendor, group.settings.evidence.max_connections)
    return f"{said}; {limit}: {rest}"
