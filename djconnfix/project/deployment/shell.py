"""A reader of shell text that never runs anything: simple commands with their words, variables resolved where known.

Variables without a known value stay in the word as `${NAME}`, command substitutions as `$(...)`; a word that holds a
`$` is therefore a word that could not be fully seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUBSTITUTION = "$(...)"
_KEYWORDS = frozenset(
    {"!", "do", "done", "elif", "else", "esac", "fi", "if", "in", "then", "time", "until", "while", "{", "}"}
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_BRACED = re.compile(r"\{([A-Za-z_]\w*)(?::?([-=?+])(.*))?\}\Z", re.ASCII | re.DOTALL)
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\w{1,80})\1")
_KUBERNETES = re.compile(r"\(([A-Z_][A-Z0-9_]*)\)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>", re.DOTALL)
_CONTINUATION = re.compile(r"\\[ \t]*\r?\n")
_MAX_DEPTH = 8
_MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Simple:
    """One simple command.

    Attributes:
        words: program and arguments.
        assignments: variables set in front of it.
    """

    words: tuple[str, ...]
    assignments: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse(text: str, environment: Mapping[str, str]) -> list[Simple]:
    """Return the simple commands in a shell text, in order.

    Args:
        text: shell text; everything past 100,000 characters is left out.
        environment: variables with a known value.
    """
    return _Lexer(_CONTINUATION.sub(" ", text[:_MAX_TEXT]), dict(environment)).commands()


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Return text with its variables replaced by their known values or defaults."""
    return _Lexer(text[:_MAX_TEXT], environment).expanded()


def assigned_by(words: Sequence[str]) -> dict[str, str]:
    """Return the variables that a command which sets variables (`export A=b`) sets; of other commands, none."""
    if not words or words[0] not in ("declare", "export", "readonly", "typeset"):
        return {}
    pairs = (word.partition("=") for word in words[1:])
    return {name: value for name, equals, value in pairs if equals and name.isidentifier()}


def unseen(word: str) -> bool:
    """Whether a word holds something that only a running shell or platform knows."""
    return "$" in word or "{{" in word or "%(ENV_" in word


class _Lexer:
    """One pass over a text. `position` only ever grows, so hostile input costs linear time."""

    def __init__(self, text: str, environment: Mapping[str, str], depth: int = 0) -> None:
        self.text = text
        self.environment = environment
        self.depth = depth
        self.position = 0
        self.done: list[Simple] = []
        self.words: list[str] = []
        self.assignments: dict[str, str] = {}
        self.word: list[str] = []
        self.has_word = False
        self.quoted = False
        self.skip_word = False  # the word is a redirection's target
        self.open = 0
        self.documents: list[str] = []  # here-documents that begin on the next line

    def commands(self) -> list[Simple]:
        text, length = self.text, len(self.text)
        while self.position < length:
            character = text[self.position]
            if character in " \t\r":
                self.end_word()
                self.position += 1
            elif character in "\n;|&()":
                self.operator(character)
            elif character in "<>":
                self.redirection()
            elif character == "#" and not self.has_word:
                end = text.find("\n", self.position)
                self.position = length if end < 0 else end
            else:
                self.piece(character)
        self.end_command()
        return self.done

    def expanded(self) -> str:
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == "$":
                self.dollar()
            elif character == "\\" and self.position + 1 < len(self.text):
                self.word.append(self.text[self.position + 1])
                self.position += 2
            else:
                self.word.append(character)
                self.position += 1
        return "".join(self.word)

    def operator(self, character: str) -> None:
        if character == "(" and self.has_word and "".join(self.word).endswith("$"):
            self.add(character)
            return
        if character == "&" and self.text.startswith("&>", self.position):
            self.redirection()
            return
        if character == "(":
            self.open += 1
        elif character == ")" and not self.open:  # the pattern of a case branch
            self.words, self.assignments, self.word, self.has_word = [], {}, [], False
        elif character == ")":
            self.open -= 1
        self.end_command()
        self.position += 1
        if character == "\n" and self.documents:
            self.skip_documents()

    def redirection(self) -> None:
        if self.has_word and not self.quoted and "".join(self.word).isdigit():
            self.word, self.has_word = [], False
        self.end_word()
        here = _HEREDOC.match(self.text, self.position)
        if here and not self.text.startswith("<<<", self.position):
            self.position = here.end()
            self.documents.append(here[2])
            return
        while self.position < len(self.text) and self.text[self.position] in "<>&":
            self.position += 1
        self.skip_word = True

    def skip_documents(self) -> None:
        """Move past the here-documents that begin on the next line; one that never ends takes the rest."""
        for word in self.documents:
            end = re.compile(rf"^[ \t]*{word}[ \t]*\r?$", re.MULTILINE).search(self.text, self.position)
            self.position = end.end() if end else len(self.text)
        self.documents = []

    def piece(self, character: str) -> None:
        text = self.text
        if character == "'":
            end = text.find("'", self.position + 1)
            end = len(text) if end < 0 else end
            self.add(text[self.position + 1 : end], end + 1 - self.position, quoted=True)
        elif character == '"':
            self.double_quoted()
        elif character == "\\":
            self.add(text[self.position + 1 : self.position + 2], 2, quoted=True)
        elif character == "$":
            self.dollar()
            self.has_word = True
        elif character == "`":
            end = text.find("`", self.position + 1)
            end = len(text) if end < 0 else end
            self.add(SUBSTITUTION, end + 1 - self.position)
        elif template := _TEMPLATE.match(text, self.position):
            self.add(SUBSTITUTION, template.end() - template.start())
        else:
            self.add(character)

    def double_quoted(self) -> None:
        text = self.text
        self.has_word = self.quoted = True
        self.position += 1
        while self.position < len(text) and text[self.position] != '"':
            character = text[self.position]
            if character == "\\":
                self.add(text[self.position + 1 : self.position + 2], 2, quoted=True)
            elif character == "$":
                self.dollar()
            else:
                self.add(character, quoted=True)
        self.position += 1

    def dollar(self) -> None:
        text, begin = self.text, self.position
        following = text[begin + 1 : begin + 2]
        if name := _NAME.match(text, begin + 1):
            self.position = name.end()
            self.word.append(self.variable(name[0]))
        elif following == "{":
            self.position = _closing(text, begin + 1, "{", "}")
            self.word.append(self.braced(text[begin + 1 : self.position]))
        elif kubernetes := _KUBERNETES.match(text, begin + 1):
            self.position = kubernetes.end()
            self.word.append(self.variable(kubernetes[1]))
        elif following == "(":
            self.position = _closing(text, begin + 1, "(", ")")
            self.word.append(SUBSTITUTION)
        elif following and following in "@*#?!0123456789":
            self.position = begin + 2
            self.word.append(f"${following}")
        else:
            self.position = begin + 1
            self.word.append("$")

    def variable(self, name: str) -> str:
        return self.environment.get(name, f"${{{name}}}")

    def braced(self, text: str) -> str:
        match = _BRACED.match(text)
        if not match:
            return SUBSTITUTION
        name, operator, word = match.groups()
        known = self.environment.get(name)
        if operator == "+":
            return self.nested(word) if known else ""
        if known is not None and not (known == "" and text[1 + len(name)] == ":"):
            return known
        return self.nested(word.strip("\"'")) if operator in ("-", "=") else f"${{{name}}}"

    def nested(self, word: str) -> str:
        return _Lexer(word, self.environment, self.depth + 1).expanded() if self.depth < _MAX_DEPTH else SUBSTITUTION

    def add(self, piece: str, width: int = 1, *, quoted: bool = False) -> None:
        self.word.append(piece)
        self.has_word = True
        self.quoted |= quoted
        self.position += width

    def end_word(self) -> None:
        if self.has_word:
            word = "".join(self.word)
            assignment = None if self.words or self.skip_word else _ASSIGNMENT.match(word)
            if self.skip_word:
                self.skip_word = False
            elif assignment:
                self.assignments[assignment[1]] = word[assignment.end() :]
            elif self.words or self.quoted or word not in _KEYWORDS:
                self.words.append(word)
        self.word, self.has_word, self.quoted = [], False, False

    def end_command(self) -> None:
        self.end_word()
        if self.words or self.assignments:
            self.done.append(Simple(tuple(self.words), self.assignments))
            if isinstance(self.environment, dict):
                self.environment.update(assigned_by(self.words) if self.words else self.assignments)
        self.words, self.assignments, self.skip_word = [], {}, False


def _closing(text: str, begin: int, opens: str, closes: str) -> int:
    depth = 0
    for position in range(begin, len(text)):
        if text[position] == opens:
            depth += 1
        elif text[position] == closes:
            depth -= 1
            if not depth:
                return position + 1
    return len(text)
