"""The elementary conditions that values give rise to."""

from __future__ import annotations

from djconnfix.settings.values import (
    BY_DEFAULT,
    NONE,
    Atom,
    Const,
    Dotted,
    EnvRead,
    Unknown,
    Value,
    words_of,
)


def atom_of(value: Value) -> Atom | None:
    """Return the condition "this value is true", None when it always is."""
    if isinstance(value, EnvRead):
        return _env_atom(value)
    if isinstance(value, Unknown):
        words = words_of(value.key)
        return Atom(value.key, words, f"not {_bracketed(words)}", value.subject, value.constant)
    if isinstance(value, Dotted):
        return Atom(value.name, value.name, f"not {value.name}")
    return None


def _env_atom(value: EnvRead) -> Atom:
    if value.plain and (value.default is None or value.default is NONE or _falsy(value.default)):
        return set_atom(value.variable)
    words = words_of(value.key)
    key, subject = value.key, value.subject
    if isinstance(value.default, Const) and value.default.value:
        # True while the variable is unset: not the condition that another default gives.
        key = f"{key}{BY_DEFAULT}"
        subject = f"{subject}{BY_DEFAULT}{value.constant!r}" if subject else ""
    return Atom(key, words, f"not {_bracketed(words)}", subject, value.constant)


def _falsy(value: Value) -> bool:
    return isinstance(value, Const) and not value.value


def _bracketed(words: str) -> str:
    return f"({words})" if " " in words else words


def set_atom(variable: str) -> Atom:
    """Return the condition that an environment variable is set (and not empty)."""
    return Atom(f"{variable} is set", f"{variable} is set", f"{variable} is not set")
