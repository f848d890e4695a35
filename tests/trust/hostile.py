"""Projects made to hang, crash, or mislead the program; each by what is hostile in it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

HEALTHY = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""
WORD = "DATABASES = {}\n"


def healthy(root: Path) -> None:
    """A part of every project that has a finding, to see that the rest of the run goes on."""
    write(root, "healthy/settings.py", HEALTHY + "ROOT_URLCONF = 'healthy.urls'\n")
    write(root, "healthy/wsgi.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'healthy.settings')\n")
    write(root, "healthy.procfile/Procfile", "web: gunicorn healthy.wsgi --workers 2 --threads 4\n")


def write(root: Path, name: str | bytes, data: str | bytes) -> Path:
    path = root / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def one(text: str | bytes, name: str = "settings.py"):
    """A project with one odd file."""
    return lambda root: write(root, name, text)


def many(**files: str):
    """A project with several files; `__` in a name is a slash, `_py` at its end the suffix."""

    def make(root: Path) -> None:
        for name, text in files.items():
            write(root, name.replace("__", "/").removesuffix("_py") + ".py", text)

    return make


def entry(expression: str, before: str = "") -> str:
    return f'{before}DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": {expression}}}}}\n'


def fifo(name: str):
    return lambda root: os.mkfifo(root / name)


def link(name: str, target: str):
    return lambda root: (root / name).symlink_to(target)


def unix_socket(root: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(root)  # names of sockets must be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("settings.py")
    finally:
        os.chdir(here)


def chain(root: Path) -> None:
    for n in range(400):
        write(root, f"s{n}.py", f"from s{n + 1} import *\nDATABASES['default']['CONN_MAX_AGE'] = {n}\n")
    write(root, "s400.py", HEALTHY)


def unreadable_folder(root: Path) -> None:
    write(root, "closed/settings.py", HEALTHY)
    (root / "closed").chmod(0)


def deep_folders(root: Path) -> None:
    path = root
    for _ in range(60):
        path /= "d" * 50
    path.mkdir(parents=True)
    (path / "settings.py").write_text(HEALTHY)


def laughs(text: str) -> str:
    return text + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))


IFS = "".join(f"if A{n}:\n    DATABASES['default']['CONN_MAX_AGE'] = {n}\n" for n in range(60))
BRANCHES = "".join(f"x{n} = 'a' if A{n} else 'b'\n" for n in range(40))
DOUBLING = "x = {'a': 1}\n" + "x = {'a': x, 'b': x}\n" * 60

# Python: what no reader of files or settings may trip over.
SETTINGS = {
    "brackets that open": "DATABASES = " + "{" * 100_000,
    "brackets in balance": "DATABASES = " + "[" * 5000 + "]" * 5000,
    "brackets at the parser's limit": "DATABASES = {'default': " + "[" * 180 + "]" * 180 + "}\n",
    "unary operators": WORD + "x = " + "-" * 100_000 + "1\n",
    "nots": WORD + "x = " + "not " * 50_000 + "1\n",
    "attributes": WORD + "x = a" + ".b" * 50_000 + "\n",
    "calls of calls": WORD + "x = f" + "()" * 20_000 + "\n",
    "subscripts": WORD + "x = a" + "[0]" * 20_000 + "\n",
    "a sum": WORD + "x = 1" + " + 1" * 50_000 + "\n",
    "a short sum": entry("1" + " + 1" * 900),
    "comparisons": WORD + "x = 1" + " < 1" * 50_000 + "\n",
    "strings side by side": WORD + "x = " + '"a" ' * 100_000 + "\n",
    "lambdas": WORD + "x = " + "lambda: " * 5_000 + "1\n",
    "choices": WORD + "x = " + "1 if a else " * 3_000 + "1\n",
    "short choices": entry("1 if a else " * 60 + "1"),
    "indentation": WORD + "".join(f"{' ' * n}if a:\n" for n in range(99)) + " " * 99 + "pass\n",
    "elif": WORD + "if a: pass\n" + "elif a: pass\n" * 3_000,
    "nested dictionaries": "DATABASES = " + "{'a': " * 90 + "1" + "}" * 90 + "\n",
    "21 MB": WORD + "#" * 21_000_000,
    "19 MB of comments": WORD + ("#" * 99 + "\n") * 190_000,
    "19 MB of statements": WORD + "x = 1\n" * 3_100_000,
    "3 MB of statements": WORD + "x = 1\n" * 500_000,
    "a line of 3 MB": WORD + "x = [" + "1," * 1_500_000 + "]\n",
    "a string of 15 MB": WORD + "x = '" + "a" * 15_000_000 + "'\n",
    "6 000 aliases": "DATABASES = {"
    + "".join(f"'a{n}': {{'ENGINE': 'django.db.backends.postgresql'}},\n" for n in range(6_000))
    + "}\n",
    "30 000 keys": HEALTHY + "X = {" + "".join(f"'k{n}': {n},\n" for n in range(30_000)) + "}\n",
    "50 000 middleware": HEALTHY + "MIDDLEWARE = [" + "'a.b.C',\n" * 50_000 + "]\n",
    "10 000 assignments": HEALTHY + "".join(f"DATABASES['default']['K{n}'] = {n}\n" for n in range(10_000)),
    "a NUL": b"DATABASES = {}\0\n",
    "all NUL": b"DATABASES" + b"\0" * 1_000_000,
    "invalid UTF-8": b"DATABASES = {'\xff\xfe'}\n",
    "half a character": b"DATABASES = {}  # \xe2\x82",
    "surrogate": b"DATABASES = {'\xed\xa0\x80'}\n",
    "UTF-16": "DATABASES = {}\n".encode("utf-16"),
    "random bytes": b"DATABASES" + bytes(range(256)) * 400,
    "carriage returns": b"DATABASES = {}\r" * 20_000,
    "form feeds": "\f" * 100_000 + HEALTHY,
    "10**100000": entry("10**100000"),
    "10**5000": entry("10**5000"),
    "9**9**9": entry("9**9**9"),
    "2**(2**40)": entry("2**(2**40)"),
    "1 << (1 << 40)": entry("1 << (1 << 40)"),
    "-(1 << 60000)": entry("-(1 << 60000)"),
    "5 000 digits": entry("9" * 5_000),
    "hexadecimal, 400 000 digits": entry("0x" + "f" * 400_000),
    "int of a long string": entry("int('9' * 5000)"),
    "int of an environment default": entry("int(os.environ.get('X', '9' * 100000))", "import os\n"),
    "infinity": entry("1e999"),
    "not a number": entry("float('nan')"),
    "a string times 10**10": entry("'a' * 10**10"),
    "a list times 10**9": entry("[0] * 10**9"),
    "a list in a list times": entry("[[0] * 10**6] * 10**6"),
    "bytes(10**10)": entry("bytes(10**10)"),
    "ljust": entry("'a'.ljust(10**10)"),
    "zfill": entry("'1'.zfill(10**10)"),
    "center": entry("'1'.center(10**10)"),
    "expandtabs": entry("'\\t'.expandtabs(10**10)"),
    "percent width": entry("'%10000000000d' % 1"),
    "percent star": entry("'%*d' % (10**10, 1)"),
    "format width": entry("'{:10000000000}'.format(1)"),
    "format nested width": entry("'{:{}}'.format(1, 10**10)"),
    "f-string width": entry("f'{1:10000000000}'"),
    "f-string variable width": entry("f'{1:{w}}'", "w = 10**10\n"),
    "format()": entry("format(1, '10000000000')"),
    "replace": entry("x", "x = 'a' * 1000\n" + "x = x.replace('a', x)\n" * 5),
    "doubled string": entry("x", "x = 'aaaaaaaa'\n" + "x = x + x\n" * 60),
    "doubled f-string": entry("x", "x = 'aaaaaaaa'\n" + "x = f'{x}{x}'\n" * 60),
    "joined": entry("x", "x = 'aaaaaaaa'\n" + "x = x.join([x] * 100)\n" * 10),
    "doubled list": HEALTHY + "x = [1]\n" + "x = x + x\n" * 60 + "MIDDLEWARE = x\n",
    "list added to itself": HEALTHY + "x = [1]\n" + "x += x\n" * 60 + "MIDDLEWARE = x\n",
    "extended by itself": HEALTHY + "x = [1]\n" + "x.extend(x)\n" * 60 + "MIDDLEWARE = x\n",
    "range": entry("list(range(10**12))"),
    "sum of a range": entry("sum(range(10**12))"),
    "loop over a range": HEALTHY + "for i in range(10**12):\n    DATABASES['default']['CONN_MAX_AGE'] = i\n",
    "loops in loops": HEALTHY
    + "for a in range(1000):\n  for b in range(1000):\n    for c in range(1000):\n      DATABASES['default']['CONN_MAX_AGE'] = a\n",
    "comprehension in comprehension": entry("[[[a for a in range(999)] for b in range(999)] for c in range(999)]"),
    "while True": HEALTHY + "while True:\n    DATABASES['default']['CONN_MAX_AGE'] += 1\n",
    "recursion": entry("f(1)", "def f(n):\n    return f(n + 1)\n"),
    "two functions": entry("f(1)", "def f(n):\n    return g(n)\ndef g(n):\n    return f(n) + f(n)\n"),
    "Fibonacci": entry("f(60)", "def f(n):\n    return f(n - 1) + f(n - 2) if n > 2 else 1\n"),
    "doubling functions": entry("f40()", "def f0(): return 1\n" + "".join(f"def f{n}(): return f{n - 1}() + f{n - 1}()\n" for n in range(1, 41))),
    "a class of itself": entry("A.x.x.x", "class A:\n    pass\nA.x = A\n"),
    "60 conditions": HEALTHY + IFS,
    "40 choices in one string": BRANCHES + entry(" + ".join(f"x{n}" for n in range(40))),
    "40 choices in one f-string": BRANCHES + entry("f'" + "".join(f"{{x{n}}}" for n in range(40)) + "'"),
    "choices nested": HEALTHY + "".join(f"{'    ' * n}if A{n}:\n{'    ' * n}    DATABASES['default']['K{n}'] = 1\n" for n in range(40)),
    "40 conditional entries": HEALTHY + "".join(f"if A{n}:\n    DATABASES['default']['K{n}'] = {n}\n" for n in range(40)),
    "conditional copies": HEALTHY + "".join(f"if A{n}:\n    DATABASES = dict(DATABASES, a{n}=DATABASES['default'])\n" for n in range(40)),
    "conditional definitions": "".join(f"if A{n}:\n    DATABASES = {{'default': {{'ENGINE': 'e{n}', 'NAME': X if B{n} else Y}}}}\n" for n in range(40)),
    "tries": HEALTHY + "".join(f"try:\n    from m{n} import *\nexcept ImportError:\n    DATABASES['default']['CONN_MAX_AGE'] = {n}\n" for n in range(40)),
    "a dictionary in itself": HEALTHY + "DATABASES['default']['OPTIONS'] = DATABASES\nDATABASES['x'] = DATABASES\n",
    "a list in itself": HEALTHY + "x = []\nx.append(x)\nMIDDLEWARE = x\nDATABASES['default']['OPTIONS'] = {'a': x}\n",
    "doubled dictionaries": HEALTHY + DOUBLING + "DATABASES['default']['OPTIONS'] = x\n",
    "doubled dictionaries as setting": HEALTHY + DOUBLING + "DEEP = x\n",
    "update with itself": HEALTHY + "DATABASES.update(DATABASES)\nDATABASES |= DATABASES\nDATABASES['default'].update(**DATABASES['default'])\n" * 200,
    "aliases that are not text": "DATABASES = {1: {}, None: {}, (1,): {}, 'x': 5, 'y': None, **a, 'z': [], b'q': {}}\n",
    "an alias that steers the terminal": "DATABASES = {'a\\x1b[2J\\n\\r\\u202e': {'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': '\\x1b[31m'}}\n",
    "star import of itself": "from settings import *\n" + HEALTHY,
    "long name": "A" * 1_000_000 + " = 1\n" + HEALTHY,
    "ignores": HEALTHY + "# djconnfix: ignore[" + "DCF101," * 200_000 + "]\n",
    "ignores that never close": HEALTHY + "# djconnfix: ignore[" * 50_000 + "\n",
    "a line that masks slowly": HEALTHY + "# " + "a://" * 200_000 + "\n",
    "quotes that never close": HEALTHY + "# " + "\"'" * 200_000 + "\n",
    "password, password": HEALTHY + "x = (" + "password, " * 100_000 + ")\n",
}  # fmt: skip

FILES = {
    "cyclic star imports": many(settings_py="from a import *\n" + HEALTHY, a_py="from b import *\n", b_py="from a import *\nfrom settings import *\n"),
    "chain of 400 modules": chain,
    "package in itself": many(settings____init___py="from settings import *\nfrom . import *\nfrom .base import *\n" + HEALTHY, settings__base_py="from . import *\n"),
    "include of everything": one("from split_settings.tools import include, optional\ninclude('*.py', '**/*.py', optional('settings.py'))\n" + HEALTHY),
    "include of parents": one("from split_settings.tools import include\ninclude('../../../../../../../../etc/*', '/etc/*', '../' * 50)\n" + HEALTHY),
    "exec of itself": one("exec(open(__file__).read())\n" + HEALTHY),
    "requirements of themselves": one("-r requirements.txt\n-r ./requirements.txt\n-c requirements.txt\nDjango==5.2\n", "requirements.txt"),
    "requirements from outside": one("-r ../../../../../../etc/passwd\n-r /etc/passwd\n-r /dev/zero\nDjango==5.2\n", "requirements.txt"),
    "requirements, one line": one("Django" + "[" * 100_000 + "==5.2" + ",<6" * 300_000 + "\n", "requirements.txt"),
    "requirements, continued": one("Django==5.2 \\\n" * 200_000, "requirements.txt"),
    "requirements, versions": one("Django==" + "9" * 100_000 + "." + ".".join(["1"] * 100_000) + "\n", "requirements.txt"),
    "YAML laughs": one(laughs("a0: &a0 [x, x]\n") + "services:\n  web:\n    command: *a11\n    environment: *a11\n", "docker-compose.yml"),
    "YAML merges": one("a: &a\n  <<: *a\n  b: 1\nservices:\n  web:\n    <<: *a\n    command: gunicorn x\n", "docker-compose.yml"),
    "YAML, brackets": one("services: " + "[" * 50_000, "docker-compose.yml"),
    "YAML, balanced brackets": one("services: " + "[" * 3_000 + "]" * 3_000, "docker-compose.yml"),
    "YAML, indentation": one("".join(f"{' ' * n}services:\n" for n in range(2_000)), "docker-compose.yml"),
    "YAML, dashes": one("services:\n" + "- " * 50_000 + "x\n", "docker-compose.yml"),
    "YAML, keys": one("services:\n" + "".join(f"  s{n}: {{command: gunicorn x}}\n" for n in range(5_000)), "docker-compose.yml"),
    "YAML, 5 MB": one("services:\n  web:\n    x: '" + "a" * 5_000_000 + "'\n", "docker-compose.yml"),
    "compose that extends itself": one("include: [docker-compose.yml]\nservices:\n  web:\n    extends: {file: docker-compose.yml, service: web}\n    command: gunicorn x.wsgi\n", "docker-compose.yml"),
    "JSON, brackets": one('{"env": ' + "[" * 200_000, "app.json"),
    "JSON, balanced": one("[" * 100_000 + "]" * 100_000, "app.json"),
    "JSON, huge number": one('{"formation": {"web": {"quantity": ' + "9" * 100_000 + "}}}", "app.json"),
    "TOML, brackets": one('[project]\nname = "x"\ndependencies = ' + "[" * 50_000, "pyproject.toml"),
    "TOML, balanced": one("[project]\ndependencies = " + "[" * 900 + "]" * 900 + "\n", "pyproject.toml"),
    "TOML, dotted": one("[project]\n" + ".".join(["a"] * 8_000) + " = 1\n", "pyproject.toml"),
    "TOML, number": one("[tool.uv]\nx = " + "9" * 100_000 + "\n", "pyproject.toml"),
    "TOML of djconnfix, brackets": one("[tool.djconnfix]\nselect = " + "[" * 50_000, "pyproject.toml"),
    "lock of 10 MB": one("[[package]]\nname = 'x'\nversion = '1'\n" * 100_000, "poetry.lock"),
    "INI of many sections": one("[databases]\n" + "".join(f"d{n} = host=h{n}\n[s{n}]\n" for n in range(100_000)), "pgbouncer.ini"),
    "INI of one line": one("[databases]\nx = " + "host=h " * 300_000 + "\n", "pgbouncer.ini"),
    "INI that includes itself": one("%include pgbouncer.ini\n[pgbouncer]\npool_mode = transaction\n", "pgbouncer.ini"),
    "Procfile, one line": one("web: gunicorn x.wsgi " + "--workers 2 " * 200_000 + "\n", "Procfile"),
    "Procfile, quotes": one("web: gunicorn " + "'\"\\" * 200_000 + "\n", "Procfile"),
    "Procfile, shells in shells": one("web: " + "sh -c '" * 3_000 + "gunicorn x" + "'" * 3_000 + "\n", "Procfile"),
    "Procfile, substitutions": one("web: gunicorn x --workers " + "$(" * 20_000 + "nproc" + ")" * 20_000 + "\n", "Procfile"),
    "Procfile, variables": one("web: gunicorn x --workers ${A:-" * 5_000 + "}" * 5_000 + "\n", "Procfile"),
    "Procfile, sums": one("web: gunicorn x --workers $((" + "9**" * 5_000 + "9)) --threads 99999999999999999999999999\n", "Procfile"),
    "Procfile, numbers": one("web: gunicorn x --workers " + "9" * 10_000 + " --threads -" + "9" * 5_000 + "\n", "Procfile"),
    "Procfile, folders": one("web: gunicorn --chdir / -c /dev/zero --pythonpath ../../.. ../../etc/passwd:x\n", "Procfile"),
    "Procfile, control characters": one(b"web: gunicorn x.wsgi --name \x1b]0;owned\x07 --workers \x1b[2J3 --threads 4\n", "Procfile"),
    "scripts that call themselves": lambda root: (write(root, "Procfile", "web: ./run.sh\n"), write(root, "run.sh", "#!/bin/sh\n./run.sh\nexec sh run.sh gunicorn x\n. ./run.sh\n")),
    "Dockerfile, continued": one("CMD gunicorn x \\\n" + "  --workers 2 \\\n" * 100_000, "Dockerfile"),
    "Dockerfile, stages": one("".join(f"FROM a{n} AS a{n + 1}\nENV X=1\nCMD gunicorn x\n" for n in range(20_000)), "Dockerfile"),
    "gunicorn's file, huge": one("workers = 10**100000\nthreads = 9**9**9\nworker_class = 'g' * 10**10\n", "gunicorn.conf.py"),
    "gunicorn's file, loops": one("from gunicorn_conf import *\nwhile True: pass\nworkers = [1 for a in range(10**9)]\n", "gunicorn.conf.py"),
    "FIFO as settings": fifo("settings.py"),
    "FIFO as Procfile": fifo("Procfile"),
    "FIFO as requirements": fifo("requirements.txt"),
    "FIFO as configuration": fifo("pyproject.toml"),
    "folder as settings": lambda root: (root / "settings.py").mkdir(),
    "folder as configuration": lambda root: (root / "pyproject.toml").mkdir(),
    "device as settings": link("settings.py", "/dev/zero"),
    "device as Procfile": link("Procfile", "/dev/zero"),
    "device as configuration": link("pyproject.toml", "/dev/zero"),
    "standard input as settings": link("settings.py", "/dev/stdin"),
    "socket as settings": unix_socket,
    "link to itself": link("settings.py", "settings.py"),
    "links in a ring": lambda root: ((root / "a").symlink_to("b"), (root / "b").symlink_to("a"), (root / "settings.py").symlink_to("a")),
    "link to the folder above": lambda root: [(root / f"up{n}").symlink_to("..") for n in range(5)],
    "link to nowhere": link("settings.py", "/nowhere/at/all.py"),
    "link out of the project": link("settings.py", "/etc/passwd"),
    "deep folders": deep_folders,
    "unreadable folder": unreadable_folder,
    "name with a line break": one(HEALTHY, "new\nline/set\rtings\x1b[2J.py"),
    "name with control characters": one(HEALTHY + "ROOT_URLCONF = ''\n", "\x1b]0;owned\x07/settings\u202egnp.py"),
    "name that is no text": one("DATABASES = {", os.fsdecode(b"\xff\xfe/settings.py")),
    "name like an option": one(HEALTHY, "--patch=owned/settings.py"),
    "broken file with such a name": one("DATABASES = {", "x\n::error::owned\x1b[31m/settings.py"),
}  # fmt: skip


def encodings() -> list[str]:
    """Return every codec that a cookie could name, and some that no cookie should."""
    import encodings.aliases

    known = {
        *encodings.aliases.aliases.values(),
        "undefined",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
    }
    return sorted({*known, "utf-8-sig", "nonsense", "../../x", "utf-7", "mbcs", "oem"})


def cookies(root: Path) -> None:
    """One file for each codec."""
    for name in encodings():
        text = f"# coding: {name}\n{HEALTHY}# xn--\u00e9\n"
        write(root, f"{name.replace('/', '_')}/settings.py", text)


FILES["cookies of every kind"] = cookies


def projects():
    """Return for each project its name and what makes it in an empty folder."""
    found = {f"settings: {name}": one(text) for name, text in SETTINGS.items()}
    return found | {f"files: {name}": make for name, make in FILES.items()}
