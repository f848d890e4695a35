from __future__ import annotations

import hashlib

import pytest

from djconnfix._digest import sha256


@pytest.mark.parametrize("data", [b"", b"djconnfix", bytes(range(256)) * 40], ids=["nothing", "a word", "10 kB"])
def test_it_is_that_of_hashlib(data):
    assert sha256(data) == hashlib.sha256(data).hexdigest()


def test_without_a_small_module_it_is_asked_of_hashlib(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "_sha2", None)
    monkeypatch.setitem(__import__("sys").modules, "_sha256", None)
    assert sha256(b"x") == hashlib.sha256(b"x").hexdigest()
