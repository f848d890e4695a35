"""DCF605."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project, Server

_CONFIG = "workers = 4\nthreads = 8\n"
_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""


@rule(
    code="DCF605",
    name="gunicorn-config-vs-cli",
    severity=Severity.INFO,
    bad=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "gunicorn.conf.py": _CONFIG,
                "Procfile": "web: gunicorn -c gunicorn.conf.py --workers 2 shop.wsgi\n",
            },
            title="the command line wins",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "gunicorn.conf.py": _CONFIG,
                "Procfile": "web: gunicorn -c gunicorn.conf.py shop.wsgi\n",
            },
            title="only the file says it",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "gunicorn.conf.py": _CONFIG,
                "Procfile": "web: gunicorn -c gunicorn.conf.py --workers 4 shop.wsgi\n",
            },
            title="both say the same",
        ),
    ],
)
def gunicorn_config_vs_cli(project: Project) -> Iterator[Problem]:
    """gunicorn's configuration file says something else than the command that reads it.

    ## What it does

    Compares workers, threads and worker class of a gunicorn configuration file with the command line (and
    `GUNICORN_CMD_ARGS`) that uses it.

    ## Why it is bad

    The command line wins, and after it `GUNICORN_CMD_ARGS`. Whoever reads or changes the file is misled, and so is a
    sum of connections made from it.

    ## Fix safety

    No fix is offered: which of the two is meant is not written.

    ## References

    - [gunicorn: configuration overview](https://gunicorn.org/configure/)
    """
    servers = project.evidence.servers
    for server in servers:
        if server.program != "gunicorn" or server.part_of is None:
            continue
        command = next(
            (each for each in servers if each.location == server.part_of and each.program == server.program), None
        )
        if command is None or not (differences := _differences(server, command)):
            continue
        yield Problem(
            location=server.location,
            message=f"the command that reads this file says otherwise: {'; '.join(differences)}",
            because=(Because("this command wins", command.location),),
            remedy=manual("which of the two is meant is not written", "say it in one place"),
        )


def _differences(file: Server, command: Server) -> list[str]:
    pairs = (
        ("workers", file.processes, command.processes),
        ("threads", file.threads, command.threads),
        ("worker class", file.worker_class or None, command.worker_class or None),
    )
    return [
        f"{name} {said} here, {wins} there"
        for name, said, wins in pairs
        if said is not None and wins is not None and said != wins
    ]
