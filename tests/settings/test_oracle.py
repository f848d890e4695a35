"""What the evaluator calls known equals what running the module gives, on generated modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.generate import VARIABLES, Generator
from tests.settings.oracle import disagreements, environments, run
from tests.settings.support import evaluate_files

SEEDS = 300


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
