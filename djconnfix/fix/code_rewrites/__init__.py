"""Rewrites of transaction and connection code, by name.

A rewrite carries out the steps that the analysis found (`djconnfix.code.steps`), all of them or none.
"""

from __future__ import annotations

from dataclasses import replace as replace_fields
from typing import TYPE_CHECKING

from djconnfix.code.steps import decode
from djconnfix.fix.code_rewrites.atomic import wrap_atomic
from djconnfix.fix.code_rewrites.blocks import bind_return, drop_test, unwrap_try
from djconnfix.fix.code_rewrites.lines import import_at, insert_after, insert_before, prune_import, put, remove, replace
from djconnfix.fix.edits import CannotEditError, Edit, Refused, apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from djconnfix.code.steps import Step
    from djconnfix.source import Location, SourceFile

    Rewrite = Callable[[SourceFile, Location, Iterable[tuple[str, str]]], tuple[Edit, ...] | Refused]

_STEPS: Mapping[str, Callable[[SourceFile, Step], tuple[Edit, ...]]] = {
    "bind-return": bind_return,
    "drop-test": drop_test,
    "insert-after": insert_after,
    "insert-before": insert_before,
    "prune-import": prune_import,
    "put": put,
    "remove": remove,
    "replace": replace,
    "unwrap-try": unwrap_try,
    "wrap-atomic": wrap_atomic,
}


def rewrite_by_steps(
    source: SourceFile, location: Location, detail: Iterable[tuple[str, str]]
) -> tuple[Edit, ...] | Refused:
    """Carry out the steps of a remedy.

    Args:
        source: the file as the analysis read it.
        location: the function or class that is rewritten; a stale one is refused.
        detail: the action's details, which hold the steps.
    """
    steps = decode(detail)
    if not steps:
        return Refused("there is nothing to do")
    if location.path != source.path or location.end > len(source.text):
        return Refused("the file is not the one that was read")
    edits: list[Edit] = []
    try:
        for step in _coalesced(steps, source):
            edits.extend(_STEPS[step.what](source, step))
        apply(source.text, edits)
    except CannotEditError as error:
        return Refused(error.reason)
    except (KeyError, ValueError):
        return Refused("two changes touch the same place")
    return tuple(edits)


def _coalesced(steps: Iterable[Step], source: SourceFile) -> list[Step]:
    """Join removals of neighbouring statements, so that the blank lines around them are judged once."""
    text = source.text
    joined: list[Step] = []
    for given in sorted(steps, key=lambda s: s.start):
        step = given
        if given.what == "prune-import" and len(import_at(source, given).names) == len(given.text.split()):
            step = replace_fields(given, what="remove")
        last = joined[-1] if joined else None
        if last and last.what == step.what == "remove" and not text[last.end : step.start].strip():
            joined[-1] = replace_fields(last, end=step.end)
        else:
            joined.append(step)
    return joined


REWRITES: Mapping[str, Rewrite] = {
    "end-every-path": rewrite_by_steps,
    "port-transaction-api": rewrite_by_steps,
    "remove-close": rewrite_by_steps,
    "remove-statement": rewrite_by_steps,
    "restore-autocommit": rewrite_by_steps,
    "roll-back-errors": rewrite_by_steps,
}
"""Every rewrite that a fact may name."""
