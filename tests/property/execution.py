"""Running a generated project's settings in this process, under an environment of the test's own."""

from __future__ import annotations

import builtins
import os
import warnings
from fnmatch import fnmatch
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

PG_URL = "postgres://u:p@h:1/n"
VALUES = {
    "A": ("1",),
    "AGE": ("70", "0"),
    "B": ("1",),
    "C": ("1",),
    "DATABASE_URL": (PG_URL, PG_URL, "mysql://u:p@h:1/n"),
    "DEBUG": ("1",),
    "MODE": ("prod", "stage", "dev"),
    "REPLICA_URL": (PG_URL,),
}

Settings = dict[str, Any]


def environments(random: Random, count: int) -> Iterator[dict[str, str]]:
    """Yield environments: nothing set, everything set, and a choice between them."""
    yield {}
    yield {name: values[0] for name, values in VALUES.items()}
    for _ in range(count - 2):
        yield {name: random.choice(values) for name, values in VALUES.items() if random.random() < 0.4}


class Project:
    """The compiled modules of a project; `settings` runs them afresh."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.code = {}
        for path, data in files.items():
            if path.startswith("shop/"):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self.code[path[:-3].replace("/", ".").removesuffix(".__init__")] = compile(data, path, "exec")

    def settings(self, environment: Mapping[str, str], classes: tuple[str, ...]) -> dict[str, Settings] | Exception:
        """Return the settings by class (empty: the module's own), or what was raised."""
        with mock.patch.dict(os.environ, environment, clear=True), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                if not classes:
                    return {"": _upper(self._run("shop.settings", {}).__dict__)}
                return {name: self._configured(name) for name in classes}
            except Exception as error:
                return error

    def _configured(self, name: str) -> Settings:
        """Set a class of django-configurations up as its importer does."""
        from configurations import importer  # type: ignore[import-untyped]
        from configurations.utils import uppercase_attributes  # type: ignore[import-untyped]

        with mock.patch.object(importer, "installed", True):
            module = self._run("shop.settings", {})
            cls = getattr(module, name)
            cls.pre_setup()
            cls.setup()
            found = dict(uppercase_attributes(cls()))
            cls.post_setup()
        return _upper(found)

    def _run(self, name: str, loaded: dict[str, ModuleType]) -> ModuleType:
        if name in loaded:
            return loaded[name]
        module = loaded[name] = ModuleType(name)

        def find(wanted: str, names: Any = None, _locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            full = f"shop.{wanted}" if level else wanted
            if full == "shop." or (
                full.startswith("shop.") and not fromlist
            ):  # `from . import base`, `import shop.base`
                package = self._run("shop", loaded)
                for each in fromlist or (full.removeprefix("shop."),):
                    if f"shop.{each}" in self.code:
                        setattr(package, each, self._run(f"shop.{each}", loaded))
                return package
            if full in self.code:
                return self._run(full, loaded)
            if wanted == "split_settings.tools":
                return self._splitting(module)
            if level:
                raise ImportError(full)
            return builtins.__import__(wanted, names, _locals, fromlist, level)

        module.__dict__.update(
            __builtins__={**vars(builtins), "__import__": find}, __file__=f"/{name}.py", __package__="shop"
        )
        exec(self.code[name], module.__dict__)
        return module

    def _splitting(self, module: ModuleType) -> ModuleType:
        """Return what stands for django-split-settings: it reads the project's texts, not the disk."""

        def include(*names: str) -> None:
            for name in names:
                pattern = f"shop.{name.lstrip('?').removesuffix('.py')}"
                found = [code for each, code in sorted(self.code.items()) if fnmatch(each, pattern)]
                for code in found:
                    exec(code, module.__dict__)
                if not found and not name.startswith("?"):
                    raise OSError(name)

        tools = ModuleType("split_settings.tools")
        tools.__dict__.update(include=include, optional="?{}".format)
        return tools


def _upper(names: Mapping[str, Any]) -> Settings:
    return {name: value for name, value in names.items() if name.isupper() and not callable(value)}
