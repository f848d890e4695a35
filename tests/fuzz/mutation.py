"""Changes to an input that keep much of its shape: bytes alone seldom make a file that still parses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

_TOKEN = re.compile(rb"\w+|\"[^\"\n]*\"|'[^'\n]*'|[^\w\s]+|[ \t]+|\n|.", re.DOTALL)
_WORDS = tuple(
    b"""DATABASES|default|"default"|ENGINE|"ENGINE"|"CONN_MAX_AGE"|CONN_MAX_AGE|"OPTIONS"|OPTIONS|"pool"|None|True|False|0|60|-1|1e309|0x7f|
    "PASSWORD": "x"|"django.db.backends.postgresql"|"django.db.backends.mysql"|os.environ["DB"]|os.environ.get("DB", "0")|int(|env.db(|
    env("DB", default=0)|dj_database_url.config(conn_max_age=600)|dj_database_url.parse("postgres://u:pw@h/d")|config("X", cast=int)|.copy()|
    .update(|.setdefault("default", {})|.pop("default")|.items()|**base|*args|lambda x: x|[x for x in y]|{k: v for k, v in z}|if DEBUG:|else:|
    elif x:|try:|except ImportError:|finally:|for name in DATABASES:|while True:|with x as y:|match x:|case {"a": b}:|def f(x=1):|return x|
    class Base(Configuration):|@property|from .base import *|from settings import *|import os|include("base.py")|del DATABASES|global DATABASES|
    := |f"{x}"|"%s" % x|b"x"|"a" "b"|MIDDLEWARE|INSTALLED_APPS|ATOMIC_REQUESTS|transaction.atomic()|connection.close()|close_old_connections|
    request_finished.connect(|web: gunicorn shop.wsgi|--workers 4|--threads=8|-k gevent|${PORT:-8000}|$(cat x)|[pgbouncer]|[databases]|
    pool_mode = transaction|* = host=x|[uwsgi]|processes = 4|%(x)|-r base.txt|-e .|Django>=4.2,<5; python_version>"3"|psycopg[binary,pool]==3.2 \\\\|
    --hash=sha256:00|&a|*a|<<: *a|- |services:|command:|image: x|environment:|{{ .Values.x }}|{% if x %}|CMD ["gunicorn", "x"]|ENTRYPOINT|ENV A=b|
    ExecStart=|[Service]|[program:x]|<VirtualHost *>|WSGIDaemonProcess x|[tool.poetry.dependencies]|[[package]]|name = "django"|version = "5.2"|
    [tool.djconnfix]|select = ["DCF1"]|# djconnfix: ignore[DCF101]|# -*- coding: latin-1 -*-|print "x"|except A, e:|raise A, b|0777""".replace(
        b"\n    ", b""
    ).split(b"|")
)
_PIECES = (
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\t", b"\f", b"\\", b"\\\n", b"'", b'"', b'"""', b"#", b"(", b")", b"[", b"]", b"{", b"}",
    b",", b":", b"=", b";", b"%", b"$", b"\xc2\xa0", b"\xe2\x80\xa8", b"\x85", b"\x1b[2J", b"9" * 400, b"9" * 5000, b"\xc2\xb2", b"(" * 60, b"[" * 60, b"{" * 60, b"-" * 60,
)  # fmt: skip


class Mutator:
    """Changes inputs at random, and takes lines from others.

    Attributes:
        names: paths to give to files of an input.
        pool: inputs from which lines are taken.
    """

    def __init__(self, names: Sequence[str], pool: Sequence[bytes]) -> None:
        self.names = names
        self.lines = [line for each in pool for line in each.split(b"\n") if line.strip()]

    def mutated(self, data: bytes, random: Random, longest: int) -> bytes:
        """Return an input after one to six changes, at most `longest` bytes of it."""
        ways: tuple[Callable[[bytes, Random], bytes], ...] = (
            self._lines, self._lines, self._foreign, self._foreign, self._words, self._words, self._words, self._indent,
            self._piece, self._renamed,
        )  # fmt: skip
        for _ in range(random.choice((1, 1, 2, 2, 3, 6))):
            data = random.choice(ways)(data, random)[:longest]
        return data

    def _lines(self, data: bytes, random: Random) -> bytes:
        """Drop, double, move, or swap lines."""
        lines = data.split(b"\n")
        first = random.randrange(len(lines))
        last = min(len(lines), first + random.choice((1, 1, 1, 2, 4, 9)))
        piece = lines[first:last]
        way = random.randrange(4)
        if way in (0, 2):
            del lines[first:last]
        if way:
            at = random.randrange(len(lines) + 1)
            lines[at:at] = piece * (random.choice((1, 1, 2, 30)) if way == 3 else 1)
        return b"\n".join(lines)

    def _foreign(self, data: bytes, random: Random) -> bytes:
        """Put in lines of other inputs, with the indentation of where they go."""
        if not self.lines:
            return data
        lines = data.split(b"\n")
        at = random.randrange(len(lines) + 1)
        near = lines[min(at, len(lines) - 1)]
        indent = near[: len(near) - len(near.lstrip(b" \t"))]
        first = random.randrange(len(self.lines))
        new = self.lines[first : first + random.choice((1, 1, 2, 5))]
        lines[at:at] = [indent + line.lstrip(b" \t") for line in new] if random.random() < 0.5 else new
        return b"\n".join(lines)

    def _words(self, data: bytes, random: Random) -> bytes:
        """Replace, drop, double or put in a word."""
        words = _TOKEN.findall(data) or [b""]
        at = random.randrange(len(words))
        other = random.choice(_WORDS) if random.random() < 0.6 else random.choice(words)
        way = random.randrange(5)
        words[at : at + (way != 2)] = [other] if way < 3 else [words[at]] * 2 if way == 3 else []
        return b"".join(words)

    def _indent(self, data: bytes, random: Random) -> bytes:
        """Put lines into a block, or take them out of one."""
        lines = data.split(b"\n")
        first = random.randrange(len(lines))
        last = min(len(lines), first + random.choice((1, 2, 4, 9)))
        inwards = random.random() < 0.7
        for index in range(first, last):
            lines[index] = b"    " + lines[index] if inwards else lines[index].removeprefix(b"    ")
        if inwards and random.random() < 0.8:
            near = lines[first][4:]
            indent = near[: len(near) - len(near.lstrip(b" \t"))]
            heads = (b"if x:", b"try:", b"for x in y:", b"with x:", b"def f():", b"class C(Configuration):", b"else:")
            lines.insert(first, indent + random.choice(heads))
        return b"\n".join(lines)

    def _piece(self, data: bytes, random: Random) -> bytes:
        """Drop some bytes, or put in some that readers like to trip over."""
        at = random.randrange(len(data) + 1)
        if random.random() < 0.4:
            return data[:at] + data[at + random.choice((1, 1, 2, 20)) :]
        return data[:at] + random.choice(_PIECES) + data[at:]

    def _renamed(self, data: bytes, random: Random) -> bytes:
        """Make the input another kind of file, or cut it in two."""
        if not self.names:
            return self._words(data, random)
        head = b"=== " + random.choice(self.names).encode() + b"\n"
        heads = [match.span() for match in re.finditer(rb"^=== .*\n", data, re.MULTILINE)]
        if heads and random.random() < 0.7:
            start, end = random.choice(heads)
            return data[:start] + head + data[end:]
        at = data.rfind(b"\n", 0, random.randrange(len(data) + 1)) + 1
        return data[:at] + head + data[at:]
