"""Words that are no secrets: those with which comments speak of secrets (`# Password validation`), and keys.

Of a comment only a phrase made of nothing else is shown. None of the words that may come first is one that anybody
would choose as a password, and words that people do choose (`admin`, `default`, `test`) are in neither of its lists.
"""

from __future__ import annotations

import re

OPENINGS = frozenset(
    {
        "and", "authentication", "checks", "comes", "field", "file", "for", "from", "generation", "handling",
        "hashers", "hashing", "here", "in", "key", "leaks", "length", "management", "manager", "must", "of", "or",
        "policies", "policy", "protection", "reset", "rotation", "rules", "settings", "should", "storage",
        "strength", "used", "validation", "validator", "validators",
    }
)  # fmt: skip
PLAIN = OPENINGS | {
    "a", "after", "all", "an", "are", "as", "at", "be", "been", "before", "by", "can", "change",
    "configuration", "deployment", "do", "during", "environment", "every", "has", "have", "how", "if", "it",
    "its", "keep", "keys", "like", "not", "on", "only", "our", "out", "production", "project", "read", "see",
    "set", "so", "that", "the", "their", "them", "these", "they", "this", "to", "up", "use", "user", "users",
    "using", "variable", "variables", "vault", "via", "was", "we", "when", "where", "which", "will", "with",
    "you", "your",
}  # fmt: skip

# Keys of Django's settings, of its pool and of dj-database-url: in a key's place none of them is a secret.
KEYS = frozenset(
    {
        "ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "CONN_MAX_AGE", "DATABASES",
        "DISABLE_SERVER_SIDE_CURSORS", "ENGINE", "HOST", "NAME", "OPTIONS", "PASSWORD", "PORT", "TEST",
        "TIME_ZONE", "USER", "conn_health_checks", "conn_max_age", "default", "host", "max_size", "min_size",
        "name", "password", "pool", "port", "ssl_require", "timeout", "user",
    }
)  # fmt: skip

_ENGINE = re.compile(r"django\.(?:contrib\.gis\.db|db)\.backends\.\w{1,40}|dj_db_conn_pool\.backends\.\w{1,40}")


def is_vocabulary(content: str, before: str, after: str) -> bool:
    """Whether a string is a key of Django's own settings in a key's place, or one of Django's engines.

    Without them nobody can read what is left of `"CONN_MAX_AGE": 60` where everything around belongs to a password.

    Args:
        content: what stands between the quotes.
        before: the token before the string, empty for none.
        after: the token after it, empty for none.
    """
    return _ENGINE.fullmatch(content) is not None or (
        content in KEYS and (after == ":" or (before == "[" and after == "]"))
    )
