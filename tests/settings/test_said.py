"""What is said of a module is what was said of it when somebody last looked at it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.settings.said import account, expected, modules
from tests.settings.support import evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = expected()
MODULES = modules()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 writes some expressions otherwise")
@pytest.mark.parametrize("name", MODULES)
def test_nothing_else_is_said(name: str, tmp_path: Path) -> None:
    said = account(evaluate_files(tmp_path, MODULES[name]))
    assert said == EXPECTED.get(name), "look at what changed, then run: python -m tests.settings.said"


def test_nothing_is_written_down_of_what_is_no_more() -> None:
    assert list(EXPECTED) == list(MODULES)
