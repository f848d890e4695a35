"""Which files are worth parsing: told from their bytes, and never against what parsing would say."""

from __future__ import annotations

import ast

import pytest

from djconnfix.project.files import discover
from djconnfix.project.scan import may_bind_settings, scan
from djconnfix.project.settings_modules import _binds_settings, read_uses
from djconnfix.source import SourceFile

BINDING = {
    "plain": "DATABASES = {}\n",
    "without spaces": "DATABASES={}\n",
    "annotated": "DATABASES: dict = {}\n",
    "aligned": "MIDDLEWARE      = []\n",
    "tab": "if x:\n\tDATABASES\t= {}\n",
    "one key": "DATABASES['default']['HOST'] = ''\n",
    "a method": "INSTALLED_APPS.append('x')\n",
    "augmented": "INSTALLED_APPS += ['x']\n",
    "united": "DATABASES |= {}\n",
    "old middleware": "MIDDLEWARE_CLASSES = ()\n",
    "second of a chain": "A = DATABASES = {}\n",
    "after a semicolon": "a = 1; DATABASES = {}\n",
    "behind a colon": "if x: DATABASES = {}\n",
    "a branch": "if x:\n    DATABASES = {}\n",
    "else after a comment": "if x:\n    pass\n# no\nelse:  # (\n    DATABASES = {}\n",
    "a class": "class Base(\n    Configuration,\n):\n    DATABASES = {}\n",
    "a property": "class Base:\n    @property\n    def DATABASES(self):\n        return {}\n",
    "a try in a with": "with a:\n  try:\n    DATABASES = {}\n  except E:\n    pass\n",
    "a case": "match x:\n    case 1:\n        DATABASES = {}\n",
    "a condition over lines": "if (\n    x\n):\n    DATABASES = {}\n",
    "a condition that goes on": "if a and \\\n  b:\n    DATABASES = {}\n",
    "behind a blank line in a class": "class A(B):\n\n    # text\n\n    DATABASES = {}\n",
    "carriage returns": "a = 1\rDATABASES = {}\r",
    "both line ends": "a = 1\r\nif a:\r\n    DATABASES = {}\r\n",
    "a backslash": "DATABASES \\\n    = {}\n",
    "after a method of the same class": "class A:\n    def f(self):\n        return 1\n\n    DATABASES = {}\n",
}
NOT_BINDING = {
    "a reader": "print(settings.DATABASES)\n",
    "an attribute": "settings.DATABASES = {}\n",
    "compared": "if DATABASES == {}:\n    pass\n",
    "another name": "MY_DATABASES = {}\nDATABASES_TWO = {}\n",
    "an argument": "@override_settings(\n    INSTALLED_APPS=['a'],\n    ROOT_URLCONF='b',\n)\nclass T:\n    pass\n",
    "an argument in a method": "class T:\n    def test(self):\n        with self.settings(\n            DATABASES={},\n"
    "        ):\n            pass\n",
    "an argument below the first": "class T:\n    x = f(A=1,\n          DATABASES={})\n",
    "a local name": "def f():\n    DATABASES = {}\n",
    "a local name in a branch": "async def f():\n    if x:\n        for y in z:\n            DATABASES = {}\n",
}


@pytest.mark.parametrize("text", BINDING.values(), ids=BINDING)
def test_no_file_that_binds_settings_is_missed(text):
    assert _binds_settings(ast.parse(text))
    assert may_bind_settings(text.encode())


@pytest.mark.parametrize("text", NOT_BINDING.values(), ids=NOT_BINDING)
def test_files_that_only_speak_of_settings_are_not_parsed(text):
    assert not _binds_settings(ast.parse(text))
    assert not may_bind_settings(text.encode())


USES = {
    "a default": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.b')",
    "over lines": 'os.environ.setdefault(\n    "DJANGO_SETTINGS_MODULE",  # which\n    "a.b",\n)',
    "assigned": "os.environ['DJANGO_SETTINGS_MODULE'] = 'a.b'",
    "with a comment before the comma": "f('DJANGO_SETTINGS_MODULE'  # which\n  , 'a.b')",
    "in parentheses": "f(('DJANGO_SETTINGS_MODULE'), 'a.b')",
    "two names at once": "os.environ['DJANGO_SETTINGS_MODULE'] = name = 'a.b'",
    "in parentheses of its own": "os.environ['DJANGO_SETTINGS_MODULE'] = (\n    # which\n    'a.b'\n)",
    "an old spelling": "f('DJANGO_SETTINGS_MODULE', u'a.b')",
    "continued": "f('DJANGO_SETTINGS_MODULE' \\\n  , 'a.b')",
}


@pytest.mark.parametrize("text", USES.values(), ids=USES)
def test_no_use_is_missed(text, tmp_path):
    (tmp_path / "x.py").write_text(text)
    tree = discover(tmp_path)
    assert [use.module for use in read_uses(tree, scan(tree, lambda *_: False).uses)] == ["a.b"]


def test_each_file_is_read_once_and_only_those_of_interest_are_kept(tmp_path, monkeypatch):
    texts = {
        "settings.py": "DATABASES = {}\n",
        "a.py": "x = 1\n",
        "b.py": "# INSTALLED_APPS\n",
        "c.txt": "",
        "d.py": "K",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    tree = discover(tmp_path)
    read: list[str] = []
    original = type(tree).read_bytes
    monkeypatch.setattr(type(tree), "read_bytes", lambda self, path: read.append(path) or original(self, path))
    found = scan(tree, lambda path, data: data == b"K")
    assert read == ["a.py", "b.py", "d.py", "settings.py"]
    assert (found.settings, found.code, found.uses, found.stars) == (["settings.py"], ["d.py"], [], [])
    assert [source.path for source in tree.holding(b"")] == ["d.py", "settings.py"]
    assert isinstance(tree.source("a.py"), SourceFile)
