"""Python values as source text."""

from __future__ import annotations

from collections.abc import Mapping

from djconnfix.fix.edits import CannotEditError


def literal(value: object, quote: str = '"') -> str:
    """Return the expression for a plain value: None, bool, number, string, list, tuple or dictionary of these.

    Raises:
        CannotEditError: it is something else.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str):
        return string(value, quote)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k, quote)}: {literal(v, quote)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(v, quote) for v in value) + "]"
    if isinstance(value, tuple):
        comma = "," if len(value) == 1 else ""
        return "(" + ", ".join(literal(v, quote) for v in value) + comma + ")"
    raise CannotEditError(f"a value of type {type(value).__name__} cannot be written as a literal")


def string(value: str, quote: str) -> str:
    """Return a string literal, in the other quotes where that saves a backslash."""
    other = "'" if quote == '"' else '"'
    chosen = other if quote in value and other not in value else quote
    return f"{chosen}{''.join(_escaped(character, chosen) for character in value)}{chosen}"


def _escaped(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    return character if character.isprintable() else repr(character)[1:-1]


def requoted(target: str, quote: str) -> str:
    """Return a target such as `DATABASES["default"]` with a file's own quotes."""
    other = "'" if quote == '"' else '"'
    return target if quote in target or "\\" in target else target.replace(other, quote)
