"""The standalone program; kept light, because a hook calls it on every commit."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

REPORT_AT = "https://github.com/djconnfix/djconnfix/issues"


def program() -> NoReturn:
    """Run the installed program: `main`, and out.

    Taking the interpreter apart, with all that an audit knows, takes a tenth of the audit, for nothing.
    """
    import atexit

    status = main()
    atexit._run_exitfuncs()  # those that coverage and the like have asked for
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # `main` has said what there is to say of it
        status = status or 4
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status; no traceback reaches the user unless `--verbose` asks for it."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
    try:
        status = 0
        if not _are_silent(arguments):
            from djconnfix.cli import run

            status = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return reader_left()
    except KeyboardInterrupt:
        return _die_of_interrupt()
    except OSError as error:
        if error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
            sys.stderr.write(f"djconnfix: the output cannot be written: {error.strerror}\n")
            reader_left()
            return 4
        return internal_error(error, verbose=_verbose(arguments))
    except Exception as error:  # the last line of defence
        return internal_error(error, verbose=_verbose(arguments))
    return status


def _are_silent(arguments: Sequence[str]) -> bool:
    """Whether this is a hook's call, with nothing but files, none of which can matter: it ends before argparse."""
    if len(arguments) < 2 or arguments[0] not in ("audit", "fix") or any(each.startswith("-") for each in arguments):
        return False
    from djconnfix.quick import nothing_to_judge

    return nothing_to_judge(arguments[1:])


def reader_left() -> int:
    """Return the exit status of a program whose reader closed the pipe, and keep the flush at exit quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + 13


def internal_error(error: Exception, *, verbose: bool) -> int:
    """Say on stderr that djconnfix itself failed, and return the exit status for it."""
    # The error's own text may quote the project, secrets included: only its type and place are shown.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = ""
    if place is not None:
        where = f" at {os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}"  # noqa: PTH119
    sys.stderr.write(
        f"djconnfix: internal error: {type(error).__name__}{where}; "
        f"please report it with the output of --verbose at {REPORT_AT}\n"
    )
    if verbose:
        import traceback

        # Lines of programs, and no values: neither those of this error nor of what it came from.
        lines = traceback.format_tb(error.__traceback__)
        sys.stderr.write("".join(["Traceback (most recent call last):\n", *lines, f"{type(error).__name__}\n"]))
    return 4


def _verbose(arguments: Sequence[str]) -> bool:
    return "-v" in arguments or "--verbose" in arguments


def _leave_the_project() -> None:
    """Take the current folder off the path, where `python -m` puts it first: its `json.py` is not to be imported."""
    here = os.path.realpath(os.getcwd())  # noqa: PTH109
    home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
    if here != home and sys.path and os.path.realpath(sys.path[0]) == here:
        del sys.path[0]


def _die_of_interrupt() -> int:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)  # so that a shell's loop ends too
    return 128 + 2


if __name__ == "__main__":
    _leave_the_project()
    sys.exit(main())
