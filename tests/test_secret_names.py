"""Whatever is named like a secret, or shaped like one, is looked at: what may be passed over holds neither."""

from __future__ import annotations

import sys
from itertools import product

import pytest

from djconnfix import secret_names
from djconnfix.masking import MASK, mask
from djconnfix.secret_names import is_secret_name, may_tell

if sys.version_info >= (3, 11):
    from re import _parser as sre  # type: ignore[attr-defined]
else:
    import sre_parse as sre


def spellings(pattern):
    """Return every text that a pattern of words, choices and optional parts matches."""
    texts = [""]
    for operator, given in pattern:
        name = str(operator)
        if name == "LITERAL":
            parts = [chr(given)]
        elif name == "IN":
            parts = [chr(value) for _, value in given]
        elif name == "BRANCH":
            parts = [text for each in given[1] for text in spellings(each)]
        elif name == "SUBPATTERN":
            parts = spellings(given[-1])
        else:
            assert (name, given[0], given[1]) == ("MAX_REPEAT", 0, 1)
            parts = ["", *spellings(given[2])]
        texts = ["".join(pair) for pair in product(texts, parts)]
    return texts


WORDS = sorted(set(spellings(sre.parse(secret_names._WORD))))


def test_there_are_all_of_them() -> None:
    assert len(WORDS) > 30
    assert {"password", "pw", "apikey", "api_key", "sslcert", "credentials"} <= set(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_no_name_of_a_secret_is_passed_over(word: str) -> None:
    for name in (word, word.upper(), f"db_{word}", f"db{word.title()}"):
        assert may_tell(f'{name} = "hunter2"')
        if is_secret_name(name):
            assert "hunter2" not in mask(f'{name} = "hunter2"')


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "Z" * 16, *(f"gh{kind}_" + "z" * 20 for kind in "pousr"), "github_pat_" + "z" * 20, "xoxb-12345678",
        "sk-" + "z" * 20, "eyJhbGciOiJIUzI1.eyJzdWIi.x", "Bearer abcdefgh", "postgres://u:x@h/d",
        "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_no_shape_of_a_secret_is_passed_over(secret: str) -> None:
    assert may_tell(secret)
    assert MASK in mask(secret)


def test_what_tells_nothing_is_passed_over() -> None:
    text = "DATABASES = {'default': {'ENGINE': 'x', 'CONN_MAX_AGE': 60}}"
    assert not may_tell(text)
    assert mask(text) == text
