"""What a command line or a configuration file says of a server, before it is given its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment.model import is_dotted
from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from djconnfix.source import Location

_APPLICATION = re.compile(r"[\w./-]{1,150}(?::[\w.]{1,80}(?:\(\))?)?\Z")
GREEN = ("gevent", "eventlet", "meinheld", "greenlet")


@dataclass(frozen=True, slots=True)
class Draft:
    """A server in the making. Attributes as in `facts.Server`; None: nothing was said.

    Attributes:
        config: configuration files it reads, as written.
        config_kind: `gunicorn`, `uwsgi` or `hypercorn`; empty when it reads none.
        loads_default_config: a `gunicorn.conf.py` beside it is read without being named.
    """

    program: str
    kind: Serving | None = None
    worker_class: str | None = None
    processes: int | None = None
    threads: int | None = None
    preload: bool | None = None
    timeout: int | None = None
    settings: str = ""
    application: str = ""
    development: bool = False
    greenlets: bool = False
    notes: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    config_kind: str = ""
    loads_default_config: bool = False
    unseen: frozenset[str] = frozenset()  # fields that were given but cannot be read

    def over(self, below: Draft) -> Draft:
        """Return this draft with what it leaves open filled in from another, as a command line does with its file."""

        def pick(name: str) -> object:
            mine = getattr(self, name)
            return getattr(below, name) if mine is None and name not in self.unseen else mine

        return replace(
            self,
            **{name: pick(name) for name in ("kind", "worker_class", "processes", "threads", "preload", "timeout")},  # type: ignore[arg-type]
            settings=self.settings or below.settings,
            application=self.application or below.application,
            greenlets=self.greenlets or (self.worker_class is None and below.greenlets),
            development=self.development or below.development,
            notes=self.notes + tuple(n for n in below.notes if n not in self.notes),
            unseen=self.unseen | below.unseen,
        )

    def server(self, location: Location, *, replicas: int = 1, part_of: Location | None = None) -> Server:
        """Return the finished fact."""
        return Server(
            kind=self.kind or Serving.UNKNOWN,
            program=self.program,
            location=location,
            worker_class=self.worker_class or "",
            processes=self.processes,
            threads=self.threads,
            replicas=replicas,
            greenlets=self.greenlets,
            preload=bool(self.preload),
            timeout=self.timeout,
            settings=self.settings,
            application=self.application,
            development=self.development,
            notes=self.notes,
            part_of=part_of,
        )


def application(text: str | None) -> str:
    """Return text when it can be the name of an application and nothing more (a secret must not pass)."""
    return text if text and _APPLICATION.match(text) and "//" not in text else ""


def settings_module(text: str | None) -> str:
    """Return text when it can be a settings module."""
    return text.strip() if text and is_dotted(text.strip()) else ""


def is_asgi_name(app: str) -> bool:
    """Whether an application's name says ASGI (`shop.asgi:application`, `shop.wsgi:asgi_app`)."""
    module, _, attribute = app.partition(":")
    parts = re.split(r"[./]", module.removesuffix(".py"))
    return parts[-1] in ("asgi", "routing") or "asgi" in attribute.lower() or parts[-1].endswith(("_asgi", "asgi"))


def is_green(worker_class: str) -> bool:
    """Whether a worker class or pool makes each request a greenlet."""
    return any(word in worker_class.lower() for word in GREEN)
