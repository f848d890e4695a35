"""Sees through what stands in front of a program: shells, interpreters, process managers, tracers, tool runners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SERVER_PROGRAMS = frozenset(
    {
        "celery", "celeryd", "daphne", "django-admin", "django-admin.py", "dramatiq", "dramatiq-gevent", "granian",
        "gunicorn", "gunicorn_django", "huey_consumer", "huey_consumer.py", "hypercorn", "manage.py",
        "mod_wsgi-express", "rq", "rqworker", "uvicorn", "uwsgi", "waitress-serve", "pgbouncer", "pyuwsgi",
    }
)  # fmt: skip
# They start the program that follows among their own options. Everything up to it is skipped.
_WRAPPERS = frozenset(
    {
        "aws-vault", "catatonit", "chamber", "chpst", "chronic", "command", "conda", "coverage", "ddtrace-run",
        "debugpy", "dockerize", "doppler", "dotenv", "dumb-init", "elastic-apm-run", "env", "envconsul", "envdir",
        "envkey-source", "exec", "flock", "foreman", "forego", "gosu", "hatch", "honcho", "infisical", "init",
        "ionice", "kuberun", "launcher", "logfire", "memray", "newrelic-admin", "nice", "nodemon", "nohup", "op",
        "opentelemetry-instrument", "pdm", "pipenv", "pixi", "poetry", "prlimit", "runuser", "rye", "s6-setuidgid",
        "sentry-cli", "setpriv", "setsid", "setuidgid", "setuser", "splunk-py-trace", "splunk-run", "stdbuf",
        "strace", "su", "su-exec", "sudo", "time", "timeout", "tini", "unbuffer", "uv", "uvx", "wait-for",
        "wait-for-it", "watchfiles", "watchmedo", "with-contenv", "xvfb-run",
    }
)  # fmt: skip
_TAKES_USER = frozenset({"chpst", "gosu", "s6-setuidgid", "setuidgid", "setuser", "su-exec"})
_SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})
_INTERPRETER = re.compile(r"(?:python|pypy)[\d.]*\Z")
_INTERPRETER_VALUE_OPTIONS = frozenset({"-W", "-X", "--check-hash-based-pycs"})
# A path in front of a server word is usually a wrapper of the project's own; these are not.
_NOT_WRAPPERS = frozenset(
    {
        "apk", "apt", "apt-get", "awk", "brew", "cat", "chmod", "chown", "cp", "curl", "docker", "docker-compose",
        "dpkg", "echo", "find", "git", "grep", "install", "kill", "killall", "kubectl", "ln", "ls", "mkdir", "mv",
        "npm", "pgrep", "pip", "pip3", "pkill", "pre-commit", "printf", "ps", "pytest", "rm", "rsync", "sed",
        "service", "ssh", "supervisorctl", "systemctl", "tail", "tee", "test", "touch", "tox", "type", "which",
        "yarn", "yum", "zypper",
    }
)  # fmt: skip
_CLUSTERED_COMMAND = re.compile(r"-[a-z]*c\Z")
_MAX_DEPTH = 12
_MODULES = {
    "celery.__main__": "celery",
    "daphne.cli": "daphne",
    "django": "django-admin",
    "gunicorn.app.wsgiapp": "gunicorn",
    "huey.bin.huey_consumer": "huey_consumer",
    "huey_consumer": "huey_consumer",
    "rq.cli": "rq",
    "uvicorn.main": "uvicorn",
    "waitress": "waitress-serve",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """A program that can serve, or a script, with what it is given.

    Attributes:
        program: base name (`gunicorn`); for a script its path as written.
        arguments: the words after it.
        environment: variables known to be set for it.
        is_script: whether it is no known program but a file that may lie in the tree.
    """

    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_script: bool = False


def invocations(text: str, environment: Mapping[str, str]) -> Iterator[Invocation]:
    """Yield every server program and every script that a shell text starts, in order."""
    yield from _of_text(text, dict(environment), 0)


def _of_text(text: str, environment: dict[str, str], depth: int) -> Iterator[Invocation]:
    for command in shell.parse(text, environment):
        if not command.words:
            environment.update(command.assignments)
            continue
        environment.update(shell.assigned_by(command.words))
        yield from unwrap(command.words, {**environment, **command.assignments}, depth)


def joined(entrypoint: str, command: str) -> str:
    """Return the text of a container's entrypoint with its command, which the entrypoint is taken to start."""
    first = entrypoint.split(maxsplit=1)[0].strip("'\"") if entrypoint.strip() else ""
    if first and not first.startswith("$") and "/" not in first and not _recognised(first) and first not in _WRAPPERS:
        entrypoint = f"./{entrypoint.lstrip()}"
    return f"{entrypoint} {command}".strip()


def unwrap(words: Sequence[str], environment: Mapping[str, str], depth: int = 0) -> Iterator[Invocation]:
    """Yield what a simple command starts once its wrappers are taken away."""
    words, environment = tuple(words), dict(environment)
    for _ in range(len(words)):
        if not words or depth > _MAX_DEPTH:
            return
        name = base_name(words[0])
        if name in SERVER_PROGRAMS:
            yield Invocation(name, words[1:], environment)
            return
        if name in _SHELLS:
            yield from _shell(words[1:], environment, depth)
            return
        if name == "su" and (text := _option_value(words[1:], ("-c", "--command"))):
            yield from _of_text(text, environment, depth + 1)
            return
        if _INTERPRETER.match(name):
            yield from _interpreter(words[1:], environment, depth)
            return
        if name == "env":
            environment.update(_assignments(words[1:]))
        if name == "start-stop-daemon" and (started := _option_value(words[1:], ("--exec", "--startas", "-x", "-a"))):
            words = (started, *words[words.index("--") + 1 :]) if "--" in words else (started,)
            continue
        if name in ("watchfiles", "nodemon"):
            for word in words[1:]:
                if " " in word:
                    yield from _of_text(word, environment, depth + 1)
                    return
        if name not in _WRAPPERS and not _may_be_wrapper(words[0], name):
            return
        following = _after_wrapper(name, words[1:])
        if not following and _is_script(words[0], name):
            yield Invocation(words[0], words[1:], environment, is_script=True)
            return
        words = following


def base_name(word: str) -> str:
    """Return the last part of a path, `.exe` dropped."""
    return word.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].removesuffix(".exe")


def _shell(words: Sequence[str], environment: Mapping[str, str], depth: int) -> Iterator[Invocation]:
    for index, word in enumerate(words):
        if _CLUSTERED_COMMAND.match(word):
            if index + 1 < len(words):
                text = words[index + 1]
                positional = {str(n): value for n, value in enumerate(words[index + 2 :])}
                if text.strip() in ('exec "$@"', "$@", '"$@"') and positional:
                    yield from unwrap(words[index + 3 :], environment, depth + 1)
                else:
                    yield from _of_text(text, dict(environment), depth + 1)
            return
        if word in ("-o", "+o"):
            continue
        if not word.startswith(("-", "+")):
            following = _after_wrapper("", words[index + 1 :])
            if following:
                yield from unwrap(following, environment, depth + 1)
            else:
                yield Invocation(word, tuple(words[index + 1 :]), dict(environment), is_script=True)
            return


def _interpreter(words: Sequence[str], environment: Mapping[str, str], depth: int) -> Iterator[Invocation]:
    index = 0
    while index < len(words):
        word = words[index]
        if word == "-m" and index + 1 < len(words):
            module = words[index + 1]
            yield from unwrap((_MODULES.get(module, module), *words[index + 2 :]), environment, depth + 1)
            return
        if word == "-c":
            return
        if word in _INTERPRETER_VALUE_OPTIONS:
            index += 2
        elif word.startswith("-"):
            index += 1
        else:
            name = base_name(word)
            if name in SERVER_PROGRAMS or name in _WRAPPERS:
                yield from unwrap(words[index:], environment, depth + 1)
            elif name.endswith(".py") and _looks_like_manage(words[index + 1 :]):
                yield Invocation("manage.py", tuple(words[index + 1 :]), dict(environment))
            elif "uvicorn" not in name:
                yield Invocation(word, tuple(words[index + 1 :]), dict(environment), is_script=True)
            return


def _looks_like_manage(arguments: Sequence[str]) -> bool:
    from djconnfix.project.deployment.programs.manage import COMMANDS

    return bool(arguments) and arguments[0] in COMMANDS


def _after_wrapper(name: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the words from the first that is recognisable as a program; all after `--` are the program."""
    if name in _TAKES_USER:
        rest = [index for index, word in enumerate(words) if not word.startswith("-")]
        words = words[rest[0] + 1 :] if rest else ()
    if name in ("sudo", "runuser", "su") and (user := _option_value(words, ("-u", "--user"))):
        words = words[list(words).index(user) + 1 :]
    for index, word in enumerate(words):
        if word == "--" and index + 1 < len(words):
            following = tuple(words[index + 1 :])
            return following if _recognised(following[0]) else _after_wrapper("", following) or following
        if _recognised(word):
            return tuple(words[index:])
        if " " in word and any(program in word for program in SERVER_PROGRAMS):
            return ("sh", "-c", word)
    return ()


def _recognised(word: str) -> bool:
    name = base_name(word)
    return (
        name in SERVER_PROGRAMS
        or name in _SHELLS
        or (name in _WRAPPERS and name not in ("command", "init", "op", "time", "launcher", "wait-for"))
        or _INTERPRETER.match(name) is not None
    )


def _may_be_wrapper(word: str, name: str) -> bool:
    if name in _NOT_WRAPPERS:
        return False
    return _is_script(word, name) or word.startswith("$")


def _is_script(word: str, name: str) -> bool:
    return name not in _WRAPPERS and name not in _NOT_WRAPPERS and ("/" in word or name.endswith((".sh", ".bash")))


def _assignments(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name.isidentifier():
            found[name] = value
    return found


def _option_value(words: Sequence[str], names: Sequence[str]) -> str:
    for index, word in enumerate(words):
        if word in names and index + 1 < len(words):
            return words[index + 1]
        for name in names:
            if name.startswith("--") and word.startswith(f"{name}="):
                return word[len(name) + 1 :]
    return ""
