"""dj-email-url: settings for mail from a URL, which `vars().update()` pours over the names of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.phrases import code
from djconnfix.settings.values import EnvRead, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _email(_machine: Machine, arguments: Arguments, _function: Value) -> Value:
    """Return a dictionary whose keys are known, all of them of mail, whichever URL is parsed."""
    return EnvRead("EMAIL_URL", None, "email", code(arguments.node), arguments.origin)


HANDLERS: dict[str, Handler] = {"dj_email_url.config": _email, "dj_email_url.parse": _email}
