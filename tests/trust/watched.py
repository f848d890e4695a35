"""Run the program as `python -m djconnfix ARGUMENTS` does, and write down what it does to the world.

    python watched.py RECORD ARGUMENTS...

Standing alone, as it is run in a process of its own: everything recorded comes from Python's own audit events.
"""

from __future__ import annotations

import ast
import builtins
import json
import os
import runpy
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = (
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
    "os.utime", "os.setxattr", "os.removexattr", "shutil.",
)  # fmt: skip
_STARTING = (
    "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
    "os.startfile", "code.__new__",
)  # fmt: skip


def watch(record: dict[str, list[str]]) -> None:
    """Record from now on: files changed, code run or compiled, sockets, processes."""
    parsing = ast.PyCF_ONLY_AST
    real_compile = builtins.compile

    def compile_watched(source, filename, mode, flags=0, *rest, **keywords):
        if not flags & parsing and not isinstance(filename, (str, bytes)):
            record["compiled"].append(repr(filename))
        elif not flags & parsing:
            record["compiled"].append(os.fsdecode(filename))
        return real_compile(source, filename, mode, flags, *rest, **keywords)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                record["written"].append(str(path))
        elif event.startswith(_CHANGING):
            record["changed"].append(f"{event} {arguments[0]!s}")
            if event in ("os.rename", "os.link", "os.symlink"):
                record["changed"].append(f"{event} {arguments[1]!s}")
        elif event == "exec":
            record["executed"].append(arguments[0].co_filename)  # type: ignore[attr-defined]
        elif event == "import":
            record["imported"].append(str(arguments[0]))
        elif event.startswith(("socket.", "urllib.", "http.", "ssl.", "ftplib.", "smtplib.")):
            record["sockets"].append(f"{event} {arguments!r}")
        elif event.startswith(_STARTING):
            record["started"].append(f"{event} {arguments!r}")

    builtins.compile = compile_watched  # type: ignore[assignment]
    sys.addaudithook(hook)


def main() -> None:
    """Run and leave with the program's own status."""
    place, *arguments = sys.argv[1:]
    kinds = ("written", "changed", "compiled", "executed", "imported", "sockets", "started")
    record: dict[str, list[str]] = {kind: [] for kind in kinds}
    sys.path[0] = os.getcwd()  # noqa: PTH109 -- as `python -m` has it
    sys.argv = ["djconnfix", *arguments]
    watch(record)
    status: object = 0
    try:
        runpy.run_module("djconnfix", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        status = stop.code
    finally:
        seen = {kind: list(found) for kind, found in record.items()}
        seen["modules"] = [str(getattr(module, "__file__", "")) for module in list(sys.modules.values())]
        with open(place, "w") as handle:  # noqa: PTH123
            json.dump(seen, handle)
    sys.exit(status)


if __name__ == "__main__":
    main()
