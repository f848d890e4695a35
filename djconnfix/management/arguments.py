"""Types of command-line arguments that several commands take."""

from __future__ import annotations

import argparse

_MOST_SAMPLES = 1000
_MOST_ROUNDS = 50
_MOST_THREADS = 200
_LONGEST = 1e6


def samples(text: str) -> int:
    """Return a number of samples.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= _MOST_SAMPLES:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST_SAMPLES}, not {text!r}")
    return number


def seconds(text: str) -> float:
    """Return a positive number.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < _LONGEST:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return number


def rounds(text: str) -> int:
    """Return a number of rounds.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= _MOST_ROUNDS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST_ROUNDS}, not {text!r}")
    return number


def threads(text: str) -> int:
    """Return a number of threads.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= _MOST_THREADS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST_THREADS}, not {text!r}")
    return number


def request_path(text: str) -> str:
    """Return the path of a request, with its query.

    Raises:
        argparse.ArgumentTypeError: it does not begin with a slash, or has characters that an address cannot have.
    """
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(f"must be a path such as /products/?page=2, not {text!r}")
    return text
