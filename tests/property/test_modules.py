"""A sample of the generated projects in every test run; `python -m tests.property` checks as many as there is time for."""

from __future__ import annotations

import logging
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.property.check import check
from tests.property.modules import case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = int(os.environ.get("DJCONNFIX_PROPERTY_MODULES", "500"))
SEED = int(os.environ.get("DJCONNFIX_PROPERTY_SEED", "0"))
BLOCKS = 20


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable()  # dj-database-url warns of every unset variable
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_fixes_do_what_they_say_and_nothing_else(tmp_path: Path, block: int) -> None:
    counts: Counter[str] = Counter()
    first, last = (SEED + number * MODULES // BLOCKS for number in (block, block + 1))
    for seed in range(first, last):
        outcome = check(case(seed), tmp_path / "project")
        counts += outcome.counts
        assert not outcome.objections, f"see it with: python -m tests.property --modules 1 --seed {seed}"
    modules = last - first
    assert counts["projects that never run"] < modules / 2
    assert counts["runs"] > modules
    assert modules < 10 or counts["unsafe: changed projects"] > modules / 4


def test_a_seed_gives_the_same_project_again() -> None:
    for seed in range(40):
        assert case(seed).files() == case(seed).files()
