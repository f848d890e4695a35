"""Poolers: `pgbouncer.ini`, container images with their variables, buildpacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import PooledDatabase, Pooler, PoolMode, Secrets
from djconnfix.records import dataclass, replace
from djconnfix.source import lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.source import Location, SourceFile

# Everything else, and everything that could hold a secret, is left out.
PARAMETERS = frozenset(
    {
        "application_name_add_host", "auth_type", "autodb_idle_timeout", "client_idle_timeout",
        "client_login_timeout", "client_tls_sslmode", "default_pool_size", "disable_pqexec",
        "idle_transaction_timeout", "ignore_startup_parameters", "listen_addr", "listen_port", "max_client_conn",
        "max_db_client_connections", "max_db_connections", "max_prepared_statements", "max_user_client_connections",
        "max_user_connections", "min_pool_size", "peer_id", "pool_mode", "query_timeout", "query_wait_timeout",
        "reserve_pool_size", "reserve_pool_timeout", "server_check_delay", "server_check_query",
        "server_connect_timeout", "server_fast_close", "server_idle_timeout", "server_lifetime", "server_login_retry",
        "server_reset_query", "server_reset_query_always", "server_round_robin", "server_tls_sslmode", "so_reuseport",
        "track_extra_parameters", "transaction_timeout",
    }
)  # fmt: skip
_SECTION = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*\[(?:pgbouncer|databases)\]", re.MULTILINE)
_AUTH_FILE = re.compile(r"^[ \t]*auth_file[ \t]*=[ \t]*(\S+)[ \t]*$", re.MULTILINE)
_OPTION = re.compile(r"([a-z_]+)\s*=\s*(.*?)\s*\Z")
_USER = re.compile(r'^[ \t]*"[^"\n]*"[ \t]+"((?:[^"\n]|"")+)"', re.MULTILINE)
_MD5 = re.compile(r"md5[0-9a-f]{32}\Z")
_DATABASE = re.compile(r"(\S+)\s*=\s*(.*)\Z")
_DATABASE_OPTION = re.compile(
    r"\b(host|port|pool_mode|pool_size|reserve_pool(?:_size)?|max_db_connections)\s*=\s*('[^']*'|[^\s']+)",
    re.IGNORECASE,
)
_SAFE_VALUE = re.compile(r"[\w ,.;:*%$(){}/-]{0,120}\Z", re.ASCII)
PROGRAMS = ("pgbouncer", "pgcat", "odyssey", "supavisor", "pgpool", "proxysql")
_WRITES_USERS = "edoburu/pgbouncer"
_NOT_POOLERS = ("exporter", "prometheus", "metrics")
_VERSION = re.compile(r":v?([0-9]{1,9}(?:[._][0-9]{1,9})*)")
_VARIABLE_PREFIXES = ("PGBOUNCER_", "PGCAT_", "POOLER_", "CONNECTION_POOL_", "")
_PORT_VARIABLES = ("PGBOUNCER_PORT", "LISTEN_PORT", "PGBOUNCER_LISTEN_PORT")


def whole(text: str) -> int | None:
    """Return the number that a text spells, None when it spells none that a pooler would take."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def may_be_ini(data: bytes) -> bool:
    """Whether bytes look like a `pgbouncer.ini`."""
    return _SECTION.search(data) is not None and (
        b"pool_mode" in data or b"listen_port" in data or b"[pgbouncer]" in data
    )


def read_ini(source: SourceFile) -> Pooler | None:
    """Return what a `pgbouncer.ini` says, None when it has no `[pgbouncer]` section.

    Parameters whose value is a template stay out of `mode` and `port`; passwords and database users are never kept.

    Raises:
        UnreadableError: its bytes are no text.
    """
    found = read_text(source.text, source.location(0, 0))
    if found is None:
        return None
    at, pooler = found
    start = source.line_starts[at - 1]
    return replace(pooler, location=source.location(start, start + len(source.line_text(at))))


def read_text(text: str, location: Location) -> tuple[int, Pooler] | None:
    """Return what the text of a `pgbouncer.ini` says, with the line of its section; None when it has none."""
    section, at = "", 0
    parameters: dict[str, str] = {}
    offered: list[_Offered] = []
    for line, raw in enumerate(lines_of(text), 1):
        stripped = raw.strip().removeprefix("\ufeff")
        if stripped.startswith("["):
            section = stripped.strip("[] ").lower()
            at = at or (line if section == "pgbouncer" else 0)
        elif not stripped or stripped.startswith((";", "#")):
            continue
        elif section == "pgbouncer" and (match := _OPTION.match(stripped)):
            if match[1] in PARAMETERS and _SAFE_VALUE.match(match[2]):
                parameters[match[1]] = match[2]
        elif section == "databases" and (entry := _DATABASE.match(stripped)):
            offered.append(_Offered.of(entry[2]))
    if not at:
        return None
    usual = parameters.get("pool_mode", "session")
    modes = {each.mode or usual for each in offered} or {usual}
    port = parameters.get("listen_port", "6432")
    return at, Pooler(
        "pgbouncer",
        location,
        mode_of(modes.pop()) if len(modes) == 1 else None,
        port=whole(port),
        parameters=parameters,
        databases=tuple(each.facts for each in offered),
    )


@dataclass(frozen=True, slots=True)
class _Offered:
    """A line of `[databases]`: the facts, and the mode that it asks for."""

    facts: PooledDatabase
    mode: str

    @classmethod
    def of(cls, text: str) -> _Offered:
        options = {match[1].lower(): match[2].strip("'") for match in _DATABASE_OPTION.finditer(text)}

        def count(name: str) -> int | None:
            return whole(options.get(name, ""))

        server = f"{options['host']}:{options.get('port', '5432')}" if "host" in options else ""
        limit = count("max_db_connections")
        facts = PooledDatabase(server, count("pool_size"), count("reserve_pool_size") or count("reserve_pool"), limit)
        return cls(facts, options.get("pool_mode", ""))


def users_file(text: str) -> str:
    """Return the path of its list of users as a `pgbouncer.ini` names it, empty when it names none."""
    match = _AUTH_FILE.search(text)
    return match[1] if match else ""


def secrets_in(text: str) -> Secrets | None:
    """Return what a list of users holds, None when it holds nothing; the secrets themselves are never kept."""
    kinds = {_secret(match[1]) for match in _USER.finditer(text)}
    if not kinds:
        return None
    return kinds.pop() if len(kinds) == 1 else Secrets.MIXED


def _secret(text: str) -> Secrets:
    if text.startswith("SCRAM-SHA-256$"):
        return Secrets.SCRAM
    return Secrets.MD5 if _MD5.match(text) else Secrets.PLAIN


def mode_of(text: str | None) -> PoolMode | None:
    """Return the mode that a text names, None for any other text."""
    try:
        return PoolMode((text or "").strip().lower())
    except ValueError:
        return None


def from_image(
    image: str, name: str, environment: Mapping[str, str], location: Location, *, mounted: bool = False
) -> Pooler | None:
    """Return the pooler that a container image is, None when it is none.

    Args:
        image: the image's reference, with or without registry and tag.
        name: the service's name, under which it is reached.
        environment: its variables; only those that are known parameters are looked at.
        location: where the image is named.
        mounted: whether a configuration file is mounted into it, which then decides what variables do not say.
    """
    path = image.rsplit("@", 1)[0].lower()
    repository = path.split(":")[0] if "/" not in path else "/".join(path.split("/")[-2:]).split(":")[0]
    if any(word in repository for word in _NOT_POOLERS):
        return None
    program = next((program for program in PROGRAMS if program in repository), None)
    if program is None:
        return None
    parameters = parameters_from(environment)
    mode = parameters.get("pool_mode")
    ports = (whole(environment.get(variable, "")) for variable in _PORT_VARIABLES)
    port = next((each for each in ports if each is not None), None)
    if mode is None and program == "pgbouncer" and not mounted:
        mode = "session"
    has_password = "DB_PASSWORD" in environment or "DATABASE_URL" in environment
    # Its entry point writes the list of users from them: plain passwords for these two kinds of login, MD5 for others.
    plain = repository == _WRITES_USERS and has_password and parameters.get("auth_type") in ("plain", "scram-sha-256")
    version = _VERSION.search(path.rsplit("/", 1)[-1])
    return Pooler(
        program,
        location,
        mode_of(mode),
        host=name if re.fullmatch(r"[\w.-]{1,80}", name) else "",
        port=port,
        parameters=parameters,
        version=tuple(int(part) for part in re.split(r"[._]", version[1]))[:3] if version else (),
        secrets=Secrets.PLAIN if plain else None,
        secrets_location=location if plain else None,
    )


def parameters_from(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the pooler parameters that container variables set (`POOL_MODE`, `PGBOUNCER_POOL_MODE`, ...)."""
    found: dict[str, str] = {}
    for variable, value in environment.items():
        for prefix in _VARIABLE_PREFIXES:
            name = variable.removeprefix(prefix).lower()
            if variable.startswith(prefix) and name in PARAMETERS and _SAFE_VALUE.match(value):
                found.setdefault(name, value)
                break
    return found


def buildpack(location: Location, environment: Mapping[str, str]) -> Pooler:
    """Return the pooler that Heroku's pgbouncer buildpack starts in each dyno; its own default is transaction mode."""
    parameters = parameters_from(environment)
    return Pooler(
        "pgbouncer",
        location,
        mode_of(parameters.get("pool_mode", "transaction")),
        host="127.0.0.1",
        port=6000,
        parameters=parameters,
    )
