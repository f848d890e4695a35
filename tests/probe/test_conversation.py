"""Who waits for whom, word by word."""

from __future__ import annotations

import pickle
import struct

import pytest

from tests.probe.build import (
    CLIENT_HELLO,
    FINISHED,
    GSS_REQUEST,
    SSL_REQUEST,
    STARTUP,
    message,
    record,
    server_hello,
    talk,
)

SASL = message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0")
CONTINUE = message(b"R", struct.pack("!i", 11) + b"r=nonce,s=c2FsdA==,i=4096")
OK = message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I")
QUERY = message(b"Q", b"SELECT 1\0")
TERMINATE = message(b"X", b"")
GREETING = b"\x4a\0\0\0\x0a10.11\0"
MYSQL_LOGIN = b"\x50\0\0\x01" + bytes(80)
MYSQL_SSL = b"\x20\0\0\x01" + bytes(32)
MYSQL_OK = b"\x07\0\0\x02" + bytes(7)
MYSQL_QUERY = b"\x09\0\0\0\x03SELECT 1"
TICKETS = record(23, 250)
SEALED = record(23, 100)


def kinds(*words, vendor="postgresql"):
    return [turn.kind.value for turn in talk(vendor, *words).answered]


@pytest.mark.parametrize(
    ("vendor", "words", "expected"),
    [
        ("postgresql", [("c", STARTUP), ("s", OK)], ["login"]),
        ("postgresql", [("c", SSL_REQUEST), ("s", b"N"), ("c", STARTUP), ("s", OK)], ["negotiation", "login"]),
        ("postgresql", [("c", GSS_REQUEST), ("s", b"N"), ("c", STARTUP), ("s", OK)], ["gss", "login"]),
        ("postgresql", [("c", STARTUP), ("s", OK), ("c", QUERY), ("s", b"D"), ("s", b"C")], ["login", "statement"]),
        ("postgresql", [("c", STARTUP), ("s", OK), ("c", TERMINATE)], ["login"]),
        (
            "postgresql",
            [
                ("c", SSL_REQUEST),
                ("s", b"S"),
                ("c", CLIENT_HELLO),
                ("s", server_hello()),
                ("c", FINISHED + SEALED),
                ("s", SEALED),
            ],
            ["negotiation", "tls", "sealed"],
        ),
        ("mysql", [("s", GREETING), ("c", MYSQL_LOGIN), ("s", MYSQL_OK)], ["greeting", "login"]),
        ("mysql", [("s", GREETING), ("c", MYSQL_QUERY), ("s", MYSQL_OK)], ["greeting", "statement"]),
        (
            "mysql",
            [
                ("s", GREETING),
                ("c", MYSQL_SSL + CLIENT_HELLO),
                ("s", server_hello()),
                ("c", FINISHED + SEALED),
                ("s", SEALED),
            ],
            ["greeting", "tls", "sealed"],
        ),
        (
            "mysql",
            [
                ("s", GREETING),
                ("c", MYSQL_SSL),
                ("c", CLIENT_HELLO),
                ("s", server_hello()),
                ("c", FINISHED),
                ("s", TICKETS),
                ("c", SEALED),
                ("s", TICKETS),
                ("s", SEALED),
            ],
            ["greeting", "tls", "sealed"],
        ),
    ],
    ids=[
        "trust",
        "TLS refused",
        "GSS refused",
        "a query in two answers",
        "a farewell is not waited for",
        "TLS 1.3",
        "MySQL",
        "MySQL statement",
        "MySQL with TLS",
        "session tickets are not waited for",
    ],
)
def test_turns(vendor, words, expected):
    assert kinds(*words, vendor=vendor) == expected


def test_an_empty_client_certificate_is_part_of_the_handshake():
    certificate = record(20, 1) + record(23, 25) + record(23, 69)
    words = [("s", GREETING), ("c", MYSQL_SSL + CLIENT_HELLO), ("s", server_hello()), ("c", certificate)]
    words += [("s", TICKETS), ("c", SEALED), ("s", SEALED)]
    assert kinds(*words, vendor="mysql") == ["greeting", "tls", "sealed"]


def test_tls_1_2_takes_a_second_turn():
    finish = record(22, 70) + record(20, 1) + record(22, 40)
    words = [("c", SSL_REQUEST), ("s", b"S"), ("c", CLIENT_HELLO), ("s", server_hello(0x0303, 0xC02F))]
    made = talk("postgresql", *words, ("c", finish), ("s", record(20, 1)), ("c", SEALED), ("s", SEALED))
    assert [turn.kind.value for turn in made.answered] == ["negotiation", "tls", "tls", "sealed"]
    assert made.tls_version == "1.2"


def test_a_second_hello_takes_a_second_turn():
    words = [("c", CLIENT_HELLO), ("s", server_hello()), ("c", CLIENT_HELLO), ("s", server_hello())]
    made = talk("postgresql", *words, ("c", FINISHED + SEALED), ("s", SEALED))
    assert [turn.kind.value for turn in made.answered] == ["tls", "tls", "sealed"]


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_a_hello_may_arrive_in_pieces(cut):
    hello = server_hello()
    made = talk("postgresql", ("c", CLIENT_HELLO), ("s", hello[:cut]), ("s", hello[cut:]), ("c", FINISHED), ("s", b""))
    assert made.tls_version == "1.3"
    assert len(made.answered) == 1


def test_a_wait_lasts_from_the_last_word_to_the_last_answer():
    made = talk("postgresql", ("c", STARTUP), ("c", b"more"), ("s", SASL), ("s", OK))
    assert made.answered[0].wait == pytest.approx(0.02)


def test_the_iterations_and_the_method_are_read():
    words = [("c", STARTUP), ("s", SASL), ("c", message(b"p", b"n,,")), ("s", CONTINUE)]
    made = talk("postgresql", *words, ("c", message(b"p", b"c=biws,r=nonce,p=proof")), ("s", OK))
    assert (made.iterations, made.authentication) == (4096, "scram-sha-256")


@pytest.mark.parametrize(
    ("vendor", "words"),
    [
        ("postgresql", [("s", GREETING)]),
        ("postgresql", [("c", SSL_REQUEST), ("s", b"HTTP/1.1 400 Bad Request\r\n")]),
        ("postgresql", [("c", STARTUP), ("s", b"HTTP/1.1 400 Bad Request\r\n")]),
        ("mysql", [("s", b"SSH-2.0-OpenSSH_9.6\r\n")]),
        ("mysql", [("s", b"+OK\r\n")]),
    ],
    ids=["MySQL", "HTTP to the request for TLS", "HTTP to the start", "SSH", "POP3"],
)
def test_another_protocol_is_noticed(vendor, words):
    assert talk(vendor, *words).foreign


@pytest.mark.parametrize(
    ("vendor", "words"),
    [
        ("postgresql", [("c", SSL_REQUEST), ("s", b"S")]),
        ("postgresql", [("c", STARTUP), ("s", message(b"E", b"SFATAL\0\0"))]),
        ("mysql", [("s", GREETING)]),
        ("mysql", [("s", b"\x10\0\0\0\xff\x10\x04Too many connections")]),
    ],
    ids=["PostgreSQL", "PostgreSQL refuses", "MySQL", "MySQL is full"],
)
def test_the_expected_protocol_is_not_foreign(vendor, words):
    assert not talk(vendor, *words).foreign


def test_nothing_that_was_said_is_kept():
    password = message(b"p", b"canary-password\0")
    asked = message(b"R", struct.pack("!i", 3))
    made = talk("postgresql", ("c", STARTUP), ("s", asked), ("c", password), ("s", OK), ("c", b"SELECT canary"))
    kept = pickle.dumps([made.turns, {name: repr(value) for name, value in vars(made).items()}])
    assert b"canary" not in kept
    assert made.authentication == "password"


@pytest.mark.parametrize("data", [b"", b"\0", b"\x16", b"\x16\x03\x01", bytes(range(256)) * 4, b"R" * 7])
@pytest.mark.parametrize("vendor", ["postgresql", "mysql", "oracle"])
def test_any_bytes_are_taken(vendor, data):
    made = talk(vendor, ("c", data), ("s", data), ("c", data), ("s", data))
    assert len(made.turns) <= 3
