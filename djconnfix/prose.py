"""Words with which comments speak of secrets without telling them (`# Password validation`).

Only a phrase made of nothing else is shown. None of the words that may come first is one that anybody would choose as a
password, and words that people do choose (`admin`, `default`, `test`) are in neither list.
"""

from __future__ import annotations

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
