"""What generated modules brought to light, as small as it gets: each once made the program err."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.property.check import check
from tests.property.modules import MANAGE, SETTINGS, Case, case
from tests.property.style import Style

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "import copy\nimport os\nimport dj_database_url\nfrom decouple import config\n"
    'PG = "django.db.backends.postgresql"\nAGE = 60\n'
)

TEXTS = {
    "a remedy refused after another had counted on it": (
        'DATABASES = {"default": {"ENGINE": PG, "NAME": "a"}, "third": {"ENGINE": PG, "NAME": "b"}}\n'
        'if os.environ.get("MODE") in ("prod", "stage"):\n'
        '    if os.environ.get("A"):\n'
        "        for name in DATABASES:\n"
        '            DATABASES[name]["CONN_MAX_AGE"] = 60\n'
        'elif os.environ.get("MODE") in ("prod", "stage"):\n'
        '    DATABASES["third"] = copy.deepcopy(DATABASES["default"])\n'
    ),
    "what one fix brings to light is fixed in the same run": (
        'for_all = ["default", "other"]\nDATABASES = {}\nfor alias in for_all:\n'
        '    DATABASES[alias] = dict(ENGINE=PG, HOST="h", CONN_MAX_AGE=None)\n'
        'if os.environ.get("A"):\n    DATABASES["default"].update({"CONN_HEALTH_CHECKS": False, "HOST": "h2"})\n'
    ),
    "a statement in a try raises under one condition, and works under another": (
        'if os.environ.get("C"):\n    DATABASES = {"other": {"ENGINE": PG}}\n'
        'else:\n    DATABASES = {"default": {"ENGINE": PG}}\n'
        'if os.environ.get("B"):\n    try:\n        DATABASES["other"]["CONN_MAX_AGE"] = int(os.environ["AGE"])\n'
        '    except KeyError:\n        DATABASES["other"]["CONN_MAX_AGE"] = 11\n'
    ),
    "a key that is absent under two conditions at once, in a try": (
        'DATABASES = {"default": {"ENGINE": PG}, "other": {"ENGINE": PG}}\n'
        'if os.environ.get("A") and os.environ.get("B"):\n    DATABASES.pop("other", None)\n'
        'try:\n    DATABASES["other"]["CONN_MAX_AGE"] = int(os.environ["AGE"])\n'
        'except KeyError:\n    DATABASES["other"]["CONN_MAX_AGE"] = 11\n'
        'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'
    ),
    "a key that is absent where one branch of two rebound DATABASES, in a try": (
        'DATABASES = {"default": {"ENGINE": PG}}\n'
        'if os.environ.get("B"):\n    if os.environ.get("MODE") == "prod":\n'
        '        DATABASES = {**DATABASES, "default": {**DATABASES["default"], "CONN_MAX_AGE": -1}}\n'
        '    if os.environ.get("MODE") == "prod":\n        DATABASES["other"] = {"ENGINE": PG}\n'
        'try:\n    DATABASES["other"]["CONN_MAX_AGE"] = int(os.environ["AGE"])\n'
        'except KeyError:\n    DATABASES["default"]["CONN_MAX_AGE"] = 11\n'
    ),
    "two defaults of one variable": (
        'DATABASES = {"default": dj_database_url.config(default="postgres://u:p@h/d")}\n'
        'if DATABASES["default"]["ENGINE"] == PG:\n    DATABASES["default"]["AUTOCOMMIT"] = True\n'
        'DATABASES["default"].update(config("DATABASE_URL", default="mysql://u:p@h/d", cast=dj_database_url.parse))\n'
    ),
    "OPTIONS that come with a default URL only": (
        'DATABASES = {"default": {"ENGINE": PG, "OPTIONS": {"pool": True}}}\n'
        'DATABASES["default"].update(dj_database_url.config(default="postgres://u:p@h/d?sslmode=require"))\n'
    ),
    "TLS that hangs on a condition": (
        'DATABASES = {"default": dj_database_url.parse("postgres://u:p@h/d", ssl_require=not os.environ.get("DEBUG"))}\n'
    ),
    "a condition that holds by default": (
        'DATABASES = {"default": {"ENGINE": PG}}\n'
        'if os.environ.get("MODE", "prod") == "prod":\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n'
        'if os.environ.get("MODE") == "prod":\n    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'
    ),
    "a pool that is switched on by one branch, and sized by the other": (
        'DATABASES = {"default": ({"ENGINE": PG, "OPTIONS": {"pool": {"max_size": 4, "min_size": 1}}}\n'
        '    if os.getenv("MODE", "dev") == "prod" else {"ENGINE": PG, "OPTIONS": {"pool": True}})}\n'
    ),
    "more conditions than are looked at": (
        'DATABASES = {"default": {"ENGINE": PG}}\n'
        + "".join(
            f'if os.environ.get("{name}"):\n    DATABASES["default"]["{key}"] = {value}\n'
            for name, key, value in (
                ("A", "CONN_MAX_AGE", 1),
                ("B", "CONN_HEALTH_CHECKS", "True"),
                ("C", "ATOMIC_REQUESTS", "True"),
                ("DEBUG", "AUTOCOMMIT", "True"),
                ("MODE", "DISABLE_SERVER_SIDE_CURSORS", "True"),
                ("AGE", "OPTIONS", "{}"),
            )
        )
    ),
}
CLASSES = {
    "a property that copies and loops": (
        "    @property\n    def DATABASES(self):\n        found = copy.deepcopy(super().DATABASES)\n"
        '        for name in found:\n            found[name]["CONN_HEALTH_CHECKS"] = True\n        return found\n'
    ),
    "a class that changes what it inherits after it was set up": (
        "    @classmethod\n    def post_setup(cls):\n        super().post_setup()\n"
        '        cls.DATABASES["default"]["CONN_MAX_AGE"] = AGE\n'
    ),
}
BLACK = {
    "a call on several lines that is wrapped in another": (
        'import os\n\nPG = "django.db.backends.postgresql"\n'
        'DATABASES = {"default": {"ENGINE": PG}, "other": {"ENGINE": PG}}\nif os.environ.get("MODE") in ("prod", "stage"):\n'
        '    DATABASES["other"]["CONN_MAX_AGE"] = os.environ.get(\n        "AGE", "60"\n    )  # seconds, and not too many\n'
    ),
    "a comprehension that becomes short enough for one line": (
        'PG = "django.db.backends.postgresql"\nAGE = 6\nDATABASES = {"default": {"ENGINE": PG, "OPTIONS": {"pool": True}}}\n'
        'DATABASES = {\n    name: {**db, "CONN_MAX_AGE": int(f"{AGE}0")} for name, db in DATABASES.items()\n}\n'
    ),
    "items on one line of their own, in a call": (
        'import os\n\nPG = "django.db.backends.postgresql"\nDATABASES = {"default": {"ENGINE": PG}}\n'
        'if os.getenv("A"):\n    DATABASES.setdefault(\n'
        '        "other", {"ENGINE": PG, "NAME": "shop", "HOST": "h", "PORT": 5432}\n    )\n'
    ),
    "items on one line of their own, in dict()": (
        'PG = "django.db.backends.postgresql"\nDATABASES = {\n    "default": dict(\n'
        '        PORT=5432, NAME="shop", USER="somebody", ENGINE=PG, ATOMIC_REQUESTS=False\n    ),\n}\n'
    ),
    "a choice between dictionaries, in parentheses": (
        'import os\n\nPG = "django.db.backends.postgresql"\nDATABASES = {\n    "default": (\n'
        '        {"ENGINE": PG, "NAME": "shop", "AUTOCOMMIT": True}\n        if os.getenv("DATABASE_URL")\n'
        '        else {"ENGINE": "django.db.backends.mysql", "NAME": "shop", "HOST": "h", "PORT": 5432}\n    )\n}\n'
    ),
    "a comment behind the bracket of a call": (
        "import os\n\nimport dj_database_url\n\nDATABASES = {\n"
        '    "default": dj_database_url.config(  # "CONN_MAX_AGE": 0,\n'
        '        default="postgres://u:p@h/d", conn_max_age=(int(os.environ.get("AGE", "60")))\n    )\n}\n'
    ),
}


@dataclass(frozen=True)
class Given(Case):
    """A project with a settings module of these bytes."""

    data: bytes = field(default=b"")

    def files(self) -> dict[str, bytes]:
        """Return every file's bytes."""
        return {SETTINGS: self.data, **self.other}


OTHER = {
    "manage.py": MANAGE,
    "shop/__init__.py": b"",
    "requirements.txt": b"Django==5.2.1\npsycopg==3.2.9\ndj-database-url==3.1.2\npython-decouple==3.8\n",
    "Procfile": b"web: gunicorn shop.wsgi --threads 4\n",
}


def given(data: bytes, seed: int = 0, *, classes: tuple[str, ...] = (), black: bool = False) -> Given:
    """Return a project; the seed decides the environments and the wishes."""
    style = Style(Random(0))
    style.black = black
    return Given(seed, style, (), (), OTHER, classes, data)


def objections(folder: Path, case: Given) -> list[str]:
    """Return what is objected to, with several wishes and environments."""
    outcome = check(case, folder / "project")
    assert outcome.counts["runs"], "it never runs"
    return outcome.objections


@pytest.mark.parametrize("name", TEXTS)
def test_settings(tmp_path: Path, name: str) -> None:
    for seed in range(4):
        assert not objections(tmp_path, given((HEAD + TEXTS[name]).encode(), seed))


@pytest.mark.parametrize("name", CLASSES)
def test_settings_classes(tmp_path: Path, name: str) -> None:
    text = (
        f"{HEAD}from configurations import Configuration\nclass Base(Configuration):\n"
        f'    DATABASES = {{"default": {{"ENGINE": PG}}, "other": {{"ENGINE": PG}}}}\nclass Production(Base):\n{CLASSES[name]}'
    )
    for seed in range(4):
        assert not objections(tmp_path, given(text.encode(), seed, classes=("Production",)))


@pytest.mark.parametrize("name", BLACK)
def test_what_black_left_alone_it_still_does(tmp_path: Path, name: str) -> None:
    for seed in range(4):
        assert not objections(tmp_path, given(BLACK[name].encode(), seed, black=True))


def test_no_final_newline_in_a_file_with_carriage_returns(tmp_path: Path) -> None:
    text = (
        HEAD
        + 'DATABASES = {"default": {"ENGINE": PG}}\nDATABASES["default"].update({"NAME": "a", "HOST": "a-rather-long-name.example"})'
    )
    for seed in range(6):
        assert not objections(tmp_path, given(text.replace("\n", "\r\n").encode(), seed))


def test_a_constant_gets_no_value_that_other_code_would_fail_on(tmp_path: Path) -> None:
    text = (
        HEAD
        + 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": AGE}}\nDATABASES["other"] = {"T": int(AGE)}\nDATABASES["other"] = {"ENGINE": PG}\n'
    )
    for seed in range(12):
        assert not objections(tmp_path, given(text.encode(), seed))


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(73002098, id="SQLite would get a part of what it may get"),
        pytest.param(80005278, id="a refused remedy permitted what another one did"),
    ],
)
def test_projects_that_nobody_made_smaller(tmp_path: Path, seed: int) -> None:
    assert check(case(seed), tmp_path / "project").objections == []
