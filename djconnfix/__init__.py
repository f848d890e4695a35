"""A connection doctor for Django projects.

`audit(path)` is the Python API (docs/api.md). It is imported when it is first asked for, so that the command line
starts as quickly as without it.
"""

__version__ = "0.1.0"
__all__ = ["ConfigurationError", "Evidence", "Finding", "Fix", "Options", "Report", "Unreadable", "audit"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from djconnfix.api import ConfigurationError, Evidence, Finding, Fix, Options, Report, Unreadable, audit


def __getattr__(name: str) -> object:
    """Return a name of the Python API."""
    if name not in __all__:
        raise AttributeError(f"module 'djconnfix' has no attribute {name!r}")
    from djconnfix import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]
