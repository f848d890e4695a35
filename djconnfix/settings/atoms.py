"""The elementary conditions that values give rise to."""

from __future__ import annotations

from djconnfix.settings.phrases import MAX_WORDS, negated, short, text_of, words_of
from djconnfix.settings.values import (
    BY_DEFAULT,
    NONE,
    Atom,
    Const,
    Dotted,
    EnvRead,
    Unknown,
    Value,
)

_SIGNS = ("<object>", "{?", "(?", "[?", "f'", " if ", "<absent>")  # of keys that no person would write


def atom_of(value: Value) -> Atom | None:
    """Return the condition "this value is true", None when it always is."""
    if isinstance(value, EnvRead):
        return _env_atom(value)
    if isinstance(value, Unknown):
        words = _words(value)
        return Atom(value.key, words, negated(words), value.subject, value.constant)
    if isinstance(value, Dotted):
        return Atom(value.name, value.name, negated(value.name))
    return None


def _env_atom(value: EnvRead) -> Atom:
    if value.plain and (value.default is None or value.default is NONE or _falsy(value.default)):
        return set_atom(value.variable)
    words = _words(value)
    if not isinstance(value.default, Const) or not value.default.value:
        return Atom(value.key, words, negated(words), value.subject, value.constant)
    # True while the variable is unset: not the condition that another default gives.
    several = ", " in value.variable
    unset = f" (or {value.variable} are not set)" if several else " (or not set)"
    most = MAX_WORDS - len(unset)
    when, unless = f"{short(words, most)}{unset}", short(negated(words), most)
    unless = unless if several else f"{unless} (and set)"
    if value.plain:
        when, unless = f"{value.variable} is not empty (or not set)", f"{value.variable} is set, but empty"
    subject = f"{value.subject}{BY_DEFAULT}{value.constant!r}" if value.subject else ""
    return Atom(f"{value.key}{BY_DEFAULT}", when, unless, subject, value.constant)


def _falsy(value: Value) -> bool:
    return isinstance(value, Const) and not value.value


def _words(value: EnvRead | Unknown) -> str:
    """Return what a condition is in words: its key, or the source text where no person would write the key."""
    written = value.origin is not None and any(sign in value.key for sign in _SIGNS)
    return short(text_of(value.origin.node), MAX_WORDS) if written else words_of(value.key)  # type: ignore[union-attr]


def set_atom(variable: str) -> Atom:
    """Return the condition that an environment variable is set (and not empty)."""
    return Atom(f"{variable} is set", f"{variable} is set", f"{variable} is not set")
