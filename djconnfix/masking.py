"""Hiding secrets in whatever is shown: diffs, excerpts, messages, logs.

Pure functions from text to text that keep every line ending, so that line numbers stay right. They would rather hide
too much: a string is hidden when it is the value of a name that looks like a secret's, whatever stands in between.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "***"

_WORD = (
    r"(?:pass(?:w(?:or)?d|phrase|file|code)?|passw|pwd?|secret|token|api_?key|private_?key|access_?key|signing_?key"
    r"|encryption_?key|account_?key|auth_?key|ssl_?key|ssl_?cert|ssl_?password|credentials?|salt|dsn|cookie|bearer)"
)
# a word inside a longer name counts between its parts (DB_PASS, sslPassword), not inside another word (compass)
_NAME = re.compile(
    rf"(?:^|[_\-.\W]|(?<=[a-z])(?=[A-Z])|(?i:db|pg|my|ssl|user))(?i:{_WORD})(?:s|\d*)(?:$|[_\-.\W]|(?=[A-Z]))"
)
_HARMLESS = re.compile(
    r"(?i)(?:^|_)(?:password_(?:hashers|validators|reset)|cookie_(?:age|name|path|domain|samesite|httponly|secure))|_cookie_|^cookie$"
)
_URL = re.compile(r"(?P<scheme>(?<![A-Za-z0-9+.\-])[A-Za-z0-9+.\-]{1,40}://)[^\s'\"<>]{0,2000}@")
_SHAPES = re.compile(
    r"\b(?:AKIA[0-9A-Z]{12,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|xox[abprs]-[\w-]{8,}|sk-[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{4,}\.?[\w-]*)"
)
_PEM = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_PAIR = re.compile(
    r"(?<![\w.])(?P<name>[A-Za-z_][\w.\-]{0,200})(?P<quote>[\"']?\]?)(?P<mark>\s{0,80}(?::=|[:=](?!=))[ \t]*)"
    r"(?P<value>\"[^\"\n]*\"?|'[^'\n]*'?|[^\s,;}\])\"'][^\s,;]*)"
)
_OPTION = re.compile(
    r"(?<![\w\-])(?P<name>--?[A-Za-z][\w\-]*)(?P<mark>[ \t]+)(?P<value>\"[^\"\n]*\"?|'[^'\n]*'?|[^\s\-][^\s]*)"
)
_TOKEN = re.compile(
    r"(?P<string>(?i:[rbuft]{0,2})(?:\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)"
    r"|\"(?:[^\"\\\r\n]|\\(?:\r\n|.))*(?:\"|(?=[\r\n])|\Z)|'(?:[^'\\\r\n]|\\(?:\r\n|.))*(?:'|(?=[\r\n])|\Z)))"
    r"|(?P<comment>\#[^\r\n]*)|(?P<name>[^\W\d]\w*)|(?P<newline>\r\n|\r|\n)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<other>[^\s])|(?P<space>[^\S\r\n]+)",
    re.DOTALL,
)


def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option is named like something secret."""
    return bool(_NAME.search(name)) and not _HARMLESS.search(name)


def mask(text: str) -> str:
    """Return any text (a message, a line of a deployment file, an excerpt) with its secrets hidden."""
    return _mask_loose(_mask_strings(text))


def mask_line(line: str) -> str:
    """Return one line with its secrets hidden; use `masked_lines` where the whole file is at hand."""
    return mask(line)


def masked_lines(text: str) -> list[str]:
    """Return the lines of a Python file without their endings, secrets hidden, continued values included."""
    return re.split(r"\r\n|\r|\n", mask(text))


def _mask_loose(text: str) -> str:
    text = _PEM.sub(lambda m: m[1] + re.sub(r"[^\r\n]+", MASK, m[2]) + m[3], text)
    text = _URL.sub(lambda m: f"{m['scheme']}{MASK}@", text)
    text = _SHAPES.sub(MASK, text)
    text = _PAIR.sub(_mask_pair, text)
    return _OPTION.sub(_mask_pair, text)


def _mask_pair(match: re.Match[str]) -> str:
    if not is_secret_name(match["name"]):
        return match[0]
    value = match["value"]
    if value in ("None", "True", "False", "[", "{", "(", '""', "''") or MASK in value:
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    closing = quote if len(value) > 1 and value.endswith(quote) else ""
    if not quote and re.match(r"[A-Za-z_][\w.]*[(\[]", value):
        return match[0]  # a call or subscript: its strings are hidden already
    return match[0][: match.start("value") - match.start()] + f"{quote}{MASK}{closing}"


def _mask_strings(text: str) -> str:
    """Hide string literals that are values of secret-looking names, to the end of the value."""
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    hidden = set(_hidden(tokens))
    pieces: list[str] = []
    position = 0
    for index, token in enumerate(tokens):
        if index in hidden:
            pieces += (text[position : token.start()], _emptied(token[0]))
            position = token.end()
    return "".join((*pieces, text[position:]))


def _hidden(tokens: list[re.Match[str]]) -> Iterator[int]:
    """Yield the index of each string token to hide."""
    depth = 0
    regions: list[int] = []  # depths at which the value of a secret began
    subscripted = False
    for index, token in enumerate(tokens):
        kind = token.lastgroup
        following = next((t for t in tokens[index + 1 : index + 4] if t.lastgroup not in ("newline", "comment")), None)
        after = following[0] if following is not None else ""
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            while regions and regions[-1] > depth:
                regions.pop()
            if subscripted and after == "=":
                regions.append(depth)
            subscripted = subscripted and after == "["
        elif kind == "newline":
            # a value at depth 0 ends with its line, unless a bracket or a backslash keeps it open
            if depth <= 0 and not (index and tokens[index - 1][0] in ("\\", ":", ",")):
                depth, regions, subscripted = 0, [], False
        elif token[0] == ",":
            while regions and regions[-1] == depth:
                regions.pop()
        elif kind == "string":
            content = token[0].lstrip("rRbBuUfFtT").strip("\"'")
            if regions and _names_a_variable(tokens, index, content):
                continue
            if regions:
                yield index
                continue
            if _opens_url(content, after):
                regions.append(depth)
                yield index
            if is_secret_name(content) and re.fullmatch(r"[\w.\-]{1,64}", content):
                if after == ":":
                    regions.append(depth)
                elif after == ",":
                    regions.append(depth - 1 if depth else 0)  # to the end of the call: its default is the secret
                elif after == "]":
                    subscripted = True
        elif kind == "name" and after in ("=", ":") and is_secret_name(token[0]):
            regions.append(depth)


_READERS = frozenset({"config", "env", "environ", "get", "getenv", "str"})
_VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


def _names_a_variable(tokens: list[re.Match[str]], index: int, content: str) -> bool:
    """Whether a string is the name in a read of the environment, such as `DB_PASSWORD` in `env("DB_PASSWORD")`.

    Only names that look like a secret's variable and like no secret: capital letters in several words.
    """
    called = [token[0] for token in tokens[max(index - 2, 0) : index]]
    reads = len(called) == 2 and called[0] in _READERS and called[1] in ("(", "[")
    return reads and _VARIABLE.fullmatch(content) is not None and is_secret_name(content)


def _opens_url(content: str, after: str) -> bool:
    """Whether a string begins a URL whose user-info may stand in the strings that follow it."""
    if "://" not in content or not after:
        return False
    return after[0] in ("%", ".", "+") or ("@" not in content and after[0] in "\"'")


def _emptied(literal: str) -> str:
    """Return a string literal with its content hidden and its line endings kept."""
    body = literal.lstrip("rRbBuUfFtT")
    prefix = literal[: len(literal) - len(body)]
    quote = body[:3] if body[:3] in ('"""', "'''") else body[:1]
    content = body[len(quote) : len(body) - len(quote)] if body.endswith(quote) and len(body) > len(quote) else body[1:]
    if not content:
        return literal
    closing = quote if body.endswith(quote) and len(body) > len(quote) else ""
    endings = "".join(re.findall(r"\r\n|\r|\n", content))
    return f"{prefix}{quote}{MASK}{endings}{closing}"
