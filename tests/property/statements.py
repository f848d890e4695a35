"""Statements that define and change DATABASES, in a module or in a settings class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.property.expressions import KEYS, Expressions
from tests.property.style import Call, Display

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.property.style import Node, Style

ALIASES = ("default", "default", "other")


class Statements:
    """Writes statements; `name` is how DATABASES is called where they stand."""

    def __init__(self, style: Style, name: str = "DATABASES") -> None:
        self.style = style
        self.random = style.random
        self.write = Expressions(style)
        self.name = name
        self.capitals = style.chance(0.3)

    def holder(self, word: str) -> str:
        """Return a name for something that is put into DATABASES."""
        return f"{word.upper()}_DB" if self.capitals else f"_{word}"

    # --- definitions -----------------------------------------------------------------------------------------------

    def definition(self) -> list[str]:
        """Return the statements that first bind DATABASES."""
        makers: tuple[Callable[[], list[str]], ...] = (
            self._literal, self._literal, self._dict_calls, self._held_first, self._function, self._helpers, self._branches,
            self._comprehension, self._step_by_step, self._merged, self._ternary, self._optional, self._loop_over_names,
            self._urls_first,
        )  # fmt: skip
        return self.random.choice(makers)()

    def bind(self, node: Node, name: str = "") -> str:
        """Return an assignment to DATABASES."""
        annotation = ": dict" if not name and self.style.chance(0.05) else ""
        return self.style.statement((name or self.name) + annotation, "=", node)

    def both(self, default: Node, other: Node) -> Display:
        """Return a display of two aliases."""
        return self.write.display([("default", default), ("other", other)])

    def _literal(self) -> list[str]:
        aliases = [("default", self.write.alias())]
        aliases += [(name, self.write.alias()) for name in ("other", "third") if self.style.chance(0.35)]
        return [self.bind(self.write.display(aliases))]

    def _dict_calls(self) -> list[str]:
        made = [(alias, Call("dict", tuple(self.write.entries()))) for alias in ("default", "other")]
        return [self.bind(Call("dict", tuple(made)))]

    def _held_first(self) -> list[str]:
        base = self.holder("base")
        copies = ("_base.copy()", "copy.deepcopy(_base)", "dict(_base)", "{**_base}", "_base", "copy.copy(_base)",
                  'dict(_base, HOST="r")', '_base | {"HOST": "r"}', '{**_base, "HOST": "r", "CONN_MAX_AGE": 5}')  # fmt: skip
        first = self.style.statement(base, "=", self.write.alias())
        copied = self.write.quoted(self.random.choice(copies)).replace("_base", base)
        return [first, self.bind(self.both(base, copied))]

    def _function(self) -> list[str]:
        body = [
            self.style.statement("made", "=", self.write.alias()),
            f"if {self.write.test()}:\n{self.style.unit}made[{self.write.string('CONN_MAX_AGE')}] = age",
            "made.update(extra)",
            "return made",
        ]
        if self.style.chance(0.5):
            entries = [*self.write.entries(), ("CONN_MAX_AGE", "age")]
            body = [f"return {self.style.render(self.write.display(entries, '**extra'[2:]))}"]
        text = "def make(age=0, **extra):\n" + self.style.indented("\n".join(body))
        calls = [Call("make", ()), Call("make", (("", "60"),)), Call("make", (("age", "6"), ("HOST", '"h"')))]
        pair = self.random.choice(calls), self.random.choice(calls)
        return [text, self.bind(self.both(*pair))]

    def _helpers(self) -> list[str]:
        if self.style.chance(0.5):
            return [self.bind(self.write.display([("default", self.write.url_call())]))]
        return [self.bind(self.both(self.write.url_call(), self.write.url_call("REPLICA_URL")))]

    def _branches(self) -> list[str]:
        if self.style.chance(0.4):
            test = self.write.quoted('os.getenv("DATABASE_URL")')
            first = self.bind(self.write.display([("default", self.write.url_call())]))
        else:
            test, first = self.write.test(), "\n".join(self._literal())
        text = f"if {test}:\n{self.style.indented(first)}\n"
        if self.style.chance(0.3):
            text += f"elif {self.write.test()}:\n{self.style.indented(chr(10).join(self._literal()))}\n"
        return [text + f"else:\n{self.style.indented(chr(10).join(self._literal()))}"]

    def _comprehension(self) -> list[str]:
        names = f"({self.write.string('default')}, {self.write.string('other')})"
        made = self.style.render(self.write.alias())
        return [f"{self.name} = {{name: {made} for name in {names}}}"]

    def _step_by_step(self) -> list[str]:
        made = [self.style.statement(self.name, "=", self.random.choice((Display(()), "dict()")))]
        made.append(self.style.statement(self.item("default"), "=", self.write.alias()))
        if self.style.chance(0.5):
            made.append(self.style.statement(self.item("other"), "=", self.write.alias()))
        return made

    def _merged(self) -> list[str]:
        common = self.holder("common")
        base = self.style.statement(common, "=", self.write.dictionary(self.write.entries(engine=False)))
        spread = self.write.display(self.write.entries(), common)
        union = f"{self.style.render(self.write.alias())} | {common}"
        other = f"{common} | {self.style.render(self.write.alias())}"
        return [
            base,
            self.bind(self.both(self.random.choice((spread, union, other)), self.random.choice((spread, union)))),
        ]

    def _ternary(self) -> list[str]:
        one, two = self.style.render(self.write.alias()), self.style.render(self.write.alias())
        if self.style.chance(0.5):
            first, second = self.holder("one"), self.holder("two")
            return [
                f"{first} = {one}", f"{second} = {two}",
                self.bind(self.write.display([("default", f"{first} if {self.write.test()} else {second}")])),
            ]  # fmt: skip
        return [self.bind(self.write.display([("default", f"({one} if {self.write.test()} else {two})")]))]

    def _optional(self) -> list[str]:
        fallback = self.bind(self.write.display([("default", self.write.alias())]))
        found = self.bind(
            self.write.display([("default", Call("dj_database_url.parse", (("", 'os.environ["DATABASE_URL"]'),)))])
        )
        return [f"try:\n{self.style.indented(found)}\nexcept KeyError:\n{self.style.indented(fallback)}"]

    def _loop_over_names(self) -> list[str]:
        names = f"[{self.write.string('default')}, {self.write.string('other')}]"
        body = f"{self.name}[alias] = {self.style.render(self.write.alias())}"
        return [f"{self.name} = {{}}", f"for alias in {names}:\n{self.style.indented(body)}"]

    def _urls_first(self) -> list[str]:
        parsed = self.holder("parsed")
        made = [self.style.statement(parsed, "=", self.write.url_call())]
        if self.style.chance(0.5):
            made.append(f"{parsed}[{self.write.string('CONN_MAX_AGE')}] = {self.write.value('CONN_MAX_AGE')}")
        if self.style.chance(0.3):
            made.append(f"{parsed}.update(ATOMIC_REQUESTS=True)")
        node = self.random.choice((parsed, self.write.display(self.write.entries(engine=False), parsed)))
        return [*made, self.bind(self.write.display([("default", node)]))]

    # --- later changes ---------------------------------------------------------------------------------------------

    def item(self, alias: str = "") -> str:
        """Return `DATABASES["default"]`."""
        return f"{self.name}[{self.write.string(alias or self.random.choice(ALIASES))}]"

    def change(self, depth: int = 0) -> str:
        """Return a statement that changes something, perhaps in a branch or a loop."""
        if depth < 2 and self.style.chance(0.3):
            return self._branch(depth)
        return self.random.choice(self._changes())()

    def _branch(self, depth: int) -> str:
        def block() -> str:
            parts = [self.change(depth + 1) for _ in range(self.random.choice((1, 1, 2)))]
            return self.style.indented("\n".join(parts))

        text = f"if {self.write.test()}:{self.style.tail()}\n{block()}"
        if self.style.chance(0.15):
            text += f"\nelif {self.write.test()}:\n{block()}"
        if self.style.chance(0.45):
            text += f"\nelse:\n{block()}"
        return text

    def _changes(self) -> tuple[Callable[[], str], ...]:
        return (
            self._assign, self._assign, self._assign, self._update, self._update, self._setdefault, self._options,
            self._pop, self._replace, self._spread, self._copied, self._loop, self._loop, self._url_update, self._merge,
            self._constant, self._caught, self._guarded_key,
        )  # fmt: skip

    def _key(self) -> str:
        return self.random.choice(KEYS)

    def _assign(self) -> str:
        key = self._key()
        return self.style.statement(f"{self.item()}[{self.write.string(key)}]", "=", self.write.value(key))

    def _update(self) -> str:
        key = self._key()
        entries: list[tuple[str, Node]] = [(key, self.write.value(key))]
        if self.style.chance(0.5):
            entries.append(("HOST", self.write.quoted('"h2"')))
        if self.style.chance(0.5):
            return f"{self.item()}{self.style.render(Call('.update', tuple(entries)))}"
        return f"{self.item()}{self.style.render(Call('.update', (('', self.write.display(entries)),)))}"

    def _setdefault(self) -> str:
        key = self._key()
        if self.style.chance(0.3):
            return f"{self.item()}.setdefault({self.write.string('OPTIONS')}, {{}})[{self.write.string('sslmode')}] = 'prefer'"
        if self.style.chance(0.2):
            return f"{self.name}.setdefault({self.write.string('other')}, {self.style.render(self.write.alias())})"
        return f"{self.item()}.setdefault({self.write.string(key)}, {self.write.value(key)})"

    def _options(self) -> str:
        key = self.random.choice(("sslmode", "connect_timeout"))
        return self.style.statement(f"OPTS[{self.write.string(key)}]", "=", self.write.quoted('"require"'))

    def _pop(self) -> str:
        key = self.write.string(self._key())
        if self.style.chance(0.3):
            return f"{self.name}.pop({self.write.string('other')}, None)"
        if self.style.chance(0.3):
            item = self.item()
            return f"if {key} in {item}:\n{self.style.indented(f'del {item}[{key}]')}"
        return f"{self.item()}.pop({key}, None)"

    def _replace(self) -> str:
        return self.style.statement(self.item(), "=", self.write.alias())

    def _spread(self) -> str:
        key, item = self._key(), self.item()
        choices: tuple[Node, ...] = (
            Display((("**", item), (self.write.string(key), self.write.value(key)))),
            Display(((self.write.string(key), self.write.value(key)), ("**", item))),
            Call("dict", (("", item), (key, self.write.value(key)))),
        )
        if self.style.chance(0.3):
            quoted = item[len(self.name) + 1 : -1]
            node = Display((("**", self.name), (quoted, self.random.choice(choices))))
            return self.style.statement(self.name, "=", node)
        return self.style.statement(item, "=", self.random.choice(choices))

    def _copied(self) -> str:
        source = self.item("default")
        copied = self.random.choice((f"{source}.copy()", f"copy.deepcopy({source})", f"dict({source})", source))
        return self.style.statement(self.item("third"), "=", copied)

    def _loop(self) -> str:
        key = self._key()
        quoted, value = self.write.string(key), self.write.value(key)
        heads = (
            (f"for name in {self.name}:", f"{self.name}[name][{quoted}] = {value}"),
            (f"for name in list({self.name}.keys()):", f"{self.name}[name][{quoted}] = {value}"),
            (f"for _, db in {self.name}.items():", f"db[{quoted}] = {value}"),
            (f"for db in {self.name}.values():", f"db[{quoted}] = {value}"),
            (f"for db in {self.name}.values():", f"db.setdefault({quoted}, {value})"),
            (
                f"for name, db in {self.name}.items():",
                f"if name != {self.write.string('other')}:\n{self.style.unit}db[{quoted}] = {value}",
            ),
            (
                f"for db in {self.name}.values():",
                f"if db[{self.write.string('ENGINE')}] == PG:\n{self.style.unit}db[{quoted}] = {value}",
            ),
            (f"for name in ({self.write.string('default')},):", f"{self.name}[name].update({key}={value})"),
        )
        head, body = self.random.choice(heads)
        return f"{head}\n{self.style.indented(body)}"

    def _url_update(self) -> str:
        if self.style.chance(0.5):
            return f"{self.item('default')}.update({self.style.render(self.write.url_call())})"
        body = f"{self.item('default')}.update(db_from_env)"
        call = Call("dj_database_url.config", (("conn_max_age", self.random.choice(("500", "AGE"))),))
        return f"db_from_env = {self.style.render(call)}\n{body}"

    def _merge(self) -> str:
        key = self._key()
        entries: list[tuple[str, Node]] = [(key, self.write.value(key))]
        return self.style.statement(self.item(), "|=", self.write.display(entries))

    def _constant(self) -> str:
        return self.random.choice(
            (
                "AGE = 5",
                "AGE = AGE + 1",
                "AGE = 0",
                "FLAG = not FLAG",
                "FLAG = False",
                "TIMEOUT = AGE",
                "CONN_MAX_AGE = 60",
            )
        )

    def _caught(self) -> str:
        target = f"{self.item()}[{self.write.string('CONN_MAX_AGE')}]"
        one = self.style.indented(f"{target} = int(os.environ[{self.write.string('AGE')}])")
        return f"try:\n{one}\nexcept KeyError:\n{self.style.indented(f'{target} = 11')}"

    def _guarded_key(self) -> str:
        key = self.write.string(self._key())
        item = self.item()
        body = self.style.indented(f"{item}[{key}] = {self.write.value('CONN_MAX_AGE')}")
        return f"if {self.write.string('other')} in {self.name}:\n{body}"
