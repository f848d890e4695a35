"""Python 2, made readable without moving a character.

Old projects are the ones that need mending most, and their files often fail to parse for one `except A, e:`. Each
substitution here keeps the length of the text, so that every place found in the tree is a place in the file. What
comes out is only ever read: the meaning of the replaced parts (an exception's name, what is printed) is lost.
"""

from __future__ import annotations

import re

_EXCEPT = re.compile(r"^([ \t]*except\b[^\n,:#]*(?:\([^\n()]*\))?)(,[ \t]*[A-Za-z_]\w*[ \t]*)(?=:)", re.MULTILINE)
_PRINT = re.compile(r"(^[ \t]*|[:;][ \t]*)(print|exec)(?=[ \t]+[^\s=.,)]|[ \t]*>>|[ \t]*$)", re.MULTILINE)
_RAISE = re.compile(r"^([ \t]*raise[ \t]+[\w.]+[ \t]*),", re.MULTILINE)
_OCTAL = re.compile(r"(?<![\w.])0(?=[0-7]+(?![\w.]))")
_LONG = re.compile(r"(?<![\w.])((?:0[xX][0-9a-fA-F]+|\d+))[lL](?!\w)")
_UNICODE_RAW = re.compile(r"(?<!\w)[uU](?=[rR]['\"])")
_NOT_EQUAL = re.compile(r"<>")
_BACKTICKS = re.compile(r"`([^`\n]*)`")
_EXEC_REST = re.compile(r"((?:^[ \t]*|[:;][ \t]*)pass)[ \t](?=[^\s#])", re.MULTILINE)
_KEYWORD_ARGUMENT = re.compile(r"(?<![\w.])(async|await)(?=[ \t]*=(?!=))")


def readable(text: str) -> str:
    """Return the text with Python 2's own forms replaced by others of the same length that Python 3 parses."""
    text = _EXCEPT.sub(lambda m: m[1] + " " * len(m[2]), text)
    text = _PRINT.sub(lambda m: m[1] + ("pass" + "#" * (len(m[2]) - 4)), text)
    text = _hide_after_pass(text)
    text = _RAISE.sub(r"\1#", text)
    text = _OCTAL.sub(" ", text)
    text = _LONG.sub(r"\1 ", text)
    text = _UNICODE_RAW.sub(" ", text)
    text = _NOT_EQUAL.sub("!=", text)
    text = _BACKTICKS.sub(r"(\1)", text)
    return _KEYWORD_ARGUMENT.sub(lambda m: "_" * len(m[1]), text)


def _hide_after_pass(text: str) -> str:
    # `exec` has as many letters as `pass`: the blank after it becomes the comment sign.
    return _EXEC_REST.sub(r"\1#", text)
