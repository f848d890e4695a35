"""Each trial in turn, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.probe.compare.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.probe.compare.plan import Trial

_PATIENCE = 60.0  # seconds for starting Django, warming up and counting
_SCRIPT = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline());"
    "from djconnfix.probe.compare.worker import main; main()"
)


@dataclass(frozen=True, slots=True)
class Load:
    """What every trial is put under.

    Attributes:
        aliases: whose connections are counted.
        paths: that are requested, in turn.
        threads: requests under way at a time.
        seconds: how long each trial is measured.
        asgi: whether requests go to the ASGI handler.
    """

    aliases: tuple[str, ...]
    paths: tuple[str, ...]
    threads: int
    seconds: float
    asgi: bool = False


def run_trial(trial: Trial, load: Load, settings_module: str) -> Outcome:
    """Measure one way of keeping connections.

    The project is started under its own settings with the trial's changes; nothing is written to its files.
    """
    outcome = Outcome(trial.name, trial.title, trial.today, most=trial.most)
    order = {**asdict(load), "changes": [asdict(change) for change in trial.changes]}
    try:
        done = subprocess.run(  # noqa: S603 -- this interpreter, the user's own project, asked for by `manage.py`
            [sys.executable, "-c", _SCRIPT],
            input=f"{json.dumps(_absolute(sys.path))}\n{json.dumps(order)}\n",
            capture_output=True,
            text=True,
            timeout=load.seconds + _PATIENCE,
            check=False,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": settings_module, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return replace(outcome, trouble=f"it was not done after {load.seconds + _PATIENCE:.0f} s")
    except OSError as error:
        return replace(outcome, trouble=type(error).__name__)
    if done.returncode != 0 or not done.stdout:
        return replace(outcome, trouble=f"the project does not start (status {done.returncode})")
    found = json.loads(done.stdout)
    found["reasons"] = tuple(found.get("reasons", ()))
    return replace(outcome, **found)


def _absolute(path: Sequence[str]) -> list[str]:
    return [str(Path(each).absolute()) for each in path]
