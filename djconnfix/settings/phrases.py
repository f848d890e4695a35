"""The words in which the evaluator says what it cannot see: the settings' own source text, cut between words."""

from __future__ import annotations

import ast
import re

MOST = 60
MAX_WORDS = 120
_OCCURRENCE = re.compile(r"#\d+")
_OPPOSITES = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in", "is": "is not",
    "is not": "is",
}  # fmt: skip
# A comparison's sign outside of brackets and quotes; what could bind less tightly is not looked for behind it.
_TOKEN = re.compile(
    r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[()\[\]{}]| (?:==|!=|<=|>=|<|>|not in|in|is not|is|and|or|if) """
)
_YES_OR_NO = re.compile(
    r"(?: (?:exists|is set|is on|can be imported)"
    r"|\.(?:startswith|endswith|exists|is_file|is_dir|is[a-z]+)\([^()]*\))(?:#\d+)?\Z"
)
_PLACE = re.compile(r" \([^()\s]+:\d+\)$")
_WORD = re.compile(r"\W+")


def text_of(node: ast.AST) -> str:
    """Return the normalised text of an expression."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return "<expression>"


def short(text: str, most: int = MOST) -> str:
    """Return a text that is no longer than it may be, cut between words."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    ends = [match.start() for match in _WORD.finditer(text, 0, most - 3)]
    return f"{text[: ends[-1] if ends and ends[-1] > most // 3 else most - 3]}..."


def code(node: ast.AST, most: int = MOST) -> str:
    """Return an expression as it is written, in backticks."""
    return f"`{short(text_of(node), most)}`"


def called(node: ast.Call) -> str:
    """Return the function that a call names, in backticks; of a method of something long, only its name."""
    function = node.func
    if isinstance(function, ast.Attribute) and len(text_of(function)) > MOST:
        return f"`.{function.attr}()`"
    return f"`{short(text_of(function))}()`"


def from_outside(name: str, source: str) -> str:
    """Say that a name comes from a module (or something else, in words) that is not in the project."""
    return f"`{name}` comes from {source}" if " " in source else f"`{name}` comes from `{source}`, {OUTSIDE}"


OUTSIDE = "which is not in the project"


def at_place(reason: str, path: str, line: int) -> str:
    """Return a reason with the place where sight was lost."""
    return reason if not reason or _PLACE.search(reason) else f"{reason} ({path}:{line})"


def without_place(reason: str) -> str:
    """Return a reason without the place, which an edit above it would change."""
    return _PLACE.sub("", reason)


def words_of(key: str) -> str:
    """Return an evaluator's key as a person reads it."""
    return short(_OCCURRENCE.sub("", key), MAX_WORDS)


def asked(key: str) -> str:
    """Return a key as what a method or an attribute is asked of: in brackets where an operator binds less tightly."""
    return f"({key})" if _signs(key) else key


def negated(words: str) -> str:
    """Return the opposite of a condition: `x != 1` for `x == 1`, `not (...)` where it is no single comparison."""
    if words.endswith(" is on"):
        return f"{words[:-3]} off"
    signs = _signs(words)
    if len(signs) == 1 and (opposite := _OPPOSITES.get(signs[0][0].strip())):
        return f"{words[: signs[0].start()]} {opposite} {words[signs[0].end() :]}"
    return f"not ({words})" if " " in words else f"not {words}"


def is_question(key: str) -> bool:
    """Whether what is written like this is true or false and nothing else: `x == 1`, `not x`, `x.startswith("y")`."""
    if key.startswith("not ") or _YES_OR_NO.search(key):
        return True
    signs = {match[0].strip() for match in _signs(key)}
    return bool(signs) and signs <= _OPPOSITES.keys()


def _signs(words: str) -> list[re.Match[str]]:
    """Return the operators outside of brackets and quotes."""
    depth = 0
    signs = []
    for match in _TOKEN.finditer(words):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
        elif match[0][0] == " " and not depth:
            signs.append(match)
    return signs
