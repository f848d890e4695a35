"""After a loss of power at any system call, the next run leaves the old tree or the new one, whatever was not flushed."""

from __future__ import annotations

import io
import os
import random
from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.staging import WriteError
from tests.trust.crash import PLANS
from tests.trust.power import Loss, run

if TYPE_CHECKING:
    from pathlib import Path

LONG = os.environ.get("DJCONNFIX_CRASH") == "long"


def test_power_lost_at_any_call() -> None:
    plans = PLANS if LONG else ("three files", "symbolic link")
    said = io.StringIO()
    outcomes = run(states=40 if LONG else 5, twice=0.2 if LONG else 0.05, seed=0, plans=plans, out=said)
    assert outcomes["old"] > 100, said.getvalue()
    assert outcomes["new"] > 20, said.getvalue()


# The flushes of a write of one file, and whether its outcome depends on each. Not so the copy of the old text and the
# removal at the end: what they hold is needed only when something else fails too.
FLUSHES = {
    "the journal": True,
    "the journal's name": True,
    "the copy of the old text": False,
    "the copy of the new text": True,
    "the copies' names": False,
    "that all copies stand": True,
    "the rename": False,
    "the removal of the copies": True,
    "the removal of the journal": False,
}


@pytest.mark.parametrize("number", range(len(FLUSHES)), ids=FLUSHES)
def test_the_disks_are_hard_enough_to_miss_a_flush(number: int, tmp_path: Path) -> None:
    """A flush that does nothing is noticed where the order of things hangs on it, so the model is not too kind."""
    loss = Loss(tmp_path, "one file", lie=number)
    assert len(loss.recorder.flushes) == len(FLUSHES)
    if list(FLUSHES.values())[number]:
        with pytest.raises((AssertionError, WriteError)):
            loss.run(random.Random(1), 30, 0)
    else:
        assert loss.run(random.Random(1), 10, 0)["old"] > 20
