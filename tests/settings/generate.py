"""A seeded generator of settings modules: statements that people write, mixed at random."""

from __future__ import annotations

from random import Random

from tests.settings.support import HEAD

VARIABLES = {"A": "1", "B": "2", "C": "3", "AGE": "70", "DATABASE_URL": "postgres://u:p@h:1/n"}
KEYS = ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS")


class Generator:
    """Writes one module; `looks` allows statements whose effect hangs on whether a key is already there."""

    def __init__(self, seed: int, *, looks: bool = True) -> None:
        self.random = Random(seed)
        self.looks = looks
        self.lines: list[str] = []
        self.names: list[str] = []

    def module(self) -> str:
        """Return the module's text."""
        pick = self.random
        helper = "import copy\nimport dj_database_url\nimport environ\nenv = environ.Env()\n"
        self.lines = [HEAD + helper, "OPTS = {}", "FLAG = True", "AGE = 60"]
        self.lines.append(self.databases())
        for _ in range(pick.randint(0, 7)):
            self.lines.append(self.statement(0))
        return "\n".join(self.lines) + "\n"

    def databases(self) -> str:
        """Return the statement that first binds `DATABASES`."""
        pick = self.random
        kind = pick.randrange(8)
        if kind == 0:
            return f'DATABASES = dict(default=dict(ENGINE=PG, NAME="n"), other=dict(ENGINE=PG, CONN_MAX_AGE={self.value()}))'
        if kind == 1:
            return (
                f'_base = {self.display()}\nDATABASES = {{"default": _base, "other": '
                f"{pick.choice(('_base.copy()', 'copy.deepcopy(_base)', 'dict(_base)', '{**_base}', '_base', '{**_base, **{}}'))}}}"
            )
        if kind == 2:
            return (
                f"def make(age, **extra):\n    made = {self.display()}\n    if os.environ.get('C'):\n"
                f"        made['CONN_MAX_AGE'] = age\n    made.update(extra)\n    return made\n"
                f'DATABASES = {{"default": make(5), "other": make(age=6, HOST="h")}}'
            )
        if kind == 3:
            url = "postgres://u:p@h/d"
            arguments = pick.choice(("", f", conn_max_age={pick.choice(('5', 'AGE', 'None'))}", ", ssl_require=True"))
            return (
                f'DATABASES = {{"default": dj_database_url.config(default="{url}"{arguments}), '
                f'"other": env.db("DATABASE_URL", default="{url}")}}'
            )
        if kind == 4:
            return (
                f'if os.environ.get("A"):\n    DATABASES = {{"default": {self.display()}}}\nelse:\n'
                f'    DATABASES = {{"default": {self.display()}, "other": {self.display()}}}\n'
                'DATABASES.setdefault("other", {"ENGINE": SQLITE})'
            )
        if kind == 5:
            return f'DATABASES = {{name: {self.display()} for name in ("default", "other")}}'
        if kind == 6:
            return (
                f'DATABASES = {{}}\nDATABASES["default"] = {self.display()}\n'
                f'DATABASES["other"] = {self.display()} | {{"CONN_MAX_AGE": {self.value()}}}'
            )
        return f'DATABASES = {{"default": {self.display()}, "other": {self.display()}}}'

    def display(self) -> str:
        """Return a dictionary display for an alias."""
        pick = self.random
        parts = [f'"ENGINE": {pick.choice(("PG", "SQLITE", "PG"))}', '"NAME": "n"']
        parts += [f'"{key}": {self.value()}' for key in KEYS if pick.random() < 0.25]
        if pick.random() < 0.4:
            parts.append(f'"OPTIONS": {pick.choice(("OPTS", "{}", self.options()))}')
        return "{" + ", ".join(parts) + "}"

    def options(self) -> str:
        """Return a dictionary display for `OPTIONS`."""
        return self.random.choice(
            ('{"sslmode": "require"}', '{"pool": {"max_size": 4}}', '{"pool": True, **OPTS}', '{"timeout": AGE}')
        )

    def value(self) -> str:
        """Return an expression for a setting."""
        return self.random.choice(
            (
                "0", "None", "60 * 10", "AGE", "True", "not FLAG", "AGE if FLAG else 1",
                'int(os.environ.get("AGE", "60"))', 'int(os.environ.get("AGE", AGE))', 'env.int("AGE", default=7)',
                '10 if os.environ.get("B") else 20', 'int(os.getenv("AGE") or 30)', "-1", "max(AGE, 5)", "bool(AGE)",
                'os.environ.get("AGE") == "70"', 'int(f"{AGE}0")', '{"a": 1, "b": 2}["b"]', "[1, 2, 3][-1]",
                'len("abc")', "(lambda x: x + 1)(AGE)",
            )
        )  # fmt: skip

    def alias(self) -> str:
        """Return an alias."""
        return self.random.choice(("default", "other"))

    def statement(self, depth: int) -> str:
        """Return a statement that changes something."""
        pick = self.random
        alias, key = self.alias(), pick.choice(KEYS)
        simple = (
            lambda: f'DATABASES["{alias}"]["{key}"] = {self.value()}',
            lambda: f'DATABASES["{alias}"].update({key}={self.value()})',
            lambda: f'DATABASES["{alias}"].update({{"{key}": {self.value()}, "HOST": "h"}})',
            lambda: f'DATABASES["{alias}"].setdefault("{key}", {self.value()})',
            lambda: f'DATABASES["{alias}"].setdefault("OPTIONS", {{}})["sslmode"] = "prefer"',
            lambda: f'OPTS["{pick.choice(("sslmode", "timeout"))}"] = {self.value()}',
            lambda: f'DATABASES["{alias}"].pop("{key}", None)',
            lambda: f'DATABASES["{alias}"] = {self.display()}',
            lambda: f'DATABASES["{alias}"] = {{**DATABASES["{alias}"], "{key}": {self.value()}}}',
            lambda: f'DATABASES["third"] = DATABASES["{alias}"].copy()',
            lambda: f'for name in DATABASES:\n    DATABASES[name]["{key}"] = {self.value()}',
            lambda: f'for _, db in DATABASES.items():\n    db["{key}"] = {self.value()}',
            lambda: f'for db in DATABASES.values():\n    if db["ENGINE"] == PG:\n        db["{key}"] = {self.value()}',
            lambda: 'DATABASES["default"].update(dj_database_url.config(conn_max_age=9))',
            lambda: 'DATABASES["default"] |= {"HOST": "x"}',
            lambda: f"AGE = {pick.choice(('5', 'AGE + 1', '90'))}",
            lambda: (
                f'try:\n    DATABASES["{alias}"]["{key}"] = int(os.environ["AGE"])\nexcept KeyError:\n'
                f'    DATABASES["{alias}"]["{key}"] = 11'
            ),
            lambda: f"FLAG = {pick.choice(('True', 'False', 'not FLAG'))}",
            lambda: f'DATABASES = {{**DATABASES, "{alias}": dict(DATABASES["{alias}"], {key}={self.value()})}}',
        )
        if self.looks and pick.random() < 0.05:
            return f'if "{key}" in DATABASES["{alias}"]:\n    del DATABASES["{alias}"]["{key}"]'
        if depth < 2 and pick.random() < 0.35:
            test = pick.choice(
                ('os.environ.get("A")', 'os.environ.get("B")', '"C" in os.environ', "FLAG", "not os.environ.get('A')",
                 "os.environ.get('A') and os.environ.get('B')", "os.environ.get('B') or FLAG")
            )  # fmt: skip
            body = self.indented(self.statement(depth + 1))
            text = f"if {test}:\n{body}"
            if pick.random() < 0.5:
                text += f"\nelse:\n{self.indented(self.statement(depth + 1))}"
            return text
        return pick.choice(simple)()

    @staticmethod
    def indented(text: str) -> str:
        """Return a block one level deeper."""
        return "\n".join(f"    {line}" for line in text.splitlines())
