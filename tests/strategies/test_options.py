"""How a strategy is chosen: on the command line, in `pyproject.toml`, and in the hint for the next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import ConfigurationError, resolve
from djconnfix.rules import all_rules
from djconnfix.strategies.names import AUTO, STRATEGIES
from djconnfix.strategies.overruled import overruled_by
from djconnfix.strategies.table import TABLE
from tests.strategies.shops import djconnfix
from tests.strategies.test_files import project

if TYPE_CHECKING:
    from pathlib import Path


def test_every_strategy_has_a_row() -> None:
    assert set(TABLE) == set(STRATEGIES) - {AUTO}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("refused", [False, True])
def test_the_rules_that_keep_silent_exist_and_fewer_do_for_a_refusal(name: str, refused: bool) -> None:
    codes = {rule.code for rule in all_rules()}
    silent = overruled_by(TABLE[name], refused=refused)
    assert silent <= codes
    assert "DCF460" not in silent
    assert overruled_by(TABLE[name], refused=True) <= silent


@pytest.mark.parametrize(
    ("line", "strategy", "limit"),
    [('strategy = "pool"', "pool", 0), ("max-connections = 200", "auto", 200), ("", "auto", 0)],
)
def test_the_file_chooses(line: str, strategy: str, limit: int, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.djconnfix]\n{line}\n", encoding="utf-8")
    config = resolve(tmp_path, {}).config
    assert (config.strategy, config.max_connections) == (strategy, limit)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"strategy": "pol"}, "did you mean 'pool'"),
        ({"strategy": True}, "must be a string"),
        ({"requirements": "yes"}, "must be true or false"),
        ({"max-connections": 0}, "must be a number above 0"),
        ({"max-connections": "-5"}, "must be a number above 0"),
        ({"max-connections": True}, "must be a number above 0"),
        ({"max-connections": 1.5}, "must be a number above 0"),
    ],
)
def test_what_is_not_understood_is_refused(given: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=words):
        resolve(tmp_path, given)


def test_the_hint_repeats_the_choice(tmp_path: Path) -> None:
    root = project(tmp_path)
    done = djconnfix(root, "audit", "--strategy", "pool", "--requirements", "--max-connections", "50")
    assert done.returncode == 1
    assert "djconnfix fix --strategy pool --max-connections 50 --requirements" in done.stdout


def test_the_configuration_in_force_is_shown(tmp_path: Path) -> None:
    done = djconnfix(project(tmp_path), "config", "--strategy", "pool", "--max-connections", "50")
    assert (
        'strategy = "pool"  # command line\nrequirements = false  # default\nmax-connections = 50  # command line'
        in done.stdout
    )


@pytest.mark.parametrize("workers", [2, 30])
def test_the_server_s_limit_decides_whether_a_change_is_safe(workers: int, tmp_path: Path) -> None:
    root = project(tmp_path, procfile=f"web: gunicorn shop.wsgi --workers {workers} --threads 4\n")
    for limit, safe in ((None, workers == 2), ("8", False), ("500", True)):
        more = ("--max-connections", limit) if limit else ()
        done = djconnfix(root, "fix", "--strategy", "persistent", "--dry-run", *more)
        assert ("CONN_MAX_AGE" in done.stdout) == safe, (limit, done.stdout, done.stderr)
