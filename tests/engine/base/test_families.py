"""Families word scores as their authors trained them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.checkpoint_file import write_checkpoint
from engine.base.buckets import bucket_sizes, rules_of
from engine.base.families import (
    FAMILIES,
    Dialect,
    Family,
    dialect_of,
    family_of,
    guess_family,
)
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES

LADDERS = {
    9: "score_9, score_8_up, score_7_up, score_6_up, score_5_up, score_4_up",
    8: "score_8, score_7_up, score_6_up, score_5_up, score_4_up",
    7: "score_7, score_6_up, score_5_up, score_4_up",
    6: "score_6, score_5_up, score_4_up",
    5: "score_5, score_4_up",
    4: "score_4",
    3: "score_3",
    2: "score_2",
    1: "score_1",
}


@pytest.mark.parametrize("name", ["pony", "builtin"])
@pytest.mark.parametrize(("score", "words"), LADDERS.items())
def test_the_ladder_is_cut_from_the_left(name: str, score: int, words: str) -> None:
    assert family_of(name).ladder(score) == words


@pytest.mark.parametrize(
    ("folder", "family"),
    [
        ("ponyDiffusionV6XL", "pony"),
        ("noobXL-eps", "noobai"),
        ("Illustrious-v1", "illustrious"),
        ("pony/sd_xl_base_1.0", "sdxl"),
    ],
)
def test_a_folder_tells_its_family_by_its_own_name(folder: str, family: str) -> None:
    assert guess_family(Path("models") / folder) == family


def test_a_list_of_words_means_the_built_in_layout(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text("{}")
    assert guess_family(tmp_path) == "builtin"


def test_scores_below_four_are_named_untrained() -> None:
    assert family_of("pony").untrained_scores == {1, 2, 3}
    assert family_of("builtin").untrained_scores == {1, 2, 3}


def test_the_score_stands_before_the_prompt() -> None:
    assert family_of("pony").compose(" fox ", 4) == "score_4, fox"
    assert family_of("pony").compose("", 4) == "score_4"


def test_no_score_adds_nothing() -> None:
    assert family_of("pony").compose("fox", None) == "fox"


def test_sdxl_takes_no_score() -> None:
    assert not family_of("sdxl").takes_score
    assert family_of("sdxl").compose("fox", 7) == "fox"


@pytest.mark.parametrize("score", [0, 10, -1])
def test_scores_outside_the_scale_have_no_words(score: int) -> None:
    with pytest.raises(KeyError):
        family_of("pony").ladder(score)


def test_word_families_never_word_two_scores_alike() -> None:
    for family in FAMILIES:
        assert len(set(family.scores.values())) == len(family.scores)


def test_the_builtin_base_draws_small_and_fast() -> None:
    family = family_of("builtin")
    assert (family.width, family.height, family.steps, family.guidance) == (128, 128, 20, 4.0)
    assert (family.sampler, family.schedule) == ("euler_ancestral", "normal")


def test_an_unknown_family_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        family_of("flux")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_is_whole(family: Family) -> None:
    assert family.sampler in SAMPLERS
    assert family.schedule in SCHEDULES
    assert family.sizes["square"] == (family.width, family.height)
    if family.name != "builtin":  # it was taught squares alone, and was looked at in others
        assert set(family.sizes.values()) <= set(bucket_sizes(rules_of(family)))
    assert family.clip_layer == -2
    assert family.to_pure_noise <= (family.prediction == "v_prediction")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_shapes_are_what_their_names_say(family: Family) -> None:
    ratios = {"portrait": 2 / 3, "square": 1, "landscape": 3 / 2, "tall": 9 / 16, "wide": 16 / 9}
    area = family.width * family.height
    for shape, (width, height) in family.sizes.items():
        assert width / height == pytest.approx(ratios[shape], rel=0.2)
        assert width * height == pytest.approx(area, rel=0.05)
        assert width % 16 == height % 16 == 0
    assert family.sizes.keys() == ratios.keys() or family.name == "builtin"


def test_a_score_brings_the_authors_other_words_of_quality() -> None:
    noobai = family_of("noobai")
    assert noobai.compose("fox", 8) == "best quality, newest, absurdres, highres, fox"
    assert noobai.compose("fox", None) == "fox"


def test_captions_are_in_the_language_of_the_family() -> None:
    assert dialect_of("pony") is dialect_of("builtin") is Dialect.PONY
    assert dialect_of("sdxl") is Dialect.SENTENCES
    assert dialect_of("noobai-v") is Dialect.TAGS
    assert dialect_of("a family of long ago") is Dialect.TAGS


@pytest.mark.parametrize("name", ["noobaiXL_vPred10", "NoobAI-XL-V-Pred", "noob v_prediction"])
def test_velocity_is_read_from_a_name(name: str) -> None:
    assert guess_family(Path(name)) == "noobai-v"


def test_a_folders_scheduler_knows_better_than_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "noob-vpred"
    (folder / "scheduler").mkdir(parents=True)
    (folder / "scheduler" / "scheduler_config.json").write_text('{"prediction_type": "epsilon"}')
    assert guess_family(folder) == "noobai"


def test_a_files_title_is_read_before_its_name(tmp_path: Path) -> None:
    file = tmp_path / "illustriousMix.safetensors"
    write_checkpoint(file, [], torch.float16, metadata={"modelspec.title": "Pony Diffusion V6"})
    assert guess_family(file) == "pony"
    write_checkpoint(file, [], torch.float16, metadata={"modelspec.title": "my mix"})
    assert guess_family(file) == "illustrious"
    file.write_bytes(b"nothing")
    assert guess_family(file) == "illustrious"
