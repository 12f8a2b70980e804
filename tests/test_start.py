"""start.py and the Makefile: one implementation, the same commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import start
from tests.sources import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project, whose environment is only pretended."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "installed.txt",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
    }.items():
        monkeypatch.setattr(start, name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    return tmp_path


@pytest.fixture
def calls(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record what would be run; the environment appears when it is made."""
    made: list[list[str]] = []

    def make_venv() -> None:
        start.PYTHON.parent.mkdir(parents=True)
        start.PYTHON.symlink_to(sys.executable)
        made.append(["venv"])

    def call(command: list[str], *, fatal: bool = True) -> int:
        made.append(command[1:])
        return 0 if fatal else 1

    monkeypatch.setattr(start, "_make_venv", make_venv)
    monkeypatch.setattr(start, "_call", call)
    return made


def installs(calls: list[list[str]]) -> list[str]:
    return [call[-1] for call in calls if "install" in call]


def test_makefile_has_every_command_and_no_other() -> None:
    makefile = (ROOT / "Makefile").read_text()
    listed = re.search(r"^COMMANDS := (.*)$", makefile, re.MULTILINE)
    assert listed is not None
    assert set(listed[1].split()) | {"env"} == set(start.COMMANDS)


def test_every_command_is_in_the_usage() -> None:
    for name in start.COMMANDS:
        assert re.search(rf"^  {name}  ", start.USAGE, re.MULTILINE), name


@pytest.mark.parametrize(("arguments", "status"), [([], 0), (["help"], 0), (["tset"], 2)])
def test_help_and_unknown_commands_print_the_usage(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(arguments) == status
    assert "playground" in capsys.readouterr().out


def test_second_run_installs_nothing(calls: list[list[str]]) -> None:
    start.ensure_environment(start.USE)
    start.ensure_environment(start.USE)
    assert calls[0] == ["venv"]
    assert installs(calls) == [".[playground]"]


def test_tools_are_added_to_an_environment_without_them(calls: list[list[str]]) -> None:
    start.ensure_environment(start.USE)
    start.ensure_environment(start.DEVELOP)
    start.ensure_environment(start.USE)
    start.ensure_environment(start.DEVELOP)
    assert installs(calls) == [".[playground]", ".[dev]"]


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed(
    project: Path, calls: list[list[str]], file: str
) -> None:
    start.ensure_environment(start.DEVELOP)
    (project / file).write_text("# changed\n")
    start.ensure_environment(start.DEVELOP)
    assert len(installs(calls)) == 2
    assert calls.count(["venv"]) == 1


def test_default_installation_names_no_index(calls: list[list[str]]) -> None:
    start.ensure_environment(start.USE)
    assert not any("index" in part for call in calls for part in call)


def test_chosen_torch_index_is_passed_on(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start.ensure_environment(start.USE)
    monkeypatch.setenv("TORCH_INDEX", "file:///builds/cpu")
    start.ensure_environment(start.USE)
    assert calls[-1][calls[-1].index("--extra-index-url") + 1] == "file:///builds/cpu"


def test_failed_installation_is_tried_again(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_command: list[str], *, fatal: bool = True) -> int:
        raise start.Stop(1)

    works = start._call
    monkeypatch.setattr(start, "_call", fail)
    assert start.main(["env"]) == 1
    monkeypatch.setattr(start, "_call", works)
    start.ensure_environment(start.DEVELOP)
    assert installs(calls) == [".[dev]"]


def test_only_old_pythons_end_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_version", lambda _command: (3, 10))
    with pytest.raises(start.Stop, match=r"needs Python 3\.11"):
        start._find_python()


def test_python_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert start._version([str(broken)]) == ()
    assert start._version([str(tmp_path / "nothing")]) == ()
    assert start._version([sys.executable]) == sys.version_info[:2]


def test_failing_step_gives_its_status() -> None:
    with pytest.raises(start.Stop) as caught:
        start._call([sys.executable, "-c", "raise SystemExit(3)"])
    assert caught.value.args == (3,)


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert "torch==2.13.0" in pins
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin)] == []


def test_installed_versions_are_the_constrained_ones() -> None:
    """What the tests run with is what users get."""
    frozen = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    installed = {
        re.sub(r"[-_.]+", "-", name).lower(): version.partition("+")[0]
        for name, version in (line.split("==") for line in frozen.splitlines() if "==" in line)
    }
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    )
    differing = {
        name: (version, installed[name])
        for name, version in pins.items()
        if name in installed and installed[name] != version
    }
    assert differing == {}
