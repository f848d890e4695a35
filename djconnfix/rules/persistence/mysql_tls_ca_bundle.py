"""DCF112."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "shop",
        "OPTIONS": {"ssl_mode": "REQUIRED"},
    }
}
"""


@rule(
    code="DCF112",
    name="mysql-tls-ca-bundle",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="TLS for every request, with all of the system's authorities")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace('"OPTIONS"', '"CONN_MAX_AGE": 60,\n        "OPTIONS"')},
            title="connections are kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"REQUIRED"', '"VERIFY_CA", "ssl": {"ca": "/etc/mysql/ca.pem"}')},
            title="one small file of authorities",
        ),
        Example({"shop/settings.py": _SETTINGS.replace('"ssl_mode": "REQUIRED"', "")}, title="no TLS is asked for"),
    ],
)
def mysql_tls_ca_bundle(project: Project) -> Iterator[Problem]:
    """Every request makes a TLS connection to MySQL, for which the client reads all of the system's authorities.

    ## What it does

    Finds MySQL and MariaDB aliases that ask for TLS (`ssl_mode`, `ssl`) without naming a file of authorities, and that
    keep no connections.

    ## Why it is bad

    At each connection the client library loads the system's bundle of certificate authorities: 40 to 90 ms of
    processor time. In measurements TLS brought 426 requests a second down to 23. With one small file it is 5 ms, and
    with connections that are kept it does not matter.

    ## Fix safety

    No fix is offered: which authority signed the server's certificate is not in the files. Write
    `"ssl": {"ca": "/path/to/ca.pem"}`, and let connections be kept where conn-max-age-zero says so.

    ## References

    - [Django: MySQL connection options](https://docs.djangoproject.com/en/stable/ref/databases/#connecting-to-the-database)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if database.vendor != "mysql" or keeps(age) is not False or database.has_pool is not False:
            continue
        if not database.options.complete or not _demands_tls(database) or _names_authority(database):
            continue
        message = f"alias {database.alias!r} makes a TLS connection for every request, and loads all of the system's "
        message += "authorities for each"
        remedy = manual(
            "which authority signed the certificate is not in the files",
            'write "ssl": {"ca": "/path/to/ca.pem"} in OPTIONS, or keep connections',
        )
        because = (said("CONN_MAX_AGE", age), Because("OPTIONS asks for TLS", database.options.location))
        yield about(settings, database, ("OPTIONS", "ssl_mode"), message, remedy, *because)


def _demands_tls(database: Database) -> bool:
    mode = option(database, "ssl_mode")
    if mode is not None and isinstance(mode.value, str):
        return mode.value.upper() in ("REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
    ssl = database.options.values.get("ssl")
    return isinstance(ssl, Options) or (ssl is not None and bool(ssl.value))


def _names_authority(database: Database) -> bool:
    ssl = database.options.values.get("ssl")
    if isinstance(ssl, Options):
        return "ca" in ssl.values or "capath" in ssl.values or not ssl.complete
    return any(key in database.options.values for key in ("ssl_ca", "read_default_file")) or (
        ssl is not None and ssl.value is not None and not isinstance(ssl.value, bool)
    )
