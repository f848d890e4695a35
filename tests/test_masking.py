"""Secrets in every position that people put them: not one character of them is shown."""

from __future__ import annotations

import re
import time

import pytest

from djconnfix.masking import mask, masked_lines
from djconnfix.secret_names import is_secret_name

S = "hunter2Zq"
LEAKS = {
    "entry": f'{{"ENGINE": "x", "PASSWORD": "{S}", "NAME": "shop"}}',
    "keyword": f'dict(password="{S}", host="h")',
    "update": f"DATABASES['default'].update(PASSWORD='{S}', HOST='h')",
    "subscript": f'DATABASES["default"]["PASSWORD"] = "{S}"',
    "name": f'SECRET_KEY = "{S}"',
    "annotated name": f'API_TOKEN: str = "{S}"',
    "walrus": f'password := "{S}"',
    "default of a read": f'x = os.environ.get("DB_PASSWORD", "{S}")',
    "default of a helper": f'config("DB_PASS", default="{S}")',
    "read as a value": f'"PASSWORD": env("X", default="{S}"),\n"HOST": "h",',
    "next line": f'"PASSWORD":\n    "{S}",\n "HOST": "h"',
    "parentheses": f'"PASSWORD": (\n    "{S}"\n), "HOST": "h"',
    "implicit concatenation": f'DATABASES["default"]["PASSWORD"] = ("a"\n  "{S}"\n f"{{x}}{S}")\n',
    "backslash": f'password = \\\n  "{S}"\nHOST = "h"',
    "triple quotes": f'"PASSWORD": """{S}\nx{S}""", "HOST": "h"',
    "raw": f'dbPassword = r"""{S}\n{S}"""',
    "bytes": f'"passwd": b"{S}"',
    "formatted": f'"URL": f"mysql://{{user}}:{S}@{{host}}/x"',
    "url": f"u = 'postgres://user:{S}@host/db'",
    "url with at signs": f"u = 'postgres://user:a@{S}/b@host/db'",
    "url without user": f"redis://:{S}@h:1",
    "url in pieces": f'u = "postgres://user:" "{S}" "@host"',
    "url over lines": f'u = ("postgres://user:"\n   "{S}@h/d")',
    "url by percent": f'u = "postgres://%s:%s@h" % ("u", "{S}")',
    "url by format": f'u = "postgres://{{}}:{{}}@h".format("u", "{S}")',
    "url by plus": f'u="postgres://" + "user:{S}" + "@h"',
    "options": f'"OPTIONS": {{"passfile": "{S}", "sslkey": "{S}", "sslmode": "require"}}',
    "comment": f"# DB_PASSWORD = {S}",
    "commented entry": f"# 'PASSWORD': '{S}',",
    "after an apostrophe": f"don't PASSWORD='{S}'",
    "comment, in a sentence": f"# the password is {S}",
    "comment, after what it is for": f"# Password for production: {S}",
    "comment, after plain words": f"# password validation {S}",
    "comment, before plain words": f"# password {S} for production",
    "comment, a second line of one": f"# Password validation, {S}.",
    "alone, before a carriage return": f'PASSWORD="{S}\r',
    "shell": f"PGPASSWORD={S} psql",
    "exported": f'-e POSTGRES_PASSWORD="{S}"',
    "yaml": f"POSTGRES_PASSWORD: {S}",
    "option": f"--password {S}",
    "option with equal sign": f"--password={S}",
    "unterminated": f'"PASSWORD": "{S}',
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----",
    "aws": "key_id AKIAHUNTER2ZQHUNTER",
    "github": "ghp_hunter2Zqhunter2Zqhunter2Zq",
}


@pytest.mark.parametrize("case", LEAKS)
def test_nothing_of_a_secret_is_shown(case: str) -> None:
    shown = mask(LEAKS[case])
    assert "hunter2zq" not in shown.lower()
    assert "***" in shown
    assert shown.count("\n") == LEAKS[case].count("\n")


@pytest.mark.parametrize(
    "text",
    [
        'AUTH_PASSWORD_VALIDATORS = [{"NAME": "x.y"}]',
        'compass = "x"',
        '"CONN_MAX_AGE": 60, "HOST": "db", "ENGINE": "django.db.backends.postgresql"',
        "SESSION_COOKIE_AGE = 5",
        'tokenize = "x"',
        'passenger="b"',
        "doesn't matter; CONN_MAX_AGE = 0 isn't good",
        "Procfile:1 web: gunicorn shop.wsgi --threads 4",
        "see https://docs.djangoproject.com/en/5.2/ref/databases/#connection",
        'PASSWORD = None\nNAME = "shop"',
        "# Password validation",
        "# SECURITY WARNING: keep the secret key used in production secret!",
        "# The password comes from the environment.",
        "    # Passwords for the users of this project, and how they are set",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "name",
    [
        *("pass", "password", "passwd", "passphrase", "passfile", "passcode", "passw", "pw", "pwd", "secret", "token"),
        *("api_key", "apikey", "private_key", "privatekey", "access_key", "accesskey", "signing_key", "signingkey"),
        *("encryption_key", "encryptionkey", "account_key", "accountkey", "auth_key", "authkey", "ssl_key", "sslkey"),
        *("ssl_cert", "sslcert", "ssl_password", "credential", "credentials", "salt", "dsn", "auth_cookie", "bearer"),
        *("authorization", "\u017falt", "to\u212aen"),
    ],
)
def test_each_word_for_a_secret_alone_is_enough(name: str) -> None:
    assert is_secret_name(name)
    assert S not in mask(f'{{"{name.upper()}": "{S}"}}')


@pytest.mark.parametrize(
    "text", [*LEAKS.values(), "eyJhbGciOiJI.abcd", "sk-abcdefghijklmnop1", "xoxb-12345678", "# Salt: x"]
)
def test_plain_characters_elsewhere_decide_nothing(text: str) -> None:
    assert mask(f"{text}\n\n") == mask(f"{text}\n\n\u00e9").removesuffix("\u00e9")  # others take the longer way


def test_a_value_ends_where_it_ends() -> None:
    text = '"PASSWORD": os.environ.get("DB_PASSWORD", "x"),\n"HOST": "db",\n"CONN_MAX_AGE": 60,\n'
    assert mask(text).splitlines()[1:] == ['"HOST": "db",', '"CONN_MAX_AGE": 60,']


def test_lines_keep_their_numbers() -> None:
    text = f'a = 1\r\nPASSWORD = """{S}\r\n{S}"""\rb = 2\n'
    assert masked_lines(text) == ["a = 1", 'PASSWORD = """***', '"""', "b = 2", ""]
    assert masked_lines(f'PASSWORD="{S}\rb = 2') == ['PASSWORD="***', "b = 2"]


@pytest.mark.parametrize("name", ["PASSWORD", "DB_PASS", "sslkey", "apiKey", "secret_key", "PGPASSWORD", "accessToken"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["HOST", "COMPASS", "CONN_MAX_AGE", "PASSWORD_HASHERS", "tokenizer", "keyboard"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "piece", ["b", "PASSWORD: '''", "(", "'", "a=b ", "://", "-a ", "-a-", "a.b-", "a://", "PASSWORD="]
)
def test_the_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        mask(piece * count)
        return time.process_time() - began

    assert seconds(16_000) < 60 * seconds(1_000) + 0.5  # sixteenfold when linear, 256-fold when quadratic


@pytest.mark.parametrize(
    "line",
    [
        'PASSWORD = os.environ.get("SHOP_DB_PASSWORD", "")',
        '"PASSWORD": env("DB_PASSWORD"),',
        "'PASSWORD': os.environ['DB_PASSWORD'],",
        "SECRET_KEY = config('DJANGO_SECRET_KEY')",
        '"PASSWORD": os.environ["DB_PASSWORD_VAR"],',
        '"PASSWORD": env.str("DB_PASSWORD"),',
        '"PASSWORD": get_env("DB_PASSWORD"),',
        '"PASSWORD": envsecret("DB_PASSWORD", ""),',
        '"PASSWORD": get_env_variable("RDS_PASSWORD"),',
        '"PASSWORD": read_env_or_fail("RDS_PASSWORD"),',
        '"PASSWORD": os.environ["PGPASSWORD"],',
        '"PASSWORD": config("PASSWORD"),',
        '"PASSWORD": os.environ.get(\n    "RDS_PASSWORD"\n),',
    ],
)
def test_the_name_of_a_variable_is_no_secret(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('"PASSWORD": env("DB_PASSWORD", "hunter2"),', '"PASSWORD": env("DB_PASSWORD", "***"),'),
        ('"PASSWORD": decrypt("DB_PASSWORD"),', '"PASSWORD": decrypt("***"),'),
        ('"PASSWORD": get_env("DB_PASSWORD", "TOP_SECRET"),', '"PASSWORD": get_env("DB_PASSWORD", "***"),'),
        ('"PASSWORD": get_env("MY_HUNTER"),', '"PASSWORD": get_env("***"),'),
        ('"PASSWORD": get_env("dbpassword1"),', '"PASSWORD": get_env("***"),'),
        ('"PASSWORD": get_env("PASSWORDHUNTER"),', '"PASSWORD": get_env("***"),'),
        ('"PASSWORD": get_env("PASSWORD_" "HUNTER"),', '"PASSWORD": get_env("***" "***"),'),
        ('"PASSWORD": decenvoy("DB_PASSWORD"),', '"PASSWORD": decenvoy("***"),'),
        (
            '"PASSWORD": os.environ.get(\n    "RDS_PASSWORD",\n    "DB_SECRET"\n),',
            '"PASSWORD": os.environ.get(\n    "RDS_PASSWORD",\n    "***"\n),',
        ),
        ('"PASSWORD": env("HUNTER"),', '"PASSWORD": env("***"),'),
        ('"PASSWORD": env("TOKEN_AB12"),', '"PASSWORD": env("***"),'),
        ('"PASSWORD": "DB_PASSWORD",', '"PASSWORD": "***",'),
    ],
)
def test_what_may_be_a_secret_itself_is_hidden(line: str, shown: str) -> None:
    assert mask(line) == shown


@pytest.mark.parametrize("name", ["shop/settings_secret.py", "token.toml", "deploy/password.env"])
def test_a_path_before_a_reason_is_no_pair(name: str) -> None:
    assert mask(f"{name}: cannot be read: Permission denied") == f"{name}: cannot be read: Permission denied"


TAINTED = """\
DB_SECRET = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "hunter2": parts["hunter2"],
        "HOST": "hunter2",
    }
}
"""


def test_keys_of_djangos_settings_stay_readable_around_a_secret() -> None:
    assert mask(TAINTED) == TAINTED.replace("hunter2", "***")


@pytest.mark.parametrize("value", ["default", "NAME", "password", "pool"])
def test_a_secret_that_is_such_a_word_is_hidden_as_a_value(value: str) -> None:
    assert mask(f'DATABASES["default"]["PASSWORD"] = "{value}"') == 'DATABASES["default"]["PASSWORD"] = "***"'


@pytest.mark.parametrize("text", ['"PASS":"""\re\n', '"PASS": """a\r\nb\rc\n\nd"""\n', "PASSWORD = 'a\\\r\nb'\r"])
def test_endings_of_every_kind_are_kept_apart(text: str) -> None:
    assert len(masked_lines(text)) == len(re.split(r"\r\n|\r|\n", text))
    assert "b" not in mask(text)
