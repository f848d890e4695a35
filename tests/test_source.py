from __future__ import annotations

import ast
from pathlib import Path

import pytest

from djconnfix.source import SourceFile, UnreadableError


def source(data: bytes) -> SourceFile:
    return SourceFile("settings.py", Path("/nowhere/settings.py"), data)


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        pytest.param(b"a = 1\n", "utf-8", "a = 1\n", id="plain"),
        pytest.param(b"\xef\xbb\xbfa = 1\n", "utf-8", "a = 1\n", id="byte order mark"),
        pytest.param(
            b"# -*- coding: latin-1 -*-\na = '\xe9'\n", "latin-1", "# -*- coding: latin-1 -*-\na = 'é'\n", id="cookie"
        ),
        pytest.param(b"#!/x\n# vim: set fileencoding=cp1252 :\n", "cp1252", None, id="cookie on the second line"),
        pytest.param(b"a = 1\n# coding: latin-1\n", "utf-8", None, id="code before it: no cookie"),
        pytest.param(b"a = 1\r\nb = 2\r\n", "utf-8", "a = 1\r\nb = 2\r\n", id="line endings stay"),
    ],
)
def test_decoding(data: bytes, encoding: str, text: str | None) -> None:
    file = source(data)
    assert file.encoding == encoding
    if text is not None:
        assert file.text == text
    assert file.encode(file.text) == data


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_list_of_requirements_may_be_utf_16(encoding: str) -> None:
    data = "\ufeffDjango==5.2.1\r\npsycopg==3.2.9\r\n".encode(encoding)
    file = SourceFile("requirements.txt", Path("/nowhere/requirements.txt"), data)
    assert (file.encoding, file.text) == (encoding, "Django==5.2.1\r\npsycopg==3.2.9\r\n")
    with pytest.raises(UnreadableError, match="is not valid utf-8"):
        _ = source(data).text  # Python takes no source in it


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        pytest.param(b"a = 1\nb = '\xe9'\n", 2, "is not valid utf-8", id="wrong bytes"),
        pytest.param(b"# coding: klingon\n", 1, "unknown encoding 'klingon'", id="unknown encoding"),
        pytest.param(b"# coding: rot13\n", 1, "unknown encoding", id="not a text encoding"),
        pytest.param(b"a = \n", 1, "cannot be parsed as Python", id="syntax"),
        pytest.param(b"a = 1\nb = '\0'\n", 2, "NUL", id="nul"),
        pytest.param(b"x = " + b"(" * 5000 + b")" * 5000, None, "cannot be parsed as Python", id="too deep"),
        pytest.param(b"# coding: utf-7\na = '+AGEAYg-'\n", 1, "round trip", id="no round trip"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(data: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        _ = source(data).tree
    if line is not None:
        assert caught.value.line == line
    assert caught.value.path == "settings.py"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("é = {'a': 1}; b = 2\n", id="letters of two bytes before a node"),
        pytest.param("'''😀\r\n'''; b = 2\r\n", id="four bytes and a two-character line ending"),
        pytest.param("a = 1\rb = 2\r", id="old line endings"),
        pytest.param("a = 1\n\x0cb = 2\n", id="a form feed is no line ending"),
        pytest.param("if 1:\n\tb = 2", id="tab and no final newline"),
        pytest.param(
            "\u2028 = 1\nb = 2\n".replace("\u2028 = 1", "s = '\u2028'"), id="a separator that only Unicode calls a line"
        ),
    ],
)
def test_spans_of_nodes_cut_out_exactly_the_node(text: str) -> None:
    file = source(text.encode())
    nodes = [n for n in ast.walk(file.tree) if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "b"]
    (node,) = nodes
    start, end = file.node_span(node)
    assert file.text[start:end] == "b = 2"
    assert file.data[file.byte_offset(start) : file.byte_offset(end)] == b"b = 2"


def test_byte_offsets_count_the_byte_order_mark() -> None:
    file = source(b"\xef\xbb\xbfa = 1\n")
    assert file.byte_offset(0) == 3


def test_positions_count_from_one_in_characters() -> None:
    file = source("é = 1\r\nb = 2\n".encode())
    place = file.location(7, 12)
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 1, 2, 6)
    assert file.line_text(1) == "é = 1"
    assert file.line_text(3) == ""
    assert file.line_text(99) == ""


def test_a_character_the_encoding_lacks_is_refused() -> None:
    file = source(b"# coding: latin-1\n")
    with pytest.raises(UnicodeEncodeError):
        file.encode("€")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("try:\n    pass\nexcept A, e:\n    pass\n", 3, id="except"),
        pytest.param("try:\n    pass\nexcept (A, B), e:\n    pass\n", 3, id="except several"),
        pytest.param("print 'a', b\n", 1, id="print"),
        pytest.param("if x: print 'a'\nelse: print\n", 1, id="print in one line"),
        pytest.param("exec code in names\n", 1, id="exec"),
        pytest.param("raise ValueError, 'a'\n", 1, id="raise"),
        pytest.param("os.chmod(p, 0644)\n", 1, id="octal"),
        pytest.param("a = 10L + 0xFFL\n", 1, id="long"),
        pytest.param("a = ur'x'\n", 1, id="raw unicode"),
        pytest.param("a = 1 <> 2\n", 1, id="not equal"),
        pytest.param("a = `b`\n", 1, id="backticks"),
        pytest.param("f(async=True)\n", 1, id="async as a name"),
    ],
)
def test_python_2_is_read_named_and_keeps_its_places(text: str, line: int) -> None:
    text += "DATABASES = {'default': {'NAME': 'é'}}\n"
    file = source(text.encode())
    (node,) = [
        n for n in ast.walk(file.tree) if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "DATABASES"
    ]
    start, end = file.node_span(node)
    assert file.text[start:end] == "DATABASES = {'default': {'NAME': 'é'}}"
    assert file.refused is not None
    assert file.refused.line == line
    assert "never changed" in file.refused.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("DATABASES = {\n", id="unfinished"),
        pytest.param("{% if x %}\nDATABASES = {}\n{% endif %}\n", id="template"),
        pytest.param("def f(a, (b, c)):\n    pass\n", id="tuple parameter"),
        pytest.param("print 'a' +\nDATABASES = {}}\n", id="python 2 and broken"),
    ],
)
def test_what_is_no_python_at_all_stays_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError, match="cannot be parsed as Python"):
        _ = source(text.encode()).tree


@pytest.mark.parametrize(
    "text",
    [
        "print('a')\n",
        "x = 'print this'\n",
        "printer = 1\nexec('a')\n",
        "try:\n    pass\nexcept (A, B) as e:\n    pass\n",
    ],
)
def test_python_3_is_never_refused(text: str) -> None:
    file = source(text.encode())
    assert file.tree is not None
    assert file.refused is None
