"""What settings are only for test runs, by the words that name them: a path, a settings class, a condition."""

from __future__ import annotations

import re

_NAMES = frozenset({"bdd", "ci", "circleci", "e2e", "gitlab", "jenkins", "pytest", "runtests", "tox", "travis"})
_NAME = re.compile(r"(unit|functional|integration)?tests?(ing|s?settings|project|suite)?")
_VARIABLES = frozenset({"github", "appveyor", "buildkite"})  # whose variables say that one of their runners is at work
_NO_REQUESTS = frozenset({"build", "docs", "flake8", "lint", "mypy", "pylint", "sphinx"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")

_CLASS = re.compile(r"class (\w+)")
_SET = re.compile(r"(\w+) is (?:set|on)")
_EQUALS = re.compile(r"""[^'"]+ == \[?(['"])([\w.-]+)\1\]?|\[?(['"])([\w.-]+)\3\]? == [^'"]+""")
_AMONG = re.compile(r"""(['"])(?:py\.?)?tests?\1 in sys\.(?:argv|modules)(?:\[.*\])?""")


def words_of(name: str) -> set[str]:
    """Return the words of a name in small letters: `TestSettings`, `test_settings` and `test-settings` have two."""
    return {word.lower() for word in _WORD.findall(name)}


def names_tests(words: set[str]) -> bool:
    """Whether one of the words says that tests are run, by a person or by a service."""
    return any(word in _NAMES or _NAME.fullmatch(word) for word in words)


def serves_nobody(words: set[str]) -> bool:
    """Whether one of the words says that no request is answered: tests, checks of the code, builds."""
    return bool(words & _NO_REQUESTS) or names_tests(words)


def only_in_tests(conditions: tuple[str, ...]) -> bool:
    """Whether what has these conditions holds only where no request is answered, as far as their words say so."""
    return any(all(map(_is_of_tests, condition.split(" or "))) for condition in conditions)


def _is_of_tests(condition: str) -> bool:
    if _AMONG.fullmatch(condition):
        return True
    if match := _CLASS.fullmatch(condition):
        return serves_nobody(words_of(match[1]))
    if match := _SET.fullmatch(condition):
        words = words_of(match[1])
        return names_tests(words) or bool(words & _VARIABLES)
    if match := _EQUALS.fullmatch(condition):
        return serves_nobody(words_of(match[2] or match[4]))
    return False
