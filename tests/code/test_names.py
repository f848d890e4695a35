"""Only the import that binds a name decides what it stands for."""

from __future__ import annotations

import ast

import pytest

from djconnfix.code.modules import Modules
from djconnfix.code.names import FUNCTIONS, Names
from tests.code.files import Files


def resolved(texts: str | dict[str, str], path: str = "shop/m.py") -> str:
    """Return what the expression `HERE(...)` is given resolves to, in whichever function it stands."""
    files = Files({path: texts} if isinstance(texts, str) else texts)
    modules = Modules(files)
    names = Names(modules.load(path), modules)

    def search(node: ast.AST, scope: tuple) -> str | None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id == "HERE":
                return names.resolve(child.args[0], scope)
            inner = (*scope, child) if isinstance(child, FUNCTIONS) else scope
            if (found := search(child, inner)) is not None:
                return found
        return None

    found = search(names.module.tree, ())
    assert found is not None
    return found


BOUND = {
    "from-import": ("from django.db import transaction\nHERE(transaction.commit)", "django.db.transaction.commit"),
    "import-as": ("from django.db import transaction as tx\nHERE(tx.commit)", "django.db.transaction.commit"),
    "module": ("import django.db\nHERE(django.db.transaction.commit)", "django.db.transaction.commit"),
    "module-as": ("import django.db.transaction as t\nHERE(t.commit)", "django.db.transaction.commit"),
    "package": ("from django import db\nHERE(db.connection.close)", "django.db.connection.close"),
    "name-of-the-module": ("from django.db.transaction import commit\nHERE(commit)", "django.db.transaction.commit"),
    "star": ("from django.db import *\nHERE(transaction.commit)", "django.db.transaction.commit"),
    "inside-a-function": ("def f():\n    from django.db import transaction\n    HERE(transaction.commit)", "django.db.transaction.commit"),
    "enclosing-function": (
        "def f():\n    from django.db import transaction\n    def g():\n        HERE(transaction.commit)",
        "django.db.transaction.commit",
    ),
    "assigned": ("from django.db import transaction\ntx = transaction\nHERE(tx.commit)", "django.db.transaction.commit"),
    "local-alias": ("from django.db import connections\ndef f(a):\n    c = connections[a]\n    HERE(c.close)", "django.db.connections[].close"),
    "subscript": ('from django.db import connections\nHERE(connections["default"].close)', "django.db.connections[].close"),
    "loop": ("from django.db import connections\nfor c in connections.all():\n    HERE(c.close)", "django.db.connections[].close"),
    "get-connection": (
        "from django.db import transaction\ndef f():\n    c = transaction.get_connection()\n    HERE(c.close)",
        "django.db.connections[].close",
    ),
    "import-error-fallback": (
        "try:\n    from django.db import close_old_connections as close\nexcept ImportError:\n    from django.db import close_connection as close\nHERE(close)",
        "django.db.close_old_connections",
    ),
    "walrus": ("from django.db import connection\nif (c := connection):\n    HERE(c.close)", "django.db.connection.close"),
}  # fmt: skip

FOREIGN = {
    "zope": "import transaction\nHERE(transaction.commit)",
    "zope-as": "import transaction as tx\nHERE(tx.commit)",
    "sqlalchemy": "from sqlalchemy import connection\nHERE(connection.close)",
    "ldap": "from ldap_tools import transaction\nHERE(transaction.commit)",
    "mail": "from django.core.mail import get_connection\nconnection = get_connection()\nHERE(connection.close)",
    "parameter": "from django.db import connection\ndef f(connection):\n    HERE(connection.close)",
    "keyword-only-parameter": "from django.db import connection\ndef f(*, connection):\n    HERE(connection.close)",
    "rebound": "from django.db import connection\nconnection = make()\nHERE(connection.close)",
    "rebound-in-function": "from django.db import connection\ndef f():\n    connection = make()\n    HERE(connection.close)",
    "with-as": "from django.db import connection\ndef f():\n    with make() as connection:\n        HERE(connection.close)",
    "loop-variable": "from django.db import connection\nfor connection in pool:\n    HERE(connection.close)",
    "caught": "from django.db import connection\ndef f():\n    try: pass\n    except E as connection:\n        HERE(connection.close)",
    "unbound": "HERE(transaction.commit)",
    "attribute-of-self": "class A:\n    def f(self):\n        HERE(self.connection.close)",
    "class-of-that-name": "class transaction:\n    pass\nHERE(transaction.commit)",
    "other-subscript": "connections = {}\nHERE(connections['x'].close)",
    "deleted-and-made": "from django.db import connection\nfor x in y:\n    connection = x.open()\nHERE(connection.close)",
    "match": "from django.db import connection\ndef f(x):\n    match x:\n        case connection:\n            HERE(connection.close)",
    "augmented": "from django.db import connection\nconnection += 1\nHERE(connection.close)",
}


@pytest.mark.parametrize(("text", "expected"), BOUND.values(), ids=BOUND)
def test_a_name_of_django_is_known_however_it_is_bound(text: str, expected: str) -> None:
    assert resolved(text) == expected


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_name_bound_to_anything_else_is_never_django(text: str) -> None:
    assert not resolved(text).startswith("django.db")


def test_a_name_in_one_function_does_not_reach_another() -> None:
    text = "def f():\n    from django.db import transaction\ndef g():\n    HERE(transaction.commit)"
    assert resolved(text) == ""


class TestInsideTheProject:
    def test_a_reexport_is_followed(self) -> None:
        files = {
            "shop/m.py": "from shop.db import tx\nHERE(tx.commit)",
            "shop/db.py": "from django.db import transaction as tx",
        }
        assert resolved(files) == "django.db.transaction.commit"

    def test_a_relative_reexport_is_followed(self) -> None:
        files = {
            "shop/m.py": "from .db import tx\nHERE(tx.commit)",
            "shop/db/__init__.py": "from django.db import transaction as tx",
        }
        assert resolved(files) == "django.db.transaction.commit"

    def test_a_reexport_below_a_source_folder_is_followed(self) -> None:
        files = {
            "src/shop/m.py": "from shop.db import connection\nHERE(connection.close)",
            "src/shop/db.py": "from django.db import connection",
        }
        assert resolved(files, "src/shop/m.py") == "django.db.connection.close"

    def test_the_projects_own_object_of_that_name_is_its_own(self) -> None:
        files = {
            "shop/m.py": "from shop.db import transaction\nHERE(transaction.commit)",
            "shop/db.py": "class transaction: pass",
        }
        assert resolved(files) == "shop.db.transaction.commit"

    def test_a_module_that_cannot_be_parsed_gives_nothing_away(self) -> None:
        files = {"shop/m.py": "from shop.db import tx\nHERE(tx.commit)", "shop/db.py": "def ("}
        assert resolved(files) == "shop.db.tx.commit"

    def test_names_that_import_each_other_end(self) -> None:
        files = {"shop/m.py": "from shop.db import tx\nHERE(tx.commit)", "shop/db.py": "from shop.m import tx"}
        assert resolved(files) == "shop.m.tx.commit"
