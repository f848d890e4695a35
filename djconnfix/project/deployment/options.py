"""A command line's options and arguments, without knowing every option of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment.shell import unseen
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_NUMBER = re.compile(r"[+-]?\d{1,6}\Z")
_SECONDS = re.compile(r"(\d{1,6})(?:\.\d*)?\s*s?\Z")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was given to a program.

    Attributes:
        options: values by option name as written (`--workers`, `-w`), in order; flags have an empty value.
        positional: the other words.
        hidden: words that only the running system knows, such as `$EXTRA_ARGS`.
    """

    options: tuple[tuple[str, str], ...]
    positional: tuple[str, ...]
    hidden: tuple[str, ...]

    def get(self, *names: str) -> str | None:
        """Return the last value given under any of these names, None when none was given."""
        return next((value for name, value in reversed(self.options) if name in names), None)

    def all(self, *names: str) -> Iterator[str]:
        """Yield every value given under any of these names."""
        return (value for name, value in self.options if name in names)

    def has(self, *names: str) -> bool:
        """Whether any of these options was given."""
        return any(name in names for name, _ in self.options)


def parse(words: Sequence[str], flags: Collection[str], aliases: Mapping[str, str] | None = None) -> Arguments:
    """Sort words into options and positional arguments.

    Args:
        words: what follows the program.
        flags: options that take no value; short ones may be clustered.
        aliases: long name by short name; options are stored under the long one.
    """
    aliases = aliases or {}
    options: list[tuple[str, str]] = []
    positional: list[str] = []
    hidden: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            positional.extend(words[index:])
            break
        if word.startswith("$") and not any(c in word for c in "/:."):
            hidden.append(word)
            continue
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        name, equals, value = word.partition("=")
        if word.startswith("--") or len(word) == 2:
            name = aliases.get(name, name)
            if not equals and name not in flags and index < len(words) and not _is_option(words[index]):
                value = words[index]
                index += 1
            options.append((name, value))
        else:
            short, rest = word[:2], word[2:]
            if short in flags:
                options.extend((aliases.get(f"-{letter}", f"-{letter}"), "") for letter in word[1:])
            else:
                options.append((aliases.get(short, short), rest.removeprefix("=")))
    return Arguments(tuple(options), tuple(positional), tuple(hidden))


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not _NUMBER.match(word)


def number(text: str | None) -> int | None:
    """Return a whole number of seconds or processes that a text spells, None when it spells none."""
    if text is None:
        return None
    text = text.strip()
    if _NUMBER.match(text):
        return int(text)
    match = _SECONDS.match(text)
    return int(match[1]) if match else None


def not_seen(what: str, text: str | None) -> tuple[str, ...]:
    """Return the note for an option whose value was given but cannot be read as a number."""
    if text is None or number(text) is not None:
        return ()
    if unseen(text):
        variable = re.search(r"\$\{?([A-Za-z_]\w*)", text)
        return (f"{what} come from ${variable[1]}" if variable else f"{what} are computed when it starts",)
    return (f"{what} cannot be read",)
