"""A short notation for what a definition says, so that tables of expectations can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, State, Value

if TYPE_CHECKING:
    from djconnfix.facts import Database
    from djconnfix.settings.evaluate import Evaluation

SHOWN = ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "DISABLE_SERVER_SIDE_CURSORS")
_ENGINE = "django.db.backends."


def brief(value: Value) -> str:
    """Return `60`, `env AGE=60`, `env AGE`, `default 0 (dj_database_url)`, `unknown`."""
    if value.state is State.UNKNOWN:
        return "unknown"
    if value.state is State.ENVIRONMENT:
        cast = f" {value.cast}" if value.cast else ""
        return f"env {value.variable}{cast}" + ("" if value.value is MISSING else f"={value.value!r}")
    if value.state is State.DEFAULT:
        return f"default {value.value!r} ({value.source})"
    return repr(value.value)


def _options(options: Options) -> str:
    parts = [
        f"{key}={_options(each) if isinstance(each, Options) else brief(each)}" for key, each in options.values.items()
    ]
    return "{" + ", ".join([*parts, *([] if options.complete else ["?"])]) + "}"


def say(database: Database) -> str:
    """Return a definition in one line: alias, engine, the settings that matter, options, conditions."""
    engine = brief(database.engine).replace(_ENGINE, "")
    parts = [database.alias, engine]
    parts += [f"{key}={brief(database.settings[key])}" for key in SHOWN if key in database.settings]
    if database.options.values or not database.options.complete:
        parts.append(f"OPTIONS={_options(database.options)}")
    if not database.complete:
        parts.append("incomplete")
    text = " ".join(parts)
    return f"{text} | {'; '.join(database.conditions)}" if database.conditions else text


def said(evaluation: Evaluation) -> list[str]:
    """Return every definition in one line each."""
    return [say(each) for each in evaluation.databases()]
