from __future__ import annotations

from pathlib import Path

import pytest

from djconnfix.config import find_project, find_root, resolve
from djconnfix.findings import Severity
from djconnfix.errors import ConfigurationError
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
