"""From a reading to causes in words, each with its remedy and how sure it is. Pure.

A healthy server has no diagnosis: each test asks for a cause that the reading shows and for time that it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.findings import Confidence
from djconnfix.probe.phases import Phase, Spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.probe.reading import Reading

_NOTICEABLE = 0.005  # seconds: what is faster is not worth a word
_SHARE = 0.2  # of the whole set-up
_SLOW_SERVER = 0.05  # seconds of a server's own work that a healthy one does not take
_USUAL_ITERATIONS = 4096  # PostgreSQL's default for scram_iterations
_MANY_AUTHORITIES = 20


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause.

    Attributes:
        name: kebab-case, for machines.
        cause: what is slow and why, one sentence without a full stop.
        remedy: what to do about it.
        seconds: what a connection would save.
        round_trips: how many of them in round trips.
        confidence: how sure it is.
    """

    name: str
    cause: str
    remedy: str
    seconds: float
    round_trips: int = 0
    confidence: Confidence = Confidence.HIGH


def diagnose(reading: Reading) -> tuple[Diagnosis, ...]:
    """Return what makes connecting slower than it has to be, the most expensive first."""
    found = [each for test in _TESTS for each in test(reading)]
    return tuple(sorted(found, key=lambda each: -each.seconds))


def _slow_resolver(reading: Reading) -> Iterator[Diagnosis]:
    spent = reading.profile.phases.get(Phase.RESOLVE, Spent()).seconds
    if not _counts(reading, spent):
        return
    by_family = {each.family: each.seconds for each in reading.resolutions}
    ipv4, ipv6 = by_family.get("IPv4", spent), by_family.get("IPv6", spent)
    which = ""
    if ipv6 > 4 * max(ipv4, 0.001):
        which = f"; the question for IPv6 takes {_ms(ipv6)}, the one for IPv4 {_ms(ipv4)}"
    yield Diagnosis(
        "slow-dns",
        f"the resolver takes {_ms(spent)} to find the server's address, for every new connection{which}",
        "look at the servers and search domains in /etc/resolv.conf; put a caching resolver on this machine, or write "
        "the address into /etc/hosts",
        spent,
    )


def _ipv6_first(reading: Reading) -> Iterator[Diagnosis]:
    failed = [each for each in reading.attempts if each.error]
    served = next((each for each in reading.attempts if not each.error), None)
    lost = sum(each.seconds for each in failed)
    if served is None or served.address.is_ipv6 or not any(each.address.is_ipv6 for each in failed):
        return
    if lost < _NOTICEABLE:
        return
    first = next(each for each in failed if each.address.is_ipv6)
    yield Diagnosis(
        "ipv6-first",
        f"the name resolves to {first.address.shown} (IPv6) first, and that gives {_after_article(first.error)}; only "
        f"then is {served.address.shown} (IPv4) tried. This probe gave up after {_ms(lost)}; a driver waits for its "
        "connect_timeout, or minutes without one",
        "put the IPv4 address, or a name that has no other, into HOST; or make the server reachable over IPv6",
        lost,
    )


def _many_hosts(reading: Reading) -> Iterator[Diagnosis]:
    lost = sum(each.seconds for each in reading.passed_over)
    if not reading.passed_over:
        return
    words = "; ".join(f"{each.endpoint}: {each.why}" for each in reading.passed_over)
    number = len(reading.passed_over)
    yield Diagnosis(
        "many-hosts",
        f"{number} host{'s' if number != 1 else ''} of HOST {'are' if number != 1 else 'is'} tried in vain before "
        f"{reading.endpoint} serves ({words})",
        "put the host that serves first, or a name that follows the primary; set connect_timeout in OPTIONS",
        lost,
    )


def _reverse_lookup(reading: Reading) -> Iterator[Diagnosis]:
    own = max(0.0, reading.profile.own(Phase.START))
    if own < _SLOW_SERVER or not _counts(reading, own):
        return
    if reading.vendor == "mysql" and reading.reverse_lookup and not reading.local:  # it never asks for 127.0.0.1
        yield Diagnosis(
            "reverse-dns",
            f"the server greets {_ms(own)} late, and looks up its clients' names (skip_name_resolve is OFF)",
            "set skip_name_resolve = ON on the server, after grants by host name are replaced by grants by address; or "
            "give the clients' addresses names that resolve quickly",
            own,
        )
    elif reading.vendor == "postgresql" and reading.reverse_lookup:
        yield Diagnosis(
            "reverse-dns",
            f"the server's first answer takes {_ms(own)}, and it looks up its clients' names (log_hostname is on)",
            "set log_hostname = off on the server, and write addresses instead of names into pg_hba.conf",
            own,
            confidence=Confidence.MEDIUM,
        )
    else:
        yield Diagnosis(
            "slow-server-start",
            f"the server takes {_ms(own)} until its first answer",
            "look at the load of its machine; on PostgreSQL also at host names in pg_hba.conf, which are looked up for "
            "each connection",
            own,
            confidence=Confidence.LOW,
        )


def _authority_bundle(reading: Reading) -> Iterator[Diagnosis]:
    phases = reading.profile.phases
    spent = phases.get(Phase.TLS, Spent()).working + phases.get(Phase.PREPARE, Spent()).working
    if reading.login.authorities < _MANY_AUTHORITIES or not _counts(reading, spent):
        return
    spoken = "" if reading.login.encrypted else ", although the server does not speak TLS"
    yield Diagnosis(
        "tls-authority-bundle",
        f"the client loads {reading.login.authorities} certificate authorities from {reading.login.authority_file} for "
        f"each connection ({_ms(spent)} of work){spoken}",
        "name a file with only the authority of this server (ssl_ca in OPTIONS, or sslrootcert for PostgreSQL)"
        if reading.login.encrypted
        else "set ssl_disabled in OPTIONS, or let the server speak TLS and name its authority",
        spent,
    )


def _iterations(reading: Reading) -> Iterator[Diagnosis]:
    spent = reading.profile.phases.get(Phase.LOGIN, Spent()).working
    known = reading.login.iterations
    remedy = (
        "lower scram_iterations on the server (PostgreSQL 16 and later) to 4096 for this role and set its password "
        "again; a long random password needs no more. Keep connections open, so that it is paid once"
    )
    if known > 2 * _USUAL_ITERATIONS and _counts(reading, spent):
        yield Diagnosis(
            "scram-iterations",
            f"the password is stretched {known} times on this machine for every login ({_ms(spent)} of work)",
            remedy,
            spent * (1 - _USUAL_ITERATIONS / known),
        )
    elif not known and reading.vendor == "postgresql" and spent >= 2 * _SLOW_SERVER and _counts(reading, spent):
        yield Diagnosis(
            "scram-iterations",
            f"this machine works {_ms(spent)} for each login: the password seems to be stretched far more often than "
            f"the usual {_USUAL_ITERATIONS} times (TLS hides the number)",
            remedy,
            spent,
            confidence=Confidence.MEDIUM,
        )


def _slow_authentication(reading: Reading) -> Iterator[Diagnosis]:
    own = max(0.0, reading.profile.own(Phase.LOGIN) - reading.profile.phases.get(Phase.LOGIN, Spent()).working)
    if own < 2 * _SLOW_SERVER or not _counts(reading, own) or reading.login.iterations > 2 * _USUAL_ITERATIONS:
        return
    yield Diagnosis(
        "slow-authentication",
        f"the server takes {_ms(own)} of its own to check the login",
        "look at how it authenticates this role: LDAP, PAM, RADIUS and Kerberos ask another server",
        own,
        confidence=Confidence.MEDIUM,
    )


def _gss(reading: Reading) -> Iterator[Diagnosis]:
    if reading.login.gss:
        yield Diagnosis(
            "gss-first",
            "the client asks for GSS encryption before anything else, because it has a Kerberos ticket",
            'set "gssencmode": "disable" in OPTIONS',
            reading.profile.round_trip,
            1,
        )


def _tls_round_trips(reading: Reading) -> Iterator[Diagnosis]:
    trips = reading.profile.phases.get(Phase.TLS, Spent()).round_trips
    if trips < 2:
        return
    old = reading.login.tls_version != "1.3"
    yield Diagnosis(
        "tls-round-trips",
        f"TLS {reading.login.tls_version} takes {trips} round trips where 1 is enough"
        + ("" if old else ": client and server do not agree on the first key exchange that the client offers"),
        "let both sides speak TLS 1.3"
        if old
        else "let the server accept X25519: on PostgreSQL 18 ssl_groups = 'X25519:prime256v1'; an earlier one knows "
        "a single curve, which the client's openssl.cnf can put first (Groups = P-256:X25519)",
        (trips - 1) * reading.profile.round_trip,
        trips - 1,
        Confidence.HIGH if old else Confidence.MEDIUM,
    )


def _timezone(reading: Reading) -> Iterator[Diagnosis]:
    if reading.vendor != "postgresql" or not reading.wanted_timezone:
        return
    if reading.server_timezone == reading.wanted_timezone:
        return
    spent = reading.profile.phases.get(Phase.DJANGO, Spent())
    if spent.round_trips < 1:
        return
    option = "" if reading.pooler else f', or "options": "-c TimeZone={reading.wanted_timezone}" in OPTIONS'
    statement = f"ALTER ROLE ... SET timezone = '{reading.wanted_timezone}'"
    yield Diagnosis(
        "timezone-statement",
        f"Django sets the time zone on each new connection, because the server says {reading.server_timezone!r} and "
        f"the settings want {reading.wanted_timezone!r}",
        f"{statement} on the server{option}",
        spent.seconds / spent.round_trips,
        1,
    )


def _autocommit(reading: Reading) -> Iterator[Diagnosis]:
    if reading.vendor != "mysql" or reading.habits.driver_autocommit:
        return
    if reading.driver not in ("MySQLdb", "pymysql"):
        return
    phases = reading.profile.phases
    if not phases.get(Phase.DRIVER, Spent()).round_trips or not phases.get(Phase.DJANGO, Spent()).round_trips:
        return
    yield Diagnosis(
        "double-autocommit",
        "the driver switches autocommit off on each new connection, and Django switches it on again",
        'set "autocommit": True in OPTIONS',
        2 * reading.profile.round_trip,
        2,
    )


_TESTS: tuple[Callable[[Reading], Iterator[Diagnosis]], ...] = (
    _slow_resolver,
    _ipv6_first,
    _many_hosts,
    _reverse_lookup,
    _authority_bundle,
    _iterations,
    _slow_authentication,
    _gss,
    _tls_round_trips,
    _timezone,
    _autocommit,
)


def _counts(reading: Reading, seconds: float) -> bool:
    return seconds >= _NOTICEABLE and seconds >= _SHARE * reading.profile.total.seconds


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def _after_article(error: str) -> str:
    return error if error.startswith(("no ", "an ")) else f"an error ({error})"
