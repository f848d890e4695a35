"""Which definitions hold only where nobody is served, told by the words of their conditions."""

from __future__ import annotations

import pytest

from djconnfix.facts.test_runs import only_in_tests, serves_nobody, words_of

NOBODY_SERVED = [
    "'test' in sys.argv",
    "'py.test' in sys.argv[0]",
    "'pytest' in sys.modules",
    "sys.argv[1:2] == ['test']",
    "'test' == sys.argv[1]",
    "CI is set",
    "GITHUB_WORKFLOW is set",
    "TRAVIS is set",
    "TESTING is on",
    "DJANGO_ENV == 'test'",
    "DJANGO_ENV.lower() == 'ci'",
    "MODE == 'pylint'",
    "CI is set or MODE == 'test'",
    "class Test",
    "class CITests",
    "class Docs",
    "class Build",
]
SOMEBODY_MAY_BE = [
    "CI is not set",
    "TESTING is off",
    "'test' not in sys.argv",
    "'runserver' in sys.argv",
    "DJANGO_ENV != 'test'",
    "DJANGO_ENV == 'dev'",
    "DJANGO_ENV == 'latest'",
    "MODE == 'test' or MODE is not set",
    "BUILD_ID is set",
    "DATABASE_URL is set",
    "'test' in DATABASE_URL",
    "class Production",
    "class Contest",
    "unless .testing (not in the project) overrides it",
]


@pytest.mark.parametrize("condition", NOBODY_SERVED)
def test_one_such_condition_is_enough(condition: str) -> None:
    assert only_in_tests((condition,))
    assert only_in_tests(("DATABASE_URL is set", condition))


@pytest.mark.parametrize("condition", SOMEBODY_MAY_BE)
def test_what_may_hold_in_production(condition: str) -> None:
    assert not only_in_tests((condition,))


def test_without_conditions_it_holds_in_production() -> None:
    assert not only_in_tests(())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TestSettings", {"test", "settings"}),
        ("test_settings", {"test", "settings"}),
        ("CIBase", {"ci", "base"}),
        ("GITHUB_ACTIONS", {"github", "actions"}),
        ("e2e-py311", {"e2e", "py311"}),
    ],
)
def test_the_words_of_a_name(name: str, words: set[str]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(("word", "nobody"), [("docs", True), ("unittests", True), ("contest", False), ("web", False)])
def test_a_word_says_that_nobody_is_served(word: str, nobody: bool) -> None:
    assert serves_nobody({"production", word}) is nobody
