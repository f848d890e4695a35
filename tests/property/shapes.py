"""Less usual ways to define and change DATABASES: bound, called, matched, looped and imported otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.property.expressions import KEYS
from tests.property.statements import Statements
from tests.property.style import Call, Display

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.property.style import Style

HELPERS = (
    "import contextlib\nimport sys\nfrom os import environ as environment, getenv",
    "def env_int(name, default=0):\n\treturn int(os.environ.get(name, default))",
    'def env_bool(name, default=False):\n\treturn os.environ.get(name, str(default)).lower() in ("1", "true", "yes")',
    "def tune(db, age=60, **more):\n\tdb[\"CONN_MAX_AGE\"] = age\n\tdb.update(more)",
    "def tuned(db, age=60):\n\treturn {**db, \"CONN_MAX_AGE\": age}",
    "class Defaults:\n\tage = 60\n\tshort = 0",
    'SECONDS = {"short": 5, "long": 600}\nDEFAULT = "default"\nKEY = "CONN_MAX_AGE"',
)  # fmt: skip


class Shapes(Statements):
    """Writes the usual statements, and these."""

    def definition(self) -> list[str]:
        """Return the statements that first bind DATABASES."""
        if not self.style.chance(0.4):
            return super().definition()
        makers: tuple[Callable[[], list[str]], ...] = (
            self._bound_twice, self._walrus, self._match, self._globals, self._constant_keys, self._lambda,
            self._early_returns, self._pairs, self._from_keys, self._by_index, self._nested_function, self._chosen,
        )  # fmt: skip
        return self.random.choice(makers)()

    def _changes(self) -> tuple[Callable[[], str], ...]:
        return (
            *super()._changes(), self._suppressed, self._rebuilt, self._added, self._loop_over_pairs, self._reference,
            self._tuned, self._deleted, self._inner, self._by_constant, self._through_globals, self._several_targets,
            self._while, self._case, self._argument,
        )  # fmt: skip

    def _value(self) -> str:
        return self.write.value("CONN_MAX_AGE")

    def _quoted(self, text: str) -> str:
        return self.write.quoted(text)

    # --- definitions -----------------------------------------------------------------------------------------------

    def _bound_twice(self) -> list[str]:
        made = self.style.render(self.write.display([("default", self.write.alias())]))
        if self.style.chance(0.5):
            return [f"{self.name} = _all = {made}", f"_all[{self.write.string('other')}] = {self._made()}"]
        return [f"{self.name}, TIMEOUT = {made}, 5"]

    def _made(self) -> str:
        return self.style.render(self.write.alias())

    def _walrus(self) -> list[str]:
        parsed = Call("dj_database_url.parse", (("", "url"), ("conn_max_age", self._value())))
        first = self.style.indented(self.bind(self.write.display([("default", parsed)])))
        second = self.style.indented("\n".join(self._literal()))
        return [f"if url := os.environ.get({self.write.string('DATABASE_URL')}):\n{first}\nelse:\n{second}"]

    def _match(self) -> list[str]:
        blocks = [self.style.indented(f"case {pattern}:\n{self.style.indented(chr(10).join(self._literal()))}")
                  for pattern in (self._quoted('"prod"'), self._quoted('"stage" | "dev"'), "_")]  # fmt: skip
        subject = self._quoted(self.random.choice(('os.environ.get("MODE")', 'os.getenv("MODE", "prod")')))
        return ["\n".join((f"match {subject}:", *blocks))]

    def _globals(self) -> list[str]:
        made = self.style.render(self.write.display([("default", self.write.alias())]))
        quoted = self.write.string(self.name)
        return [self.random.choice((f"globals()[{quoted}] = {made}", f"globals().update({self.name}={made})",
                                    f"locals()[{quoted}] = {made}", f"vars().update({{{quoted}: {made}}})"))]  # fmt: skip

    def _constant_keys(self) -> list[str]:
        made = self.write.entries()
        node = Display(
            (("DEFAULT", Display((*((self.write.string(key), value) for key, value in made), ("KEY", "5")))),)
        )
        return [self.bind(node)]

    def _lambda(self) -> list[str]:
        body = self.style.render(self.write.display([*self.write.entries(), ("CONN_MAX_AGE", "age")]))
        return [f"make = lambda age=0: {body}", self.bind(self.both("make()", f"make({self._value()})"))]

    def _early_returns(self) -> list[str]:
        body = f"if {self.write.test()}:\n{self.style.unit}return {self._made()}\n"
        if self.style.chance(0.4):
            body += f"if {self.write.test()}:\n{self.style.unit}return {self._made()}\n"
        return [
            f"def database():\n{self.style.indented(body + f'return {self._made()}')}",
            self.bind(self.both("database()", self.random.choice(("database()", self.write.alias())))),
        ]

    def _pairs(self) -> list[str]:
        pairs = ", ".join(
            f"({self.write.string(key)}, {self.style.render(value)})" for key, value in self.write.entries()
        )
        return [self.bind(self.write.display([("default", f"dict([{pairs}])")]))]

    def _from_keys(self) -> list[str]:
        names = f"[{self.write.string('default')}, {self.write.string('other')}]"
        return [f"{self.name} = dict.fromkeys({names}, {self._made()})"]

    def _by_index(self) -> list[str]:
        known = self.style.statement(
            "_known", "=", self.write.display([("a", self.write.alias()), ("b", self.write.alias())])
        )
        key = self._quoted('os.environ.get("MODE", "a")') if self.style.chance(0.3) else self.write.string("b")
        chosen = f"_known.get({key}, _known[{self.write.string('a')}])" if self.style.chance(0.5) else f"_known[{key}]"
        if "MODE" in key and ".get(" not in chosen[:12]:
            chosen = f"_known[{self.write.string('a')}]"
        return [known, self.bind(self.write.display([("default", chosen)]))]

    def _nested_function(self) -> list[str]:
        made = self.style.render(self.both(self.write.alias(), self.write.alias()))
        loop = f"for each in made.values():\n{self.style.unit}each.setdefault({self.write.string('CONN_MAX_AGE')}, age)"
        body = f"made = {made}\n{loop}\nreturn made"
        return [f"def databases(age=0):\n{self.style.indented(body)}", f"{self.name} = databases({self._value()})"]

    def _chosen(self) -> list[str]:
        one, two = ("\n".join(self._literal()) for _ in range(2))
        first = one.replace(self.name, "PROD_DBS", 1)
        second = two.replace(self.name, "DEV_DBS", 1)
        return [first, second, f"{self.name} = PROD_DBS if {self.write.test()} else DEV_DBS"]

    # --- later changes ---------------------------------------------------------------------------------------------

    def _suppressed(self) -> str:
        body = f"{self.item()}[{self.write.string('CONN_MAX_AGE')}] = int(os.environ[{self.write.string('AGE')}])"
        return f"with contextlib.suppress(KeyError):\n{self.style.indented(body)}"

    def _rebuilt(self) -> str:
        key = self.random.choice(KEYS)
        new = Display((("**", "db"), (self.write.string(key), self.write.value(key))))
        keep = self.random.choice(("", "", f" if name != {self.write.string('third')}", " if db"))
        made = self.random.choice(
            (self.style.render(new), "tuned(db)", "dict(db)", f"db | {{{self.write.string(key)}: 5}}")
        )
        return f"{self.name} = {{name: {made} for name, db in {self.name}.items(){keep}}}"

    def _added(self) -> str:
        other = self.write.display([("other", self.write.alias())])
        text = self.style.render(other)
        return self.random.choice((
            f"{self.name}.update({text})", f"{self.name} |= {text}", f"{self.name} = {self.name} | {text}",
            f"{self.name}.update(other={self._made()})", f"{self.name} = dict({self.name}, other={self._made()})",
        ))  # fmt: skip

    def _loop_over_pairs(self) -> str:
        one, two = self.write.string("default"), self.write.string("other")
        heads = (
            (f"for name, age in (({one}, 60), ({two}, {self._value()})):",
             f"if name in {self.name}:\n{self.style.unit}{self.name}[name][KEY] = age"),
            (f"for key, value in {{KEY: {self._value()}, {self.write.string('ATOMIC_REQUESTS')}: True}}.items():",
             f"{self.name}[{one}][key] = value"),
            (f"for number, name in enumerate({self.name}):", f"{self.name}[name][KEY] = number * 60"),
            (f"for name in {self.name}:", f"if name == {two}:\n{self.style.unit}continue\n{self.name}[name][KEY] = {self._value()}"),
            (f"for name in {self.name}:", f"{self.name}[name][KEY] = {self._value()}\nbreak"),
            (f"for name in sorted({self.name}):", f"db = {self.name}[name]\ndb[KEY] = {self._value()}"),
        )  # fmt: skip
        head, body = self.random.choice(heads)
        return f"{head}\n{self.style.indented(body)}"

    def _reference(self) -> str:
        key = self.random.choice(KEYS)
        lines = [f"_db = {self.item('default')}", f"_db[{self.write.string(key)}] = {self.write.value(key)}"]
        if self.style.chance(0.5):
            lines.append(f"_options = _db.setdefault({self.write.string('OPTIONS')}, {{}})")
            lines.append(f"_options[{self.write.string('connect_timeout')}] = 5")
        return "\n".join(lines)

    def _tuned(self) -> str:
        return self.random.choice((
            f"tune({self.item('default')})", f"tune({self.item('default')}, {self._value()})",
            f"tune({self.item('default')}, age=AGE, ATOMIC_REQUESTS=True)",
            f"for each in {self.name}.values():\n{self.style.unit}tune(each, {self._value()})",
            f"{self.item('default')} = tuned({self.item('default')}, {self._value()})",
        ))  # fmt: skip

    def _deleted(self) -> str:
        quoted = self.write.string("other")
        body = f"del {self.name}[{quoted}]"
        return self.random.choice((
            f"if {quoted} in {self.name}:\n{self.style.indented(body)}",
            f"{self.item('default')}.pop({self.write.string('OPTIONS')}, {{}})",
            f"try:\n{self.style.indented(body)}\nexcept KeyError:\n{self.style.unit}pass",
        ))  # fmt: skip

    def _inner(self) -> str:
        options = self.write.string("OPTIONS")
        entries = self.style.render(self.write.display([("connect_timeout", "AGE")]))
        return self.random.choice((
            f"{self.item('default')}[{options}] = {self.style.render(self.write.options())}",
            f"{self.item('default')}.setdefault({options}, {{}}).update({entries})",
            f"{self.item('default')}[{options}] = {{**{self.item('default')}.get({options}, {{}}), {entries[1:]}"
            if entries.startswith("{") and "\n" not in entries and "#" not in entries else f"{self.item('default')}[{options}] = OPTS",
        ))  # fmt: skip

    def _by_constant(self) -> str:
        return self.random.choice((
            f"{self.name}[DEFAULT][KEY] = {self._value()}", f"{self.name}[DEFAULT].update({{KEY: {self._value()}}})",
            f'{self.name}[f"{{DEFAULT}}"][KEY] = {self._value()}', f"{self.name}.get(DEFAULT, {{}})[KEY] = {self._value()}",
            f"{self.name}[DEFAULT][KEY] = {self.name}[DEFAULT].get(KEY) or {self._value()}",
        ))  # fmt: skip

    def _through_globals(self) -> str:
        quoted, key = self.write.string(self.name), self.random.choice(KEYS)
        holder = self.random.choice(("globals()", "locals()", "vars()"))
        return f"{holder}[{quoted}][DEFAULT][{self.write.string(key)}] = {self.write.value(key)}"

    def _several_targets(self) -> str:
        one, two = f"{self.item('default')}[KEY]", f"{self.item('default')}[{self.write.string('ATOMIC_REQUESTS')}]"
        return self.random.choice((f"{one}, {two} = {self._value()}, True", f"{one} = TIMEOUT = {self._value()}"))

    def _while(self) -> str:
        body = f"{self.item('default')}[KEY] = {self._value()}\nbreak"
        return f"while True:\n{self.style.indented(body)}"

    def _case(self) -> str:
        blocks = [self.style.indented(f"case {pattern}:\n{self.style.indented(f'{self.item()}[KEY] = {self._value()}')}")
                  for pattern in (self._quoted('"prod"'), "_")]  # fmt: skip
        return "\n".join((self._quoted('match os.environ.get("MODE"):'), *blocks))

    def _argument(self) -> str:
        body = f"{self.item('default')}[KEY] = {self.random.choice(('0', 'None', '5'))}"
        test = self.random.choice(("sys.argv", "sys.argv[1:]", "sys.argv[1:2]"))
        return f"if {self.write.string('test')} in {test}:\n{self.style.indented(body)}"


def helpers(style: Style) -> list[str]:
    """Return the functions, classes and constants that these statements and values need."""
    unit, quoted = style.unit, style.quote
    return [text.replace("\t", unit).replace('"', quoted) for text in HELPERS]
