"""`recipe F.png` says what made a picture; `draw --recipe F.png` makes it again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.cli import main
from engine.pictures.metadata import chunks
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import recipe_from_json
from engine.pictures.webp import as_webp

Capture = pytest.CaptureFixture[str]
RECIPE = Recipe(
    prompt="кот",
    positive="score_7, cat",
    negative="dog",
    score=7,
    seed=5,
    adapters=(AdapterUse(name="ink", sha256="ab" * 32, weight=0.8, text_weight=0.4),),
    start_sha256="cd" * 32,
    denoise=0.35,
    base_sha256="ef" * 32,
)


def carry(recipe: Recipe, file: Path) -> Path:
    info = PngInfo()
    for name, text in chunks(recipe).items():
        info.add_itxt(name, text)
    Image.new("RGB", (8, 8)).save(file, pnginfo=info)
    return file


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en_GB", ("Prompt: кот", "Left out: dog", "ink (abababababab), weight 0.8:0.4", "35 %")),
        ("ru_RU", ("Запрос: кот", "Чего не рисовать: dog", "Зерно: 5", "заново нарисовано 35 %")),
    ],
)
def test_a_recipe_is_told_in_words(
    language: str, words: tuple[str, ...], tmp_path: Path, capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    assert main(["recipe", str(carry(RECIPE, tmp_path / "ours.png"))]) == 0
    said = capsys.readouterr().out
    for one in (*words, "Euler a", "cdcdcdcdcdcd", "builtin (efefefefefef)"):
        assert one in said


def test_a_webp_tells_its_recipe_too(tmp_path: Path, capsys: Capture) -> None:
    made = as_webp(carry(RECIPE, tmp_path / "ours.png").read_bytes(), 10**6)
    assert made is not None
    (tmp_path / "ours.webp").write_bytes(made[0])
    assert main(["recipe", "--json", str(tmp_path / "ours.webp")]) == 0
    assert json.loads(capsys.readouterr().out)["prompt"] == "кот"


def test_a_recipe_is_json_for_programs(tmp_path: Path, capsys: Capture) -> None:
    assert main(["recipe", "--json", str(carry(RECIPE, tmp_path / "ours.png"))]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["prompt"], shown["seed"], shown["adapters"][0]["weight"]) == ("кот", 5, 0.8)


def test_a_picture_is_drawn_again_with_its_style(
    state: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["train", str(folder), "--style", "ink"]) == 0
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    assert main(["draw", "cat", "--style", "ink", "--seed", "1", "--out", str(first)]) == 0
    # The fake engine's pictures carry nothing; the rows know.
    (spelled,) = _recipes(state)
    carry(recipe_from_json(spelled), tmp_path / "carrying.png")
    assert recipe_from_json(spelled).adapters
    redraw = ["draw", "--recipe", str(tmp_path / "carrying.png"), "--out", str(second)]
    assert main(redraw) == 0
    assert _recipes(state) == [spelled, spelled]
    assert second.read_bytes() == first.read_bytes()


def _recipes(state: Path) -> list[str]:
    (file,) = state.glob("*.db")
    with contextlib.closing(sqlite3.connect(file)) as db:
        return [spelled for (spelled,) in db.execute("SELECT recipe_json FROM pictures")]


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        pytest.param({}, ["--seed", "3"], "other options", id="with other options"),
        pytest.param({}, ["--with", "ink"], "other options", id="with another stack"),
        pytest.param({}, ["--base", "sdxl"], "other options", id="with another base"),
        pytest.param({}, [], "base", id="another base"),
        pytest.param({"base_sha256": ""}, [], "“ink” (file abababababab)", id="no such style"),
        pytest.param(
            {"base_sha256": "", "adapters": ()}, [], "to start from is not there", id="no start"
        ),
    ],
)
def test_what_is_not_here_is_refused_in_a_sentence(
    changes: dict[str, object], more: list[str], words: str, tmp_path: Path, capsys: Capture
) -> None:
    file = carry(dataclasses.replace(RECIPE, **changes), tmp_path / "ours.png")  # pyright: ignore[reportArgumentType]
    out = tmp_path / "again.png"
    assert main(["draw", "--recipe", str(file), "--out", str(out), *more]) == 1
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("arguments", [["draw"], ["draw", "cat", "--recipe", "F.png"]])
def test_a_prompt_or_a_recipe(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert "either a prompt or --recipe" in capsys.readouterr().err


@pytest.mark.slow
def test_the_real_engine_repeats_it_to_the_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    arguments = ["draw", "cat", "--style", "none", "--seed", "1", "--out"]
    assert main([*arguments, str(first)]) == 0
    assert main(["draw", "--recipe", str(first), "--out", str(second)]) == 0
    assert second.read_bytes() == first.read_bytes()
