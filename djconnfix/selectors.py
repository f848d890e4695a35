"""How people name rules: by code, by name, or by the beginning of codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.rules import all_rules, find_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.rules import Rule

_PREFIX = re.compile(r"DCF[0-9]{0,2}\Z")


def check_selector(text: str) -> str:
    """Return a selector in its plain form: a code, or the beginning of codes.

    Raises:
        ConfigurationError: no rule has this code or name.
    """
    if (found := find_rule(text)) is not None:
        return found.code
    prefix = text.strip().upper()
    if _PREFIX.match(prefix) and any(rule.code.startswith(prefix) for rule in all_rules()):
        return prefix
    raise unknown_rule(text)


def matches(code: str, selectors: Iterable[str]) -> bool:
    """Whether one of the selectors, in their plain form, means a code."""
    return any(code.startswith(selector) for selector in selectors)


def named_rule(text: str) -> Rule:
    """Return the rule with this code or name.

    Raises:
        ConfigurationError: there is none; what begins a few codes lists them.
    """
    if (found := find_rule(text)) is not None:
        return found
    prefix = text.strip().upper()
    begun = [rule.code for rule in all_rules() if _PREFIX.match(prefix) and rule.code.startswith(prefix)]
    if begun:
        shown = ", ".join(begun[:8]) + (f" and {len(begun) - 8} more" if len(begun) > 8 else "")
        raise ConfigurationError(f"{text!r} is the beginning of {len(begun)} codes: {shown}; name one of them")
    raise unknown_rule(text)


def unknown_rule(text: str) -> ConfigurationError:
    """Return the error for a word that names no rule, with the nearest one that does."""
    word = text.strip()
    # Codes are told apart by digits, so that the nearest code to a wrong one is any: only the same beginning counts.
    codes = [rule.code for rule in all_rules() if rule.code[:4] == word.upper()[:4]]
    near = suggestion(word.upper(), codes) if word.upper().startswith("DCF") else ""
    near = near or suggestion(word.lower(), [rule.name for rule in all_rules()])
    return ConfigurationError(f"no rule is called {text!r}{near}")
