"""The HTML report as a text: what it holds, and what can never get into it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.facts import PoolMode, Role
from djconnfix.report.as_html import write_html
from djconnfix.report.connection_map import Count, Layer, make_map
from djconnfix.report.html_map import MOST_ROUTES, _wrap, map_html
from tests.report.builders import make_report, with_finding
from tests.rules.build import CELERY, MYSQL, SQLITE, THREADS, UVICORN, database, pgbouncer, project, settings, unseen

VOID = {"meta", "input", "br"}
MARKUP = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> & 'quoted'"


class Outline(HTMLParser):
    """Every element with its attributes; complains of what is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_holds_all_parts_and_is_well_formed(tmp_path):
    page = write_html(make_report(tmp_path, findings=2))
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert [each for each in ids if each in ("map", "budget", "findings", "looked-at")] == [
        "map", "budget", "findings", "looked-at",
    ]  # fmt: skip
    assert len(ids) == len(set(ids))
    for words in (
        "alias &#x27;default&#x27; is connected to anew for every request (0).",
        "web: gunicorn shop.wsgi --threads 4",
        "write CONN_MAX_AGE",
        "nobody knows the server",
        "old.py:3</code> is odd",
        "2 findings (2 warnings) in 1 settings module.",
    ):
        assert words in page, words


def test_it_asks_the_network_for_nothing(tmp_path):
    outline = Outline(write_html(make_report(tmp_path)))
    loading = [(tag, a) for tag, a in outline.elements if {"src", "srcset", "data", "action", "style"} & a.keys()]
    assert loading == []
    assert not {tag for tag, _ in outline.elements} & {"link", "iframe", "object", "embed", "base", "img"}
    assert all(a["href"].startswith(("https://", "#")) for tag, a in outline.elements if tag == "a")


def test_its_policy_lets_only_its_own_style_and_script_run(tmp_path):
    page = write_html(make_report(tmp_path))
    policy = next(a["content"] for tag, a in Outline(page).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_of_the_project_becomes_markup(tmp_path):
    (tmp_path / MARKUP.replace("/", "")).mkdir()
    report = make_report(tmp_path / MARKUP.replace("/", ""))
    at = replace(report.findings[0].location, path=MARKUP)
    problem = report.findings[0].problem
    remedy = replace(problem.remedy, why=MARKUP, instructions=f"`{MARKUP}`")
    because = (replace(problem.because[0], text=MARKUP, location=at), replace(problem.because[1], text=MARKUP))
    key = replace(problem.database, alias=MARKUP)
    report = with_finding(
        report, message=MARKUP, location=at, remedy=remedy, because=because, settings=MARKUP, database=key
    )
    module = report.project.settings[0]
    module = replace(module, module=MARKUP, databases=(replace(module.databases[0], key=key),))
    page = write_html(replace(report, project=replace(report.project, settings=(module,))), f"{MARKUP}/")
    assert page.count("&lt;script&gt;") > 8
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert {name for _, attributes in Outline(page).elements for name in attributes if name.startswith("on")} == set()


def test_secrets_are_masked_in_every_part(tmp_path):
    text = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "postgres://u:canary9@h/x"}}\n'
    (tmp_path / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf")\n')
    (tmp_path / "conf.py").write_text(f'{text}DATABASES["default"]["PASSWORD"] = "canary9"\n')
    (tmp_path / "Procfile").write_text("web: DB=postgres://u:canary9@h/x gunicorn app.wsgi --threads 2\n")
    (tmp_path / "requirements.txt").write_text("Django==5.2\n")
    page = write_html(audit(Config(root=tmp_path)))
    assert "conn-max-age-zero" in page
    assert 'class="diff"' in page
    assert "canary9" not in page


@pytest.mark.parametrize("findings", [0, 1])
def test_a_clean_project_says_so(tmp_path, findings):
    page = write_html(make_report(tmp_path, findings=findings))
    assert ("Nothing was found." in page) is not bool(findings)
    assert ('class="filter"' in page) is bool(findings)


# -- map -------------------------------------------------------------------------------------------------------------


def test_counts_add_up_along_the_map():
    aliases = database(HOST="db"), database(alias="other", HOST="db")
    found = make_map(project(settings(*aliases, servers=(THREADS, CELERY))))
    counts = {(start.title, end.title): count.text for (start, end), count in found.arrows.items()}
    assert counts == {
        ("gunicorn", "shop.settings"): "16",
        ("celery", "shop.settings"): "8",
        ("shop.settings", "default"): "12",
        ("shop.settings", "other"): "12",
        ("default", "PostgreSQL"): "12",
        ("other", "PostgreSQL"): "12",
    }
    assert [len(nodes) for nodes in found.layers.values()] == [2, 1, 2, 1]


@pytest.mark.parametrize(
    ("alias", "changes", "titles", "label"),
    [
        (database(HOST="db"), {"servers": ()}, ["shop.settings", "default", "PostgreSQL"], "?"),
        (database(HOST="db"), {"servers": (UVICORN,)}, ["uvicorn", "shop.settings", "default", "PostgreSQL"], "≥ 1"),
        (database(ENGINE=MYSQL), {"servers": (THREADS,)}, ["gunicorn", "shop.settings", "default", "MySQL"], "8"),
        (database(ENGINE=SQLITE), {"servers": (THREADS,)}, ["gunicorn", "shop.settings", "default", "SQLite"], None),
        (
            database(HOST="pgbouncer"),
            {"servers": (THREADS,), "poolers": (pgbouncer(PoolMode.SESSION),)},
            ["gunicorn", "shop.settings", "default", "pgbouncer", "PostgreSQL"],
            "8",
        ),
        (
            database(HOST=unseen()),
            {"servers": (THREADS,), "poolers": (pgbouncer(PoolMode.SESSION),)},
            ["gunicorn", "shop.settings", "default", "a pooler?", "PostgreSQL"],
            "8",
        ),
    ],
    ids=["no server", "ASGI", "MySQL", "SQLite", "pooler", "perhaps a pooler"],
)
def test_a_way(alias, changes, titles, label):
    [route] = make_map(project(settings(alias, **changes))).routes
    assert [node.title for node in route.nodes] == titles
    assert (route.count.text if route.count else None) == label


def test_a_pooler_decides_how_many_go_on():
    changes = {"servers": (THREADS,), "poolers": (pgbouncer(PoolMode.TRANSACTION),)}
    found = make_map(project(settings(database(HOST="pgbouncer"), **changes)))
    assert [count for (start, _), count in found.arrows.items() if start.layer is Layer.POOLER] == [None]
    assert "transaction mode" in map_html(found, "")


def test_aliases_of_different_servers_do_not_share_a_box():
    aliases = database(HOST="a"), database(alias="b", HOST="b"), database(alias="c", HOST=unseen())
    assert len(make_map(project(settings(*aliases))).layers[Layer.DATABASE]) == 3


def test_settings_for_development_are_drawn_only_without_others():
    development = replace(settings(database(HOST="db")), role=Role.DEVELOPMENT, module="dev")
    live = settings(database(HOST="db"))
    assert make_map(project(development)).routes
    assert {r.nodes[0].title for r in make_map(project(development, live)).routes} == {"shop.settings"}
    assert make_map(project(replace(development, role=Role.TEST))).routes == ()


def test_the_drawing_stops_where_the_table_goes_on():
    aliases = [database(alias=f"a{number}", HOST="db") for number in range(MOST_ROUTES + 3)]
    html = map_html(make_map(project(settings(*aliases, servers=(THREADS,)))), "backend/")
    assert html.count('class="node layer-2"') == MOST_ROUTES
    assert html.count("<tr>") == MOST_ROUTES + 3 + 1
    assert "the table below has 3 more" in html
    assert "backend/Procfile:1" in html


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        (Count(8, complete=True), Count(4, complete=True), "12"),
        (Count(8, complete=True), Count(1, complete=False), "≥ 9"),
        (Count(0, complete=False), Count(0, complete=False), "?"),
    ],
)
def test_counts(left, right, text):
    assert (left + right).text == text


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("kept for 600 s", ["kept for 600 s"]),
        ("closed after each request", ["closed after each", "request"]),
        ("company.settings.production_europe", ["company.settings.", "production_europe"]),
        ("$SHOP_REPLICA_HOST:$SHOP_REPLICA_PORT", ["$SHOP_REPLICA_", "HOST:$SHOP_", "REPLICA_PORT"]),
        ("x" * 100, ["x" * 16, "x" * 16, "x" * 16 + "…"]),
        ("", []),
    ],
)
def test_words_in_boxes(words, lines):
    assert _wrap(words) == lines


def test_a_map_of_nothing_says_so():
    assert map_html(make_map(project()), "") == ("<p>No settings module with a database was found.</p>")
