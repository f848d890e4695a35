"""What is measured: each contest asks several commands for the same, and holds djconnfix to budgets."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measure import Command
from benchmarks.trees import aliases_text, every_word, growing, laid_out, many_hits, settings_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.peers import Peers
    from benchmarks.trees import Tree

OURS = "djconnfix"
NOTHING = "python -c pass"
SEARCHED = (
    *("DATABASES", "INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "DJANGO_SETTINGS_MODULE", "djconnfix:"),
    *("ransaction", "onnection", r"\.objects"),
)


@dataclass(frozen=True, slots=True)
class Budget:
    """What djconnfix may use at most.

    Attributes:
        factor: times what `of` uses.
        of: the command it is held to; empty: a fixed amount.
        plus: seconds of CPU on top (or MB of memory).
        memory: whether memory is meant.
        wall: whether the clock is meant.
    """

    factor: float = 0.0
    of: str = ""
    plus: float = 0.0
    memory: bool = False
    wall: bool = False


@dataclass(frozen=True, slots=True)
class Contest:
    """Commands that do the same thing; the first is djconnfix.

    Attributes:
        title: a line of the table.
        commands: run in turn.
        budgets: for the first of them.
        files: how many files they read, for files a second.
        once: too slow to be run more than once.
    """

    title: str
    commands: Sequence[Command]
    budgets: Sequence[Budget] = ()
    files: int = 0
    once: bool = False


def contests(peers: Peers, space: Path) -> Iterator[Contest]:
    """Yield every contest, each prepared when its turn comes."""
    trees = laid_out(space, peers.python)
    for tree in trees:
        large = tree is trees[-1]
        budgets = [Budget(1, "ruff"), Budget(0.5, "ruff"), Budget(plus=60, memory=True)] if large else []
        yield _tree_contest(peers, tree, budgets)
    yield _tree_contest(peers, many_hits(space, peers.python))
    everything = trees[-1]
    yield Contest(
        _title("audit of", everything) + ", against what parses every file",
        [_audit(peers, everything.folder), _parse_all(peers, everything.folder), *_upgrade_all(peers, everything)],
        [Budget(0.1, "ast.parse"), Budget(0.05, "django-upgrade")],
        everything.files,
        once=True,
    )
    yield from _hooks(peers, space)
    yield from _fixes(peers, space)
    yield _under_django(peers, space)
    for tree in growing(space, trees[1].folder, (100, 1_000, 5_000, 20_000)):
        yield Contest(
            _title("growth:", tree),
            [_audit(peers, tree.folder), _ruff(peers, tree.folder)],
            [Budget(plus=60, memory=True)] if tree.files >= 20_000 else [],
            tree.files,
        )
    yield from _worst(peers, space)


def _tree_contest(peers: Peers, tree: Tree, budgets: Sequence[Budget] = ()) -> Contest:
    commands = [_audit(peers, tree.folder), _ruff(peers, tree.folder), *_ripgrep(peers, tree.folder)]
    return Contest(_title("audit of", tree), commands, budgets, tree.files)


def _title(what: str, tree: Tree) -> str:
    return f"{what} {tree.name} ({tree.files:,} files, {tree.megabytes:.0f} MB)"


def _audit(peers: Peers, folder: Path) -> Command:
    return Command(OURS, [peers.program("djconnfix"), "audit", "."], folder)


def _ruff(peers: Peers, folder: Path) -> Command:
    words = [peers.program("ruff"), "check", "--select", "DJ", "--no-cache", "--isolated", "--quiet", "."]
    return Command("ruff", words, folder)


def _ripgrep(peers: Peers, folder: Path) -> list[Command]:
    """A search for the words that an audit looks for first, where ripgrep is present."""
    program = peers.ripgrep()
    words = [program, "--no-ignore", "--type", "py", "--files-with-matches", "|".join(SEARCHED), "."]
    return [Command("ripgrep", words, folder)] if program else []


def _parse_all(peers: Peers, folder: Path) -> Command:
    script = (
        "import ast, pathlib, warnings\nwarnings.simplefilter('ignore')\n"
        "for path in pathlib.Path('.').rglob('*.py'):\n"
        "    try: ast.parse(path.read_bytes())\n"
        "    except (SyntaxError, ValueError): pass\n"
    )
    return Command("ast.parse", [peers.python, "-c", script], folder)


def _upgrade_all(peers: Peers, tree: Tree) -> list[Command]:
    paths = sorted(path.relative_to(tree.folder).as_posix() for path in tree.folder.rglob("*.py") if path.is_file())
    return [_upgrade(peers, tree.folder, paths)]


def _upgrade(peers: Peers, folder: Path, paths: Sequence[str]) -> Command:
    words = [peers.program("django-upgrade"), "--target-version", "5.2", "--check", *paths]
    return Command("django-upgrade", words, folder)


def _python(peers: Peers, name: str, script: str, folder: Path) -> Command:
    return Command(name, [peers.python, "-c", script], folder)


def _project(space: Path, name: str, settings: str) -> Path:
    """Make a project that gunicorn serves; return its folder."""
    folder = space / name
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    (folder / "settings.py").write_text(settings)
    (folder / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (folder / "requirements.txt").write_text("Django==5.2.8\npsycopg[binary]==3.2.9\ngunicorn==23.0.0\n")
    return folder


def _hooks(peers: Peers, space: Path) -> Iterator[Contest]:
    folder = _project(space, "hook", settings_text(1_000))
    (folder / "views.py").write_text("def view(request):\n    return request.GET.get('page', 1)\n")
    yield Contest(
        "hook call on one clean file",
        [
            Command(OURS, [peers.program("djconnfix"), "audit", "views.py"], folder),
            _python(peers, NOTHING, "pass", folder),
            Command(
                "ruff",
                [peers.program("ruff"), "check", "--select", "DJ", "--no-cache", "--isolated", "views.py"],
                folder,
            ),
            _upgrade(peers, folder, ["views.py"]),
            Command("fixit", [peers.program("fixit"), "lint", "views.py"], folder),
        ],
        [Budget(1, NOTHING, 0.060), Budget(0.5, "django-upgrade")],
    )
    yield Contest(
        "hook call on one small settings file",
        [
            Command(OURS, [peers.program("djconnfix"), "audit", "settings.py"], folder),
            _upgrade(peers, folder, ["settings.py"]),
            Command("fixit", [peers.program("fixit"), "lint", "settings.py"], folder),
        ],
    )


def _fixes(peers: Peers, space: Path) -> Iterator[Contest]:
    text = settings_text(50_000)
    folder = _project(space, "fix", text)
    (space / "plain.py").write_text(text)
    rewrite = f"import libcst; t = open({str(space / 'plain.py')!r}).read(); libcst.parse_module(t).code"
    yield Contest(
        "fix of one settings file of 50 KB",
        [
            _fix(peers, folder, {"settings.py": text}),
            _python(peers, "import libcst", "import libcst", folder),
            _python(peers, "libcst, parse and write", rewrite, folder),
        ],
        [Budget(1, "import libcst", 0.060), Budget(0.5, "libcst, parse and write")],
    )
    names = {f"shop{index}/settings.py": text for index in range(20)}
    folder = _project(space, "fix-twenty", "")
    (folder / "settings.py").unlink()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).with_name("__init__.py").write_text("")
    twenty = rewrite.replace("; libcst.parse", "\nfor _ in range(20): libcst.parse")
    yield Contest(
        "fix of twenty such files",
        [_fix(peers, folder, names), _python(peers, "libcst, parse and write", twenty, folder)],
        [Budget(0.5, "libcst, parse and write")],
    )
    yield from _aliases(peers, space)


def _aliases(peers: Peers, space: Path) -> Iterator[Contest]:
    """Many aliases, up to the bound of 10,000."""
    for count in (30, 300, 10_000):
        text = aliases_text(count)
        folder = _project(space, f"aliases-{count}", text)
        yield Contest(
            f"audit of a settings file with {count:,} aliases ({len(text) / 1000:.0f} KB)",
            [_audit(peers, folder), _python(peers, "ast.parse", _PARSE_SETTINGS, folder)],
            [Budget(plus=3, wall=True)],
        )
        if count != 300:
            yield Contest(
                f"fix of a settings file with {count:,} aliases",
                [_fix(peers, folder, {"settings.py": text})],
                [Budget(plus=3, wall=True)],
            )


_PARSE_SETTINGS = "import ast; ast.parse(open('settings.py').read())"


def _fix(peers: Peers, folder: Path, files: dict[str, str]) -> Command:
    def before() -> None:
        for name, text in files.items():
            (folder / name).write_text(text)

    return Command(OURS, [peers.program("djconnfix"), "fix", "--unsafe-fixes", "."], folder, before)


def _under_django(peers: Peers, space: Path) -> Contest:
    folder = space / "managed"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("shop", ".git"):
        (folder / name).mkdir(parents=True)
    (folder / "shop/__init__.py").write_text("")
    (folder / "shop/settings.py").write_text(
        settings_text(1_000).replace("django.contrib.auth", "djconnfix").replace("postgresql", "sqlite3")
        + 'SECRET_KEY = "x"\n'
    )
    (folder / "manage.py").write_text(
        "import os, sys\nfrom django.core.management import execute_from_command_line\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nexecute_from_command_line(sys.argv)\n'
    )
    setup = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'; django.setup()"
    return Contest(
        "manage.py connaudit",
        [
            Command(OURS, [peers.python, "manage.py", "connaudit"], folder),
            _python(peers, "django.setup()", setup, folder),
            Command("manage.py check", [peers.python, "manage.py", "check"], folder),
        ],
    )


def _worst(peers: Peers, space: Path) -> Iterator[Contest]:
    tree, large = every_word(space)
    yield Contest(
        _title("worst case:", tree),
        [_audit(peers, tree.folder), _parse_all(peers, tree.folder), _ruff(peers, tree.folder)],
        [],
        tree.files,
    )
    yield Contest(
        "worst case: one file of 1 MB that holds every word",
        [_audit(peers, large.parent), _parse_all(peers, large.parent)],
        [Budget(1.5, "ast.parse")],
    )
