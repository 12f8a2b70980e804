"""Commands from the arguments to the exit code."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

import bot.cli
from bot.cli import host_locale, main
from bot.cli.commands import COMMANDS
from bot.cli.work import picture_names
from bot.config import Settings
from bot.i18n import Texts
from tests.bot.loopback import loopback

Capture = pytest.CaptureFixture[str]


def train(folder: Path, *more: str) -> int:
    return main(["train", str(folder), "--style", "ink", *more])


def test_train_draw_recipe_and_export(
    state: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert train(folder) == 0
    assert "sketch.psd" in capsys.readouterr().err

    picture = tmp_path / "cat.png"
    arguments = ["draw", "cat", "--style", "ink", "--score", "7", "--seed", "1"]
    assert main([*arguments, "--out", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")

    assert "--style" not in capsys.readouterr().err
    assert main(["draw", "cat", "--seed", "1", "--out", str(picture)]) == 0
    assert "in the style “ink”" in capsys.readouterr().err

    exported = tmp_path / "ink.safetensors"
    assert main(["export", "INK", "--out", str(exported)]) == 0
    assert exported.stat().st_size > 0
    assert state.is_dir()


def test_several_pictures_get_their_seed_into_the_name(
    state: Path, tmp_path: Path, capsys: Capture
) -> None:
    arguments = ["draw", "cat", "--style", "none", "--seed", "5", "--count", "2"]
    assert main([*arguments, "--out", str(tmp_path / "cat.png")]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["cat-5.png", "cat-6.png"]
    assert state.is_dir()
    assert "cat-5.png" in capsys.readouterr().out


def test_picture_names() -> None:
    assert picture_names("a/b.png", [3]) == [Path("a/b.png")]
    assert picture_names(None, [3, 4]) == [Path("picture-3.png"), Path("picture-4.png")]


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["draw", "cat score:11", "--style", "none"], "11", id="score 11"),
        pytest.param(["draw", "", "--style", "none"], "", id="empty prompt"),
        pytest.param(["draw", "a" * 5000, "--style", "none"], "5000", id="long prompt"),
        pytest.param(["draw", "cat", "--style", "zzz"], "zzz", id="unknown style"),
        pytest.param(["draw", "cat"], "", id="no style"),
        pytest.param(["export", "zzz"], "zzz", id="export of an unknown style"),
        pytest.param(["train", "nowhere", "--style", "ink"], "nowhere", id="no folder"),
        pytest.param(["train", ".", "--style", "ink"], "", id="too few"),
        pytest.param(["train", ".", "--style", "a/b"], "1 to 32", id="bad name"),
        pytest.param(["recipe", "nowhere.png"], "nowhere.png", id="recipe of nothing"),
        pytest.param(["db", "status"], "", id="no database"),
    ],
)
def test_bad_input_is_one_sentence_and_code_1(
    arguments: list[str], words: str, capsys: Capture
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1


def test_a_state_folder_that_cannot_be_is_one_sentence(
    folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("STATE_DIR", str(folder / "d00.png" / "state"))
    assert main(["draw", "cat", "--style", "none"]) == 1
    error = capsys.readouterr().err.strip()
    assert "d00.png" in error
    assert len(error.splitlines()) == 1
    assert not state.exists()


@pytest.mark.parametrize("arguments", [[], ["paint"], ["draw"], ["db", "eat"], ["train", "x"]])
def test_unreadable_commands_are_code_2(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_run_without_a_token_says_so(state: Path, capsys: Capture) -> None:
    assert main(["run"]) == 1
    assert "DISCORD_TOKEN" in capsys.readouterr().err
    assert not state.exists()


async def test_run_prints_the_invite_link_whatever_the_log_level(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for owner, name in ((Route, "BASE"), (DiscordWebSocket, "DEFAULT_GATEWAY")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    async with loopback() as there:
        settings = Settings(
            state_dir=state,
            discord_token="let.me.in",
            discord_api_base=there.base,
            discord_gateway=there.gateway,
            log_level="ERROR",
        )
        running = asyncio.create_task(COMMANDS["run"](settings, Texts("en"), Namespace()))
        async with asyncio.timeout(20):
            await there.connected.wait()
            signal.raise_signal(signal.SIGTERM)
            assert await running == 0
    said = capsys.readouterr()
    assert "https://discord.com/oauth2/authorize?client_id=1400000000000000001" in said.out
    assert "let.me.in" not in said.out + said.err


@pytest.mark.usefixtures("state")
def test_a_command_that_is_interrupted_is_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(*_: object) -> int:
        raise asyncio.CancelledError

    monkeypatch.setattr(bot.cli, "COMMANDS", {"draw": interrupted})
    assert main(["draw", "cat"]) == 130


def test_a_picture_of_others_has_no_recipe(folder: Path, state: Path, capsys: Capture) -> None:
    assert main(["recipe", str(folder / "d00.png")]) == 1
    assert "d00.png" in capsys.readouterr().err
    assert not state.exists()


def test_training_again_goes_on_with_the_same_name(state: Path, folder: Path) -> None:
    assert train(folder) == 0
    assert train(folder, "--out", str(state.parent / "second.safetensors")) == 0
    assert (state.parent / "second.safetensors").is_file()


def test_database_is_looked_after(
    state: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    train(folder)
    assert main(["db", "status"]) == 0
    assert main(["db", "migrate"]) == 0
    assert main(["db", "check"]) == 0
    backup = tmp_path / "copy.db"
    assert main(["db", "backup", "--out", str(backup)]) == 0
    assert backup.read_bytes().startswith(b"SQLite format 3")
    assert main(["db", "backup", "--out", str(backup)]) == 1
    lost = next(path for path in state.glob("blobs/*/*") if len(path.name) == 64)
    lost.unlink()
    capsys.readouterr()
    assert main(["db", "check"]) == 1


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru-RU"),
        ({"LC_ALL": "ru_RU", "LANG": "en_GB"}, "ru-RU"),
        ({"LANG": "C"}, "C"),
        ({}, "en"),
    ],
)
def test_language_of_the_host(environ: dict[str, str], locale: str) -> None:
    assert host_locale(environ) == locale
