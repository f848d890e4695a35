"""What the exit status of every entry point means."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """Exit statuses; where several apply, the order is INTERNAL, USAGE, UNREADABLE, FINDINGS.

    The status speaks of the files as they are when the program ends: under `--dry-run` and `--check` they are as
    before. UNREADABLE hides FINDINGS because an incomplete answer must not be taken for a complete one.
    """

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3
    INTERNAL = 4


MEANINGS: dict[Status, tuple[str, str]] = {
    Status.CLEAN: (
        "no finding at or above `--fail-level` remains",
        "nothing to do; `fix` never ends with 0 while such a finding remains",
    ),
    Status.FINDINGS: (
        "findings at or above `--fail-level` remain, or `--check` found changes",
        "the files as they are now need work, also after `--dry-run`, which changes none",
    ),
    Status.USAGE: (
        "wrong usage or configuration",
        "nothing was judged: an option, a path or `[tool.djconnfix]` is not understood",
    ),
    Status.UNREADABLE: (
        "a file in scope could not be read or parsed",
        "everything else was still done; it hides 1, because an incomplete answer must not pass for a complete one",
    ),
    Status.INTERNAL: (
        "internal error",
        "a bug in djconnfix, or a fix that was undone because its proof failed; files are as before",
    ),
}
