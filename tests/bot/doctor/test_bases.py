"""What the doctor says of every base that the host names."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.config import Settings
from bot.doctor.engine import check_engine
from bot.doctor.finding import Finding, Grade
from bot.i18n import LANGUAGES, Texts
from engine.base.place import PARTS, base_folder


async def found(settings: Settings, *, start: bool = False, language: str = "en") -> list[Finding]:
    async with aclosing(check_engine(settings, Texts(language), start=start)) as findings:
        return [finding async for finding in findings]


def with_more(tmp_path: Path, *more: tuple[str, Path], first: str = "builtin") -> Settings:
    named = tuple((name, str(place)) for name, place in more)
    return Settings(state_dir=tmp_path / "state", base_model=first, more_bases=named)


def folder(place: Path, kind: str = "StableDiffusionXLPipeline", lacks: str = "") -> Path:
    for part in PARTS:
        (place / part).mkdir(parents=True)
        if part != lacks:
            (place / part / "model.safetensors").touch()
    (place / "model_index.json").write_text(json.dumps({"_class_name": kind}))
    return place


async def test_every_further_base_has_a_line(tmp_path: Path) -> None:
    (pickled := tmp_path / "flux.ckpt").write_bytes(b"PK\x03\x04")
    more = {
        "toy": base_folder("builtin"),
        "gone": tmp_path / "gone",
        "flux": pickled,
        "old": folder(tmp_path / "sd15", "StableDiffusionPipeline"),
        "half": folder(tmp_path / "half", lacks="vae"),
    }
    findings = await found(with_more(tmp_path, *more.items()))
    lines = {one.facts["name"]: one for one in findings if "name" in one.facts}
    assert list(lines) == list(more)
    said = {name: (one.grade, Texts("en").say(one.key, **one.facts)) for name, one in lines.items()}
    assert said["toy"] == (
        Grade.GOOD, "MORE_BASES, toy: the base is there, and is drawn on as the built-in toy model."
    )  # fmt: skip
    for name, words in {
        "gone": "There is no base model at",
        "flux": "flux.ckpt is a pickled checkpoint",
        "old": "sd15 is not an SDXL model (it says: StableDiffusionPipeline)",
        "half": "The base model half lacks its part vae",
    }.items():
        grade, sentence = said[name]
        assert grade is Grade.BAD
        assert sentence.startswith(f"MORE_BASES, {name}: ")
        assert words in sentence


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_reason_is_worded_in_the_language_of_the_line(
    tmp_path: Path, language: str
) -> None:
    texts = Texts(language)
    *_, gone = await found(with_more(tmp_path, ("gone", tmp_path / "gone")), language=language)
    why = texts.say("engine.base_missing", base=str(tmp_path / "gone"))
    assert texts.say(gone.key, **gone.facts).endswith(why)


async def test_a_broken_first_base_hides_no_other(tmp_path: Path) -> None:
    settings = with_more(
        tmp_path, ("toy", base_folder("builtin")), first=str(folder(tmp_path / "a", "Flux"))
    )
    first, toy = await found(settings)
    assert (first.key, first.grade) == ("engine.base_kind", Grade.BAD)
    assert (toy.key, toy.grade) == ("doctor.more_base", Grade.GOOD)


async def test_a_base_called_like_the_first_is_never_found(tmp_path: Path) -> None:
    *_, twin = await found(with_more(tmp_path, ("Builtin", base_folder("builtin"))))
    assert (twin.key, twin.grade) == ("doctor.more_base_name", Grade.BAD)


@pytest.mark.slow
async def test_every_further_base_is_loaded_once(tmp_path: Path) -> None:
    toy, broken = base_folder("builtin"), folder(tmp_path / "broken")
    *_, loads, fails = await found(
        with_more(tmp_path, ("toy", toy), ("broken", broken)), start=True
    )
    assert (loads.key, loads.facts["device"]) == ("doctor.more_base_loads", "cpu")
    assert loads.facts["family"] == "the built-in toy model"
    assert (fails.key, fails.grade) == ("doctor.more_base_bad", Grade.BAD)
