from __future__ import annotations

from pathlib import Path

import pytest

from djconnfix.config import find_project, find_root, resolve
from djconnfix.errors import ConfigurationError
from djconnfix.findings import Severity
from djconnfix.options import OPTIONS


def write(folder, text, name="pyproject.toml"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_without_a_file_everything_is_default(tmp_path):
    resolved = resolve(tmp_path, {})
    assert resolved.config.root == tmp_path
    assert resolved.config.fail_level is Severity.WARNING
    assert set(resolved.origins.values()) == {"default"}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_the_documented_example_of_every_option_is_valid(option, tmp_path):
    write(tmp_path, f"[tool.djconnfix]\n{option.key} = {option.example}\n")
    resolved = resolve(tmp_path, {})
    assert resolved.origins[option.key] == "pyproject.toml"
    assert getattr(resolved.config, option.key.replace("-", "_")) != option.default


def test_the_command_line_replaces_and_does_not_merge(tmp_path):
    write(tmp_path, '[tool.djconnfix]\nignore = ["DCF101"]\nunsafe-fixes = true\n')
    resolved = resolve(tmp_path, {"ignore": ["DCF102"], "unsafe-fixes": False})
    assert resolved.config.ignore == ("DCF102",)
    assert resolved.config.unsafe_fixes is False  # said, though falsy
    assert resolved.origins["ignore"] == "command line"


def test_an_empty_list_on_the_command_line_is_said(tmp_path):
    write(tmp_path, '[tool.djconnfix]\nignore = ["DCF101"]\n')
    assert resolve(tmp_path, {"ignore": []}).config.ignore == ()


def test_names_become_codes(tmp_path):
    assert resolve(tmp_path, {"select": ["conn-max-age-zero", "dcf1"]}).config.select == ("DCF101", "DCF1")


@pytest.mark.parametrize("word", ["", "D", "DCF8", "DCF1011", "conn", "DCF*", "E501"])
def test_what_names_no_rule_is_refused(word, tmp_path):
    with pytest.raises(ConfigurationError, match="no rule is called"):
        resolve(tmp_path, {"select": [word]})


@pytest.mark.parametrize("text", ["5", "5.", ".2", "5.x", "v5.2", "5.2.1.0.0", "", "5,2", "٥.٢"])
def test_what_is_no_version_is_refused(text, tmp_path):
    with pytest.raises(ConfigurationError, match="must be a version"):
        resolve(tmp_path, {"django": text})


def test_the_running_django_counts_when_nobody_says_otherwise(tmp_path):
    assert resolve(tmp_path, {}, django=(5, 2, 1)).config.django == (5, 2, 1)
    assert resolve(tmp_path, {}, django=(5, 2, 1)).config.django_from == "the running Django"
    said = resolve(tmp_path, {"django": "4.2"}, django=(5, 2, 1)).config
    assert (said.django, said.django_from) == ((4, 2), "--django")


def test_the_table_above_is_found_within_the_repository(tmp_path):
    write(tmp_path, '[tool.djconnfix]\nfail-level = "error"\n')
    (tmp_path / ".git").mkdir()
    write(tmp_path / "backend", "[project]\nname = 'x'\n")
    assert resolve(tmp_path / "backend", {}).config.fail_level is Severity.ERROR


def test_the_table_above_the_repository_is_not(tmp_path):
    write(tmp_path, '[tool.djconnfix]\nfail-level = "error"\n')
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    assert resolve(tmp_path / "repo", {}).config.fail_level is Severity.WARNING


def test_patterns_of_the_table_above_are_turned_to_the_root(tmp_path):
    write(
        tmp_path,
        '[tool.djconnfix]\nexclude = ["vendor", "backend/old", "frontend/**", "**/migrations"]\n'
        '[tool.djconnfix.per-file-ignores]\n"backend/shop/*" = ["DCF101"]\n"other/*" = ["DCF101"]\n',
    )
    config = resolve(tmp_path / "backend", {}).config
    assert config.exclude == ("vendor", "old", "**/migrations")
    assert config.per_file_ignores == {"shop/*": ("DCF101",)}


def test_a_broken_file_of_somebody_else_does_not_matter_without_our_table(tmp_path):
    write(tmp_path, "[tool.other\n")
    assert resolve(tmp_path, {}).config.select == ()


def test_a_named_file_must_be_readable(tmp_path):
    write(tmp_path, "x = \n", "other.toml")
    with pytest.raises(ConfigurationError, match="is not valid TOML"):
        resolve(tmp_path, {}, file=tmp_path / "other.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        resolve(tmp_path, {}, file=tmp_path / "missing.toml")


@pytest.mark.parametrize("data", [b"\xff[tool.djconnfix]", b"djconnfix = " + b"[" * 3000], ids=["bytes", "deep"])
def test_hostile_files_are_one_line(data, tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        resolve(tmp_path, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("marker", ["manage.py", "pyproject.toml"])
def test_a_project_is_the_nearest_folder_with_a_marker(marker, tmp_path):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / marker).write_text("")
    assert find_project(tmp_path / "a" / "b" / "c") == tmp_path / "a"
    assert find_root(tmp_path / "a" / "b" / "c") == tmp_path / "a"


def test_the_root_is_the_repository_where_deployment_files_lie(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "backend" / "shop").mkdir(parents=True)
    (tmp_path / "backend" / "manage.py").write_text("")
    assert find_root(tmp_path / "backend" / "shop") == tmp_path
    assert find_project(tmp_path / "backend" / "shop") == tmp_path / "backend"


def test_a_home_folder_under_version_control_is_no_root(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "manage.py").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_root(tmp_path / "shop") == tmp_path / "shop"


def test_the_configuration_of_the_folder_asked_for_wins_over_the_repositorys(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.djconnfix]\nserver = "asgi"\n')
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "pyproject.toml").write_text('[tool.djconnfix]\nserver = "wsgi"\n')
    assert resolve(tmp_path, {}, start=tmp_path / "backend").config.server == "wsgi"
    assert resolve(tmp_path, {}).config.server == "asgi"


def test_without_a_marker_the_root_is_the_folder_itself():
    assert find_root(Path("/nowhere/at/all")) == Path("/nowhere/at/all")


# -- settings-overrides ------------------------------------------------------------------------------------------------


def test_an_override_holds_for_its_module_alone(tmp_path):
    from djconnfix.engine import audit

    alias = '{"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "db"}}'
    write(tmp_path / "shop", "", "__init__.py")
    write(tmp_path / "shop" / "settings", "", "__init__.py")
    for name in ("live", "intern"):
        write(tmp_path / "shop" / "settings", f"DATABASES = {alias}\nWSGI_APPLICATION = 'x'\n", f"{name}.py")
    write(
        tmp_path,
        '[tool.djconnfix]\ndjango = "5.2"\nmax-connections = 50\n[tool.djconnfix.settings-overrides."shop.settings.live"]\n'
        'server = "asgi"\ndjango = "4.2"\nstrategy = "close-per-request"\nmax-connections = 200\n',
    )
    project = audit(resolve(tmp_path, {}).config).project
    found = {each.module: each.evidence for each in project.settings}
    live, intern = found["shop.settings.live"], found["shop.settings.intern"]
    assert (live.assumed, live.django, live.strategy, live.max_connections) == (
        "asgi",
        (4, 2),
        "close-per-request",
        200,
    )
    assert (intern.assumed, intern.django, intern.strategy, intern.max_connections) == ("", (5, 2), "auto", 50)
    assert project.evidence.django == (5, 2)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("settings-overrides = []", "settings-overrides: must be a table of settings modules, not a list"),
        ("settings-overrides.a = 'asgi'", "'a': must be a table, not a string"),
        ("settings-overrides.a.servr = 'asgi'", "'a': takes server, django, strategy, max-connections, not 'servr'"),
        ("settings-overrides.a.servr = 'asgi'", "did you mean 'server'?"),
        ("settings-overrides.a.fail-level = 'info'", "not 'fail-level'"),
        ("settings-overrides.a.server = 'asg'", "'a': server: must be one of wsgi, asgi, gevent, not 'asg'"),
        ("settings-overrides.a.django = 5.2", "'a': django: must be a string"),
        ("settings-overrides.a.max-connections = 0", "'a': max-connections: must be a number above 0"),
    ],
)
def test_an_override_that_is_not_understood_is_refused(table, said, tmp_path):
    write(tmp_path, f"[tool.djconnfix]\n{table}\n")
    with pytest.raises(ConfigurationError) as caught:
        resolve(tmp_path, {})
    assert said in str(caught.value)


def test_an_override_for_no_module_is_told(tmp_path, monkeypatch, capsys):
    from djconnfix.__main__ import main

    monkeypatch.chdir(tmp_path)
    write(tmp_path / "shop", "", "__init__.py")
    write(tmp_path / "shop", "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n", "settings.py")
    main(["audit", "--settings-overrides", "shop.setting:server=asgi"])
    assert (
        "'shop.setting' is no settings module of this project; did you mean 'shop.settings'?" in capsys.readouterr().err
    )
    main(["audit", "--settings-overrides", "shop.settings:server=asgi"])
    assert capsys.readouterr().err == ""


# -- djconnfix config --------------------------------------------------------------------------------------------------


def test_the_configuration_in_force_can_be_written_into_the_file(tmp_path):
    """What `djconnfix config` prints is TOML, and reading it gives the same configuration."""
    from djconnfix.report.as_toml import write_toml

    given = {
        "select": ["DCF1"],
        "per-file-ignores": {'a "b"\\c/*': ["DCF101"], "plain": ["DCF2", "DCF3"]},
        "per-alias-ignores": {"replica-1": ["DCF102"]},
        "exclude": ["ünï", "a\tb"],
        "server": "asgi",
        "django": "5.2.1",
        "strategy": "pool",
        "settings-overrides": {"shop.settings.live": {"server": "wsgi", "django": "4.2", "max-connections": 7}},
        "requirements": True,
        "max-connections": 200,
        "fail-level": "error",
    }
    first = resolve(tmp_path, given)
    write(tmp_path, write_toml(first))
    again = resolve(tmp_path, {})
    assert again.config == first.config.__class__(
        **{name: getattr(first.config, name) for name in first.config.__dataclass_fields__ if name != "django_from"},
        django_from="pyproject.toml [tool.djconnfix]",
    )


def test_the_default_configuration_is_toml_too(tmp_path):
    from djconnfix._compat import tomllib
    from djconnfix.report.as_toml import write_toml

    text = write_toml(resolve(tmp_path, {}))
    table = tomllib.loads(text)["tool"]["djconnfix"]
    assert table["fail-level"] == "warning"
    assert "# server is not set" in text
    assert {line.partition(" ")[0] for line in text.splitlines()[2:] if not line.startswith("#")} == set(table)
