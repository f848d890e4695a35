"""Whole projects around one generated settings module, from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from tests.property.expressions import KEYS, Expressions
from tests.property.lists import Lists
from tests.property.shapes import Shapes, helpers
from tests.property.statements import Statements
from tests.property.style import Call, Style

SETTINGS = "shop/settings.py"
BASE = "shop/base.py"
IMPORTS = (
    "import copy\nimport os\n",
    "import dj_database_url\nimport environ\nfrom decouple import config\nfrom environs import Env\n",
)
MANAGE = b'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
SERVERS: tuple[dict[str, bytes], ...] = (
    {"Procfile": b"web: gunicorn shop.wsgi --threads 4\n"},
    {"Procfile": b"web: gunicorn shop.wsgi --threads 4\n"},
    {"Procfile": b"web: gunicorn shop.wsgi -w 3\n"},
    {"Procfile": b"web: uvicorn shop.asgi:application\n"},
    {"Procfile": b"web: gunicorn shop.wsgi -k gevent\n"},
    {},
)
DJANGO = ("5.2.1", "5.2.1", "4.2.0", "3.2.0")
DRIVERS = ("psycopg==3.2.9", "psycopg2-binary==2.9.9")
HELPERS = "dj-database-url==3.1.2\ndjango-environ==0.14.0\nenvirons==15.2.0\npython-decouple==3.8\n"
HELPERS += "django-configurations==2.5.1\ndjango-split-settings==1.3.2\n"


@dataclass(frozen=True)
class Case:
    """One generated project.

    Attributes:
        seed: what it was made from.
        style: the habits of its writer.
        chunks: the settings module's statements.
        base: those of the module that it imports everything from, empty when there is none.
        other: the other files.
        classes: its settings classes; empty: the module itself holds the settings.
    """

    seed: int
    style: Style = field(compare=False)
    chunks: tuple[str, ...]
    base: tuple[str, ...] = ()
    other: dict[str, bytes] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def files(self) -> dict[str, bytes]:
        """Return every file's bytes; the same ones at each call.

        Raises:
            ValueError: the pieces do not make a module (only pieces that were taken out can cause it).
        """
        self.style.random.seed(f"layout {self.seed}")
        made = {SETTINGS: self.style.encode(self.style.join(list(self.chunks)))}
        if self.base:
            made[BASE] = self.style.encode(self.style.join(list(self.base)))
        return made | self.other

    def without(self, number: int) -> Case:
        """Return the case without one statement, counted through both modules."""
        if number < len(self.chunks):
            return replace(self, chunks=self.chunks[:number] + self.chunks[number + 1 :])
        number -= len(self.chunks)
        return replace(self, base=self.base[:number] + self.base[number + 1 :])


def case(seed: int) -> Case:
    """Return the project of a seed."""
    random = Random(seed)
    style = Style(random)
    other = {
        "manage.py": MANAGE,
        "shop/__init__.py": b"",
        "requirements.txt": f"Django=={random.choice(DJANGO)}\n{random.choice(DRIVERS)}\n{HELPERS}".encode(),
        **random.choice(SERVERS),
    }
    kind = random.random()
    if kind < 0.1:
        bodies, classes = _classes(style)
        return Case(seed, style, (*_head(style), *bodies), (), other, classes)
    statements, lists = Shapes(style), Lists(style)
    listed = [lists.definition()] if style.chance(0.4) else []
    more = [lists.change() for _ in range(style.random.randint(0, 2))] if listed else []
    if kind < 0.3:
        base = (*_head(style), *listed, *statements.definition(), *_changes(statements, 2))
        start = _import_base(style) if kind < 0.25 else _include_base(style)
        chunks = (start, *more, *_changes(statements, 3), *_plain(style), *_local(style, statements, other))
        return Case(seed, style, chunks, base, other)
    begin = (*_head(style), *listed, *_plain(style))
    chunks = (*begin, *statements.definition(), *more, *_changes(statements, 5), *_plain(style))
    if kind > 0.985:
        chunks = (*chunks, _only_python_2(style))
    return Case(seed, style, chunks, (), other)


def _only_python_2(style: Style) -> str:
    """Return a statement that only Python 2 takes."""
    style.black = style.ruff = False
    body = style.indented("pass")
    return style.random.choice(('print "settings"', "AGE = 010", f"try:\n{body}\nexcept ImportError, error:\n{body}"))


def _head(style: Style) -> list[str]:
    pick = style.random
    write = Expressions(style)
    lines = [] if style.chance(0.6) else [pick.choice(('"""Settings."""', "'''Die Größe.\n\nCONN_MAX_AGE = 0\n'''"))]
    lines += [IMPORTS[0], IMPORTS[1]]
    lines += [write.quoted('PG = "django.db.backends.postgresql"'), write.quoted('MYSQL = "django.db.backends.mysql"')]
    lines += [write.quoted('SQLITE = "django.db.backends.sqlite3"'), "env = environ.Env()", "senv = Env()", "OPTS = {}"]
    lines += ["FLAG = True", "AGE = 60", write.quoted('DEBUG = bool(os.environ.get("DEBUG"))')]
    lines += helpers(style)
    if style.chance(0.2):
        lines.append("try:\n    from .local import *\nexcept ImportError:\n    pass".replace("    ", style.unit))
    return [line.rstrip("\n") for line in lines]


def _import_base(style: Style) -> str:
    star = style.random.choice(("from .base import *", "from shop.base import *"))
    star += "  # noqa: F403" if style.chance(style.commented) else ""
    if style.chance(0.7):
        return star
    write = Expressions(style)
    item = f"DATABASES[{write.string('default')}][KEY] = {write.value('CONN_MAX_AGE')}"
    other = f"{write.string('other')}: {style.render(write.alias())}"
    ways = (
        f"from . import base\nbase.{item}",
        f"import shop.base as defaults\ndefaults.{item}",
        "from . import base\nDATABASES = copy.deepcopy(base.DATABASES)",
        f"import shop.base as base\nDATABASES = {{**base.DATABASES, {other}}}",
        f"from .base import DATABASES as _all\n_all[{write.string('other')}] = _all[{write.string('default')}].copy()",
        "from shop.base import AGE as SECONDS_KEPT, DATABASES",
    )
    return f"{star}\n{style.random.choice(ways)}"


def _local(style: Style, statements: Statements, other: dict[str, bytes]) -> list[str]:
    """Return the import of settings that are there on some machines only, mostly none, and put the file there or not."""
    if not style.chance(0.25):
        return []
    if style.chance(0.7):
        texts = (
            "AGE = 0\nDEBUG = True",
            "from .base import *\n" + statements.change(),
            "from shop.base import *\n" + "\n".join(statements.definition()),
            "from .base import DATABASES\nDATABASES[" + style.string("default") + "].update(CONN_MAX_AGE=5)",
        )
        other["shop/local_settings.py"] = style.encode(style.random.choice(texts) + "\n")
    return ["try:\n    from .local_settings import *\nexcept ImportError:\n    pass".replace("    ", style.unit)]


def _include_base(style: Style) -> str:
    name, missing = style.string("base.py"), style.string("missing.py")
    files = style.random.choice((name, f"{name}, optional({missing})", style.string("ba*.py")))
    return f"from split_settings.tools import include, optional\ninclude({files})"


def _changes(statements: Statements, most: int) -> list[str]:
    return [statements.change() for _ in range(statements.random.randint(0, most))]


def _plain(style: Style) -> list[str]:
    """Return settings that have nothing to do with databases."""
    write = Expressions(style)
    choices = (
        f"LANGUAGES = {style.render(Call('list', (('', '[' + write.string('en') + ']'),)))}",
        f"CACHES = {style.render(write.display([('default', write.display([('TIMEOUT', 'AGE')]))]))}",
        "USE_TZ = True",
        "CONN_MAX_AGE = 60",
        "ATOMIC_REQUESTS = True",
        "CACHE_SECONDS = AGE * 2",
        write.quoted('SECRET_KEY = os.environ.get("SECRET_KEY", "x")'),
        write.quoted('WSGI_APPLICATION = "shop.wsgi.application"'),
    )
    return [style.random.choice(choices) for _ in range(style.random.choice((0, 0, 1, 2)))]


def _classes(style: Style) -> tuple[list[str], tuple[str, ...]]:
    """Return the statements of a module of settings classes, and the names of those that are concrete."""
    pick = style.random
    inside = Statements(style)
    base = "\n".join(["USE_TZ = True", *(inside._literal() if style.chance(0.8) else [_url_value(style)])])
    bodies = [f"class Base(Configuration):\n{style.indented(base)}"]
    mixed = style.chance(0.25)
    if mixed:
        bodies.append(f"class Kept:\n{style.indented(_class_body(style))}")
    names = []
    for name in ("Production", "Staging")[: pick.choice((1, 2))]:
        names.append(name)
        bases = "Kept, Base" if mixed and style.chance(0.7) else "Base"
        bodies.append(f"class {name}({bases}):\n{style.indented(_class_body(style))}")
    return ["from configurations import Configuration, values", *bodies], tuple(names)


def _url_value(style: Style) -> str:
    arguments = style.random.choice((", conn_max_age=60", ", conn_max_age=0", "", ""))
    return f"DATABASES = values.DatabaseURLValue({style.string('postgres://u:p@h/d')}{arguments})"


def _class_body(style: Style) -> str:
    kind = style.random.randrange(11)
    key = style.random.choice(KEYS)
    write = Expressions(style)
    value, quoted = write.value(key), write.string(key)
    changed = f"cls.DATABASES[{write.string('default')}][{quoted}] = {value}"
    if kind == 0:
        return "DEBUG = False"
    if kind == 1:
        return "\n".join(Statements(style)._literal())
    if kind == 2:
        return "\n".join(Statements(style)._helpers())
    if kind == 3:
        return _url_value(style)
    if kind == 9:
        return f"DATABASES = copy.deepcopy(Base.DATABASES)\n{changed.removeprefix('cls.')}"
    if kind == 10:
        return f"DATABASES = {{**Base.DATABASES, {write.string('other')}: {style.render(write.alias())}}}"
    if kind == 4:
        body = f"found = copy.deepcopy(super().DATABASES)\nfor name in found:\n{style.unit}found[name][{quoted}] = {value}\nreturn found"
    elif kind == 5:
        body = f"return {style.render(write.display([('default', write.alias())]))}"
    elif kind == 6:
        made = style.render(write.display([("default", write.alias())]))
        body = f"made = {made}\nif {write.test()}:\n{style.unit}made[{write.string('default')}][{quoted}] = {value}\nreturn made"
    elif kind == 7:
        return f"@classmethod\ndef setup(cls):\n{style.indented(f'super().setup(){chr(10)}{changed}')}"
    else:
        return f"@classmethod\ndef post_setup(cls):\n{style.indented(f'super().post_setup(){chr(10)}{changed}')}"
    return f"@property\ndef DATABASES(self):\n{style.indented(body)}"
