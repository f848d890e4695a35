"""Hiding secrets in whatever is shown: diffs, excerpts, messages, logs.

Pure functions from text to text that keep every line ending, so that line numbers stay right. They would rather hide
too much: a string is hidden when it is the value of a name that looks like a secret's, whatever stands in between.
"""

from __future__ import annotations

import re

from djconnfix.prose import OPENINGS, PLAIN, is_vocabulary
from djconnfix.secret_names import is_secret_name, may_tell

MASK = "***"

_URL = re.compile(r"(?P<scheme>(?<![A-Za-z0-9+.\-])[A-Za-z0-9+.\-]{1,40}://)[^\s'\"<>]{0,2000}@")
_SHAPES = re.compile(
    r"(?:\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bxox[abprs]-[\w-]{8,}"
    r"|\bsk-[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{4,}\.?[\w-]*|(?<=[Bb]earer )[\w.~+/\-]{6,}=*)"
)
_PEM = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_PAIR = re.compile(r"(?<![\w.])(?P<name>[A-Za-z_][\w.\-]{0,200})[\"']?\]?\s{0,80}(?::=|[:=](?!=))[ \t]*")
_PAIR_VALUE = re.compile(r"\"[^\"\r\n]*\"?|'[^'\r\n]*'?|[^\s,;}\])\"'][^\s,;]*")
_OPTION = re.compile(r"(?<![\w\-])(?P<name>--?[A-Za-z][\w\-]*)[ \t]+")
_OPTION_VALUE = re.compile(r"\"[^\"\r\n]*\"?|'[^'\r\n]*'?|[^\s\-][^\s]*")
_TOKEN = re.compile(
    r"(?P<string>(?i:[rbuft]{0,2})(?:\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)"
    r"|\"(?:[^\"\\\r\n]|\\(?:\r\n|.))*(?:\"|(?=[\r\n])|\Z)|'(?:[^'\\\r\n]|\\(?:\r\n|.))*(?:'|(?=[\r\n])|\Z)))"
    r"|(?P<comment>\#[^\r\n]*)|(?P<name>[^\W\d]\w*)|(?P<newline>\r\n|\r|\n)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<other>[^\s])|(?P<space>[^\S\r\n]+)",
    re.DOTALL,
)


def mask(text: str) -> str:
    """Return any text (a message, a line of a deployment file, an excerpt) with its secrets hidden."""
    if text.isascii() and not may_tell(text):
        return text
    return _mask_loose(_mask_strings(text))


def masked_lines(text: str) -> list[str]:
    """Return the lines of a Python file without their endings, secrets hidden, continued values included."""
    return re.split(r"\r\n|\r|\n", mask(text))


def _mask_loose(text: str) -> str:
    text = _PEM.sub(lambda m: m[1] + re.sub(r"[^\r\n]+", MASK, m[2]) + m[3], text)
    text = _URL.sub(lambda m: f"{m['scheme']}{MASK}@", text)
    text = _SHAPES.sub(MASK, text)
    text = _mask_pairs(_PAIR, _PAIR_VALUE, text)
    return _mask_pairs(_OPTION, _OPTION_VALUE, text)


_FILE = re.compile(r"\.(?:cfg|conf|env|ini|json|lock|py|service|sh|toml|txt|ya?ml)$")  # `path: reason` is no pair


def _mask_pairs(heads: re.Pattern[str], values: re.Pattern[str], text: str) -> str:
    """Hide the values of secrets' names, also where the pair stands in another pair's value."""
    pieces: list[str] = []
    position = 0
    for head in heads.finditer(text):
        if head.start() < position or not is_secret_name(head["name"]) or _FILE.search(head["name"]):
            continue
        if value := values.match(text, head.end()):
            pieces += (text[position : value.start()], _masked_value(value[0]))
            position = value.end()
    return "".join((*pieces, text[position:]))


def _masked_value(value: str) -> str:
    if value in ("None", "True", "False", "[", "{", "(", '""', "''") or MASK in value:
        return value
    quote = value[0] if value[0] in "\"'" else ""
    closing = quote if len(value) > 1 and value.endswith(quote) else ""
    if not quote and re.match(r"[A-Za-z_][\w.]*[(\[]", value):
        return value  # a call or subscript: its strings are hidden already
    return f"{quote}{MASK}{closing}"


def _mask_strings(text: str) -> str:
    """Hide string literals that are values of secret-looking names, to the end of the value, and what comments tell."""
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    hidden, used = _hidden(tokens, frozenset())
    known: frozenset[str] = frozenset()
    while used - known and len(known) < _MAX_NAMES:
        known |= used
        hidden, used = _hidden(tokens, known)
    pieces: list[str] = []
    position = 0
    secretive = False  # whether a string of this line is hidden
    for index, token in enumerate(tokens):
        shown = token[0]
        if token.lastgroup == "newline":
            secretive = False
        elif token.lastgroup == "comment":
            shown = _quiet_comment(shown, secretive=secretive)
        elif index in hidden and not _speaks_django(tokens, index):
            shown = _emptied(shown)
            secretive = secretive or shown != token[0]
        if shown != token[0]:
            pieces += (text[position : token.start()], shown)
            position = token.end()
    return "".join((*pieces, text[position:]))


def _speaks_django(tokens: list[re.Match[str]], index: int) -> bool:
    before = tokens[index - 1][0] if index else ""
    after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
    return is_vocabulary(tokens[index][0].strip("'\""), before, after)


def _quiet_comment(comment: str, *, secretive: bool) -> str:
    """Return a comment without what follows a secret's name; one beside a secret may tell the one before."""
    if secretive and not _PRAGMA.fullmatch(comment):
        return f"# {MASK}"
    for word in re.finditer(r"[\w.\-]+", comment):
        rest = comment[word.end() :]
        if is_secret_name(word[0]) and re.search(r"\w", rest) and not _is_prose(rest):
            mark = re.match(r"[\"']?\]?\s*[:=]?\s*", rest)
            return f"{comment[: word.end()]}{mark[0] if mark else ' '}{MASK}"
    return comment


def _is_prose(rest: str) -> bool:
    """Whether what follows a secret's name in a comment only speaks of it."""
    words = re.fullmatch(r"((?: [A-Za-z]+,?)+)[.!]?\s*", rest)
    if words is None:
        return False
    first, *others = re.findall(r"[a-z]+", words[1].lower())
    return first in OPENINGS and all(word in PLAIN or is_secret_name(word) for word in others)


class _Reader:
    """Walks over the tokens of a text and finds the strings that are secrets.

    Attributes:
        hidden: indexes of the string tokens to hide.
        used: names and keys whose value is a secret's value somewhere (`x` in `"PASSWORD": x`).
    """

    def __init__(self, tokens: list[re.Match[str]], known: frozenset[str]) -> None:
        self.tokens = tokens
        self.known = known
        self.hidden: set[int] = set()
        self.used: set[str] = set()
        self.depth = 0
        self.regions: list[tuple[int, bool]] = []  # depth at which the value of a secret began; whether commas end it
        self.named = False  # a call or subscript with a secret's name is about to end: what follows belongs to it
        self.several = False  # one of several targets of an assignment is a secret's name

    def read(self) -> None:
        """Walk."""
        for index, token in enumerate(self.tokens):
            kind = token.lastgroup
            after = self._after(index)
            if kind == "open":
                self.depth += 1
            elif kind == "close":
                self._close(after)
            elif kind == "newline":
                self._end_line(index)
            elif kind == "string":
                self._string(index, after)
            elif kind == "name":
                self._name(index, after)
            elif token[0] == ",":
                while self.regions and self.regions[-1] == (self.depth, True):
                    self.regions.pop()
            elif token[0] == "=" and self.several and self.depth <= 0:
                self.regions.append((self.depth, False))
                self.several = False

    def _after(self, index: int) -> str:
        following = self.tokens[index + 1 : index + 4]
        return next((t[0] for t in following if t.lastgroup not in ("newline", "comment")), "")

    def _before(self, index: int) -> str:
        return self.tokens[index - 1][0] if index else ""

    def _is_secret(self, name: str) -> bool:
        return name in self.known or is_secret_name(name)

    def _close(self, after: str) -> None:
        self.depth -= 1
        while self.regions and self.regions[-1][0] > self.depth:
            self.regions.pop()
        if self.named and after in ("=", "!", "or"):
            self.regions.append((self.depth, True))
        self.named = self.named and after == "["

    def _end_line(self, index: int) -> None:
        # a value at depth 0 ends with its line, unless a bracket or a backslash keeps it open
        if self.depth <= 0 and self._before(index) not in ("\\", ":", ","):
            self.depth, self.regions, self.named, self.several = 0, [], False, False

    def _string(self, index: int, after: str) -> None:
        content = self.tokens[index][0].lstrip("rRbBuUfFtT").strip("\"'")
        if self.regions:
            if self._before(index) == "[" and after == "]" and re.match(r"[\w\])]", self._before(index - 1)):
                self.used.add(content)
            if not _names_a_variable(self.tokens, index, content):
                self.hidden.add(index)
            return
        if _opens_url(content, after):
            self.regions.append((self.depth, True))
            self.hidden.add(index)
        if re.fullmatch(r"[\w.\-]{1,64}", content) and self._is_secret(content):
            if after == ":":
                self.regions.append((self.depth, True))
            elif after == ",":
                # to the end of the call: its default is the secret
                self.regions.append((self.depth - 1 if self.depth else 0, True))
            elif after in ("]", ")"):
                self.named = True

    def _name(self, index: int, after: str) -> None:
        name = self.tokens[index][0]
        if self._is_secret(name):
            if after in ("=", ":", "!"):
                self.regions.append((self.depth, True))
            if self.depth <= 0 and (after == "," or self._before(index) == ","):
                self.several = True
        if self.regions and name not in _WORDS and self._before(index) != ".":
            number = self.tokens[index + 2][0].isdigit() if after == "[" and index + 2 < len(self.tokens) else False
            if number or after in ("", ",", "}", ")", "]") or (after not in _WORDS and after[0].isalpha()):
                self.used.add(name)


def _hidden(tokens: list[re.Match[str]], known: frozenset[str]) -> tuple[set[int], set[str]]:
    """Return the indexes of the strings to hide, and the names that hold a secret."""
    reader = _Reader(tokens, known)
    reader.read()
    return reader.hidden, reader.used


_WORDS = frozenset(
    {
        "None", "True", "False", "and", "as", "async", "await", "class", "def", "elif", "else", "for", "from", "if",
        "import", "in", "is", "lambda", "not", "or", "return", "while", "with", "yield", "os", "env", "environ",
        "config", "str", "bytes", "default", "self",
    }
)  # fmt: skip
_MAX_NAMES = 200
_PRAGMA = re.compile(r"#\s*(?:noqa|nosec|fmt|pragma|type|djconnfix)\b:?[\w:\[\], \-]{0,60}")
_READERS = re.compile(r"config|get|str|(?:[a-z]+_)*(?:getenv|env[a-z]*)(?:_[a-z]+)*")
_VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+|(?:PG|DB|MYSQL)?(?:PASSWORD|PASSWD|PASS|PWD)")


def _names_a_variable(tokens: list[re.Match[str]], index: int, content: str) -> bool:
    """Whether a string is the name in a read of the environment, such as `DB_PASSWORD` in `env("DB_PASSWORD")`.

    Only names that look like a secret's variable and like no secret: capitals in several words, or just the word.
    """
    called = [token[0] for token in tokens[max(index - 4, 0) : index] if token.lastgroup != "newline"][-2:]
    reads = len(called) == 2 and _READERS.fullmatch(called[0]) is not None and called[1] in ("(", "[")
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
    endings = ""
    for each in re.findall(r"\r\n|\r|\n", content):
        # A lone carriage return and a line feed would be one ending without what stood between them.
        endings += f"{MASK}{each}" if each == "\n" and endings.endswith("\r") else each
    return f"{prefix}{quote}{MASK}{endings}{closing}"
