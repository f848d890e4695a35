"""`--add-ignores`: where the comment goes, where none can go, and that it does what it is for."""

from __future__ import annotations

import pytest

from djconnfix.__main__ import main
from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.fix.ignores import plan_of_ignores

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
PLAIN = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db",
        "CONN_MAX_AGE": 600,
    },
}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(settings, **files):
        (tmp_path / "shop").mkdir()
        every = {
            "manage.py": MANAGE, "shop/__init__.py": "", "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
            "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n", **files,
        }  # fmt: skip
        for path, text in every.items():
            (tmp_path / path).write_text(text)
        file = tmp_path / "shop" / "settings.py"
        file.write_bytes(settings if isinstance(settings, bytes) else settings.encode())
        return file

    return written


def ignores(text):
    return [line for line in text.splitlines() if "djconnfix: ignore" in line]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (PLAIN, '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42'),
        (
            PLAIN.replace("600,", "600,  # ten minutes"),
            '        "CONN_MAX_AGE": 600,  # ten minutes  # djconnfix: ignore[DCF102] see #42',
        ),
        (
            PLAIN.replace("600,", "600,  # djconnfix: ignore[DCF999] old"),
            '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF999, DCF102] old',
        ),
        (PLAIN.replace("600,", "600,   "), '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42'),
        (PLAIN.replace("        ", "\t"), '\t"CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42'),
        (PLAIN.replace("\n", "\r\n"), '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42'),
        (b"\xef\xbb\xbf" + PLAIN.encode(), '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42'),
        (
            "# -*- coding: latin-1 -*-\nX = 'é'\n".encode("latin-1") + PLAIN.encode(),
            '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42',
        ),
        (
            "X = '\x0c'\n\x0c\n" + PLAIN,
            '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102] see #42',
        ),
        (
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600}}',
            (
                'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600}}'
                "  # djconnfix: ignore[DCF102] see #42"
            ),
        ),
    ],
    ids=["plain", "comment", "listed", "blanks", "tabs", "crlf", "bom", "latin-1", "form feed", "no final newline"],
)
def test_the_comment_stands_at_the_finding_and_works(settings, line, write, capsys):
    file = write(settings)
    before = file.read_bytes()
    assert main(["audit", "--select", "DCF102"]) == 1
    assert main(["audit", "--select", "DCF102", "--add-ignores", "--reason", "see #42"]) == 0
    assert "1 finding ignored in 1 file" in capsys.readouterr().err
    after = file.read_bytes()
    encoding = "latin-1" if b"latin-1" in after else "utf-8-sig"
    assert ignores(after.decode(encoding)) == [line]
    assert after.count(b"\r\n") == before.count(b"\r\n")
    assert after.startswith(b"\xef\xbb\xbf") is before.startswith(b"\xef\xbb\xbf")
    assert main(["audit", "--select", "DCF102"]) == 0


def test_several_findings_at_one_line_share_a_comment(write):
    file = write(PLAIN.replace("600", "None"))
    assert main(["audit", "--select", "DCF102,DCF107", "--add-ignores"]) == 0
    [line] = ignores(file.read_text())
    assert line == '        "CONN_MAX_AGE": None,  # djconnfix: ignore[DCF102, DCF107]'


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            'URL = """\n  # no comment\n"""\n' + PLAIN.replace('"HOST": "db"', '"HOST": """\ndb\n"""'),
            '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102]',
        ),
        (
            PLAIN.replace('"CONN_MAX_AGE": 600,', '"CONN_MAX_AGE": 600, "NAME": """\nshop""",'),
            "DATABASES = {  # djconnfix: ignore[DCF102]",
        ),
        (
            (
                'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'
                'DATABASES["default"]["CONN_MAX_AGE"] = \\\n    600\n'
            ),
            "    600  # djconnfix: ignore[DCF102]",
        ),
    ],
    ids=["strings elsewhere", "a string begins there", "backslash"],
)
def test_where_the_line_takes_none_the_statement_s_end_does(settings, line, write):
    file = write(settings)
    assert main(["audit", "--select", "DCF102", "--add-ignores"]) == 0
    assert ignores(file.read_text()) == [line]
    assert main(["audit", "--select", "DCF102"]) == 0


def test_where_no_line_takes_one_it_is_refused(write, capsys):
    text = (
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": """\n'
        'a""", "CONN_MAX_AGE": 600, "HOST": """\nb"""}}; X = """\n"""\n'
    )
    file = write(text)
    assert main(["audit", "--select", "DCF102", "--add-ignores"]) == 1
    assert "DCF102 is not ignored: no line of its statement can take a comment" in capsys.readouterr().err
    assert file.read_text() == text


def test_other_files_than_python_are_refused(write, capsys):
    ini = "[databases]\nshop = host=db\n[pgbouncer]\npool_mode = session\nserver_reset_query =\n"
    file = write(PLAIN.replace('"db"', '"pgbouncer"'), **{"pgbouncer.ini": ini})
    main(["audit", "--select", "pgbouncer-reset-query", "--quiet"])
    found = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    main(["audit", "--select", "pgbouncer-reset-query", "--add-ignores"])
    assert "pgbouncer.ini" in found
    assert "is not ignored: comments are written into Python files only" in capsys.readouterr().err
    assert (file.parent.parent / "pgbouncer.ini").read_text() == ini


def test_unused_ignores_are_not_ignored_in_turn(write):
    file = write(PLAIN.replace("600,", "600,  # djconnfix: ignore[DCF101]"))
    before = file.read_text()
    main(["audit", "--select", "DCF910", "--add-ignores"])
    assert file.read_text() == before


def test_the_plan_changes_nothing_but_comments(write, tmp_path):
    import ast

    file = write(PLAIN)
    report = audit(Config(root=tmp_path))
    plan = plan_of_ignores(report, "later")
    [change] = plan.changes
    assert ast.dump(ast.parse(change.new)) == ast.dump(ast.parse(file.read_bytes()))
    assert len(plan.applied) == len([f for f in report.findings if f.location.path == "shop/settings.py"])
    assert file.read_text() == PLAIN


def test_two_findings_of_one_rule_at_one_line_are_named_once(write):
    one = '"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600'
    file = write(f'DATABASES = {{"default": {{{one}}}, "other": {{{one}}}}}\n')
    assert main(["audit", "--select", "DCF102", "--add-ignores"]) == 0
    [line] = ignores(file.read_text())
    assert line.endswith("  # djconnfix: ignore[DCF102]")


def test_beside_an_unused_ignore_the_others_are_ignored(write):
    file = write("X = 1  # djconnfix: ignore[DCF101]\n" + PLAIN)
    main(["audit", "--select", "DCF910,DCF101,DCF102", "--add-ignores"])
    assert ignores(file.read_text()) == [
        "X = 1  # djconnfix: ignore[DCF101]",
        '        "CONN_MAX_AGE": 600,  # djconnfix: ignore[DCF102]',
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"DATABASES = {\n", "the file does not parse"),
        (b"\xff\xfe\n", "the file does not parse"),
        (b"print 'Python 2'\n", "the comment would change what the file means"),
        (b"X = (1\n", "the file does not parse"),
    ],
    ids=["unfinished", "no text", "Python 2", "a bracket open"],
)
def test_where_a_file_cannot_be_read_as_it_is_nothing_is_written(text, why, write, tmp_path):
    from dataclasses import replace

    write(PLAIN, **{"strange.py": ""})
    (tmp_path / "strange.py").write_bytes(text)
    report = audit(Config(root=tmp_path, select=("DCF102",)))
    (finding,) = report.findings
    problem = replace(finding.problem, location=replace(finding.location, path="strange.py", line=1, end_line=1))
    strange = replace(finding, problem=problem)
    plan = plan_of_ignores(replace(report, findings=(strange,)))
    assert plan.changes == ()
    assert [(refusal.finding, refusal.reason) for refusal in plan.refused] == [(strange, why)]


def test_where_a_header_s_first_line_takes_none_its_last_one_does(write, tmp_path):
    from dataclasses import replace

    text = "class A(B, \\\n        C):\n    x = 1\n    y = 2\n"
    write(PLAIN, **{"code.py": text})
    report = audit(Config(root=tmp_path, select=("DCF102",)))
    (finding,) = report.findings
    problem = replace(finding.problem, location=replace(finding.location, path="code.py", line=1, end_line=1))
    plan = plan_of_ignores(replace(report, findings=(replace(finding, problem=problem),)))
    [change] = plan.changes
    assert change.new.decode() == text.replace("C):", "C):  # djconnfix: ignore[DCF102]")
