"""What the evaluator calls known equals what running the module gives, on generated modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.generate import VARIABLES, Generator
from tests.settings.oracle import disagreements, environments, run, wrong_anchors
from tests.settings.support import evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = 200
ANCHOR_SEEDS = 60


@pytest.mark.parametrize("block", range(10))
def test_known_is_what_execution_gives(tmp_path: Path, block: int) -> None:
    compared = 0
    for seed in range(block * SEEDS // 10, (block + 1) * SEEDS // 10):
        text = Generator(seed).module()
        root = tmp_path / str(seed)
        evaluation = evaluate_files(root, {"settings.py": text})
        for environment in environments(VARIABLES):
            names = run(root, "settings.py", environment)
            if names is None:
                continue
            compared += 1
            assert not disagreements(evaluation, names, environment), f"seed {seed}, {environment}\n{text}"
    assert compared > SEEDS  # most generated modules run


@pytest.mark.parametrize("block", range(4))
def test_best_anchor_writes_what_it_says(tmp_path: Path, block: int) -> None:
    variables = {name: value for name, value in VARIABLES.items() if name != "AGE"}
    for seed in range(block * ANCHOR_SEEDS // 4, (block + 1) * ANCHOR_SEEDS // 4):
        text = Generator(seed, looks=False).module()
        root = tmp_path / str(seed)
        evaluation = evaluate_files(root, {"settings.py": text})
        wrong = [each for each in wrong_anchors(evaluation, root, text, variables) if "(rank 0)" in each]
        assert not wrong, f"seed {seed}\n{text}"


def test_most_definitions_have_an_anchor(tmp_path: Path) -> None:
    counts = []
    for seed in range(40):
        evaluation = evaluate_files(tmp_path / str(seed), {"settings.py": Generator(seed).module()})
        counts += [len(evaluation.trace(each.key).anchors) for each in evaluation.databases()]
    assert sum(1 for count in counts if count) / len(counts) > 0.9
