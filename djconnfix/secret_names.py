"""What tells a secret: the words in its name, and what every text that holds one has in it."""

from __future__ import annotations

import re

_WORD = (
    r"(?:pass(?:w(?:or)?d|phrase|file|code)?|passw|pwd?|secret|token|api_?key|private_?key|access_?key|signing_?key"
    r"|encryption_?key|account_?key|auth_?key|ssl_?key|ssl_?cert|ssl_?password|credentials?|salt|dsn|cookie|bearer|authorization)"
)
# a word inside a longer name counts between its parts (DB_PASS, sslPassword), not inside another word (compass)
_NAME = re.compile(
    rf"(?:^|[_\-.\W]|(?<=[a-z])(?=[A-Z])|(?i:db|pg|my|ssl|user))(?i:{_WORD})(?:s|\d*)(?:$|[_\-.\W]|(?=[A-Z]))"
)
_HARMLESS = re.compile(
    r"(?i)(?:^|_)(?:password_(?:hashers|validators|reset)|cookie_(?:age|name|path|domain|samesite|httponly|secure))|_cookie_|^cookie$"
)
# One of these stands in every name of a secret, in every URL, and in everything that is a secret by its shape.
_TELLING = (
    "pass", "pw", "secret", "token", "_key", "apikey", "privatekey", "accesskey", "signingkey", "encryptionkey",
    "accountkey", "authkey", "sslkey", "ssl_cert", "sslcert", "credential", "salt", "dsn", "cookie", "bearer",
    "authorization", "://", "-----begin", "akia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "sk-",
    "eyj",
)  # fmt: skip


def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option is named like something secret."""
    return bool(_NAME.search(name)) and not _HARMLESS.search(name)


def may_tell(text: str) -> bool:
    """Whether an ASCII text holds anything by which a secret could be known."""
    lowered = text.lower()
    return any(word in lowered for word in _TELLING)
