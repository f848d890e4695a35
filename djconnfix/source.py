"""One source file: its bytes, its text, and where things stand in it.

Everything that points into a file does so by character offsets into `SourceFile.text`, which is the decoded file
with its line endings untouched. `ast` counts columns in UTF-8 bytes of a line; `SourceFile.offset` converts.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    import ast
    from pathlib import Path

MAX_BYTES = 20_000_000
MAX_PARSED_BYTES = 2_000_000  # a syntax tree takes some 200 times the memory of its text
_LINE_END = re.compile(r"\r\n|\r|\n")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_BOM = b"\xef\xbb\xbf"
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class UnreadableError(Exception):
    """A file in scope that could not be read or parsed.

    Attributes:
        path: relative to the project's root, with `/`.
        line: one-based line of the trouble, 0 when no line can be named.
        reason: one clause for a person, without the path.
        syntax: whether the trouble is that the file does not parse.
    """

    def __init__(self, path: str, line: int, reason: str, *, syntax: bool = False) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason
        self.syntax = syntax


class TooLargeError(UnreadableError):
    """A file larger than `MAX_BYTES`, which was not opened."""


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of a file. Lines and columns count from one, columns in characters; offsets are characters."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int


def read_regular(path: str, absolute: str) -> bytes:
    """Return the bytes of a regular file.

    Args:
        path: how an error names it.
        absolute: where it lies.

    Raises:
        UnreadableError: it is no regular file, is larger than `MAX_BYTES`, or the system refuses.
    """
    descriptor = -1
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
        descriptor = os.open(absolute, _READ)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(path, 0, "is not a regular file")
        if status.st_size > MAX_BYTES:
            raise TooLargeError(path, 0, f"is larger than {MAX_BYTES // 1_000_000} MB")
        data = os.read(descriptor, status.st_size + 1)  # one more, so that the end is seen in the same call
        if len(data) == status.st_size:
            return data
        with open(descriptor, "rb", closefd=False) as handle:
            return data + handle.read(MAX_BYTES)
    except OSError as error:
        raise UnreadableError(path, 0, f"cannot be read: {error.strerror}") from None
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their endings, as places count them (`str.splitlines` ends lines at more)."""
    return _LINE_END.split(text)


class SourceFile:
    """The bytes of one file and what follows from them.

    Attributes:
        path: relative to the project's root, with `/`; what findings show.
        absolute: where the file lies on disk.
        data: its bytes as read.
        refused: set by `tree` when Python 3 refuses the file and it was read all the same: never to be written.
        held: whether somebody keeps nodes of the tree, so that it must not be made again.
    """

    def __init__(self, path: str, absolute: Path, data: bytes) -> None:
        self.path = path
        self.absolute = absolute
        self.data = data
        self.refused: UnreadableError | None = None
        self.held = False

    @classmethod
    def read(cls, path: str, absolute: Path) -> SourceFile:
        """Read a regular file; raises like `read_regular`."""
        return cls(path, absolute, read_regular(path, str(absolute)))

    @cached_property
    def has_bom(self) -> bool:
        """Whether the file begins with the UTF-8 byte order mark."""
        return self.data.startswith(_BOM)

    @property
    def is_utf_16(self) -> bool:
        """Whether the file is a list in UTF-16, which is read and never written."""
        return self.data[:2] in _UTF_16 and self.path.endswith((".txt", ".in"))

    @cached_property
    def encoding(self) -> str:
        """The declared source encoding (PEP 263), `utf-8` when none is declared.

        Lists of requirements may be UTF-16: PowerShell writes them so, and pip reads them.
        """
        if self.is_utf_16:
            return _UTF_16[self.data[:2]]
        for line in self.data.removeprefix(_BOM).split(b"\n", 2)[:2]:
            if match := _COOKIE.match(line):
                return match[1].decode("ascii")
            if line.strip() and not line.lstrip().startswith(b"#"):
                break
        return "utf-8"

    @cached_property
    def text(self) -> str:
        """The decoded file without byte order mark, line endings as they are.

        Raises:
            UnreadableError: the bytes are not in the declared encoding, or the encoding is unknown.
        """
        body = self.data[2:] if self.is_utf_16 else self.data.removeprefix(_BOM)
        try:
            text = body.decode(self.encoding)
        except UnicodeDecodeError as error:
            line = body.count(b"\n", 0, error.start) + 1
            raise UnreadableError(self.path, line, f"is not valid {self.encoding}") from None
        except LookupError:
            raise UnreadableError(self.path, 1, f"declares the unknown encoding {self.encoding!r}") from None
        except (UnicodeError, ValueError):  # of codecs such as `idna`, which say no place
            raise UnreadableError(self.path, 1, f"is not valid {self.encoding}") from None
        try:
            survives = text.encode(self.encoding) == body
        except (UnicodeError, ValueError):
            survives = False
        if not survives:
            raise UnreadableError(self.path, 1, f"does not survive a round trip through {self.encoding}")
        return text

    @cached_property
    def newline(self) -> str:
        """The file's first line ending; `\\n` when it has none."""
        match = _LINE_END.search(self.text)
        return match[0] if match else "\n"

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; of a file that only Python 2 takes, what can be read of it (see `python2`).

        Raises:
            UnreadableError: this Python's grammar does not accept the file, nor what `python2` makes of it.
        """
        try:
            return self._parse(self.text)
        except UnreadableError as error:
            if error.syntax:
                from djconnfix.python2 import readable

                with suppress(UnreadableError):
                    tree = self._parse(readable(self.text))
                    reason = f"{error.reason}; read as far as that goes, and never changed"
                    self.refused = UnreadableError(self.path, error.line, reason)
                    return tree
            raise

    def forget(self) -> None:
        """Let go of the text and the tree, unless they are held; who asks again has them made again."""
        for made in () if self.held else ("tree", "text", "line_starts"):
            self.__dict__.pop(made, None)

    def _parse(self, text: str) -> ast.Module:
        import ast
        import sys
        import warnings

        if len(self.data) > MAX_PARSED_BYTES:
            raise UnreadableError(
                self.path, 0, f"is larger than {MAX_PARSED_BYTES // 1_000_000} MB, too large to parse"
            )
        if "\0" in text:
            raise UnreadableError(self.path, text.count("\n", 0, text.index("\0")) + 1, "holds a NUL byte")
        # The grammar is that of the Python that runs this: a newer one may read what this one cannot.
        refusal = f"cannot be parsed as Python {sys.version_info.major}.{sys.version_info.minor}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text, filename=self.path)
        except SyntaxError as error:
            raise UnreadableError(self.path, error.lineno or 0, f"{refusal}: {error.msg}", syntax=True) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise UnreadableError(self.path, 0, f"{refusal}: {type(error).__name__}") from None

    @cached_property
    def line_starts(self) -> list[int]:
        """Character offset at which each line begins."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def line_text(self, line: int) -> str:
        """Return a one-based line without its line ending; empty past the end."""
        starts = self.line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    def offset(self, line: int, utf8_column: int) -> int:
        """Return the character offset of a position as `ast` gives it (line from one, column in UTF-8 bytes)."""
        start = self.line_starts[line - 1]
        if self.text.isascii():
            return start + utf8_column
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:utf8_column].decode())

    def node_span(self, node: ast.AST) -> tuple[int, int]:
        """Return the character offsets of a node's first and past-the-last character."""
        return (
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def location(self, start: int, end: int) -> Location:
        """Return the stretch between two character offsets as a location."""
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Location(self.path, line, column, end_line, end_column, start, end)

    def node_location(self, node: ast.AST) -> Location:
        """Return where a node stands."""
        if self.refused is not None or not self.text.isascii():
            return self.location(*self.node_span(node))
        line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
        end_line, end_column = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        starts = self.line_starts
        start, end = starts[line - 1] + column, starts[end_line - 1] + end_column
        return Location(self.path, line, column + 1, end_line, end_column + 1, start, end)

    def position(self, offset: int) -> tuple[int, int]:
        """Return one-based line and column, in characters, of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def byte_offset(self, offset: int) -> int:
        """Return the offset into `data` of a character offset into `text`."""
        return len(self.text[:offset].encode(self.encoding)) + (len(_BOM) if self.has_bom else 0)

    def encode(self, text: str) -> bytes:
        """Return the bytes of this file with other text: same encoding, same byte order mark.

        Raises:
            UnicodeEncodeError: the text holds a character that the file's encoding lacks.
        """
        return (_BOM if self.has_bom else b"") + text.encode(self.encoding)
