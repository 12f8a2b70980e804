"""A picture follows from its recipe, whatever shares its batch."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence

import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.pictures.encoding import decode, png, preview
from engine.pictures.painting import batches, check_recipe, paint
from engine.pictures.recipe import RULES, AdapterUse, Recipe

FOX = Recipe(prompt="fox", positive="red fox", seed=5, steps=4, width=64, height=64)
#: Convolutions on a CPU are not bit-equal across batch sizes; latents are of about unit scale.
ROUNDING = 1e-4


def latents(base: LoadedBase, recipes: Sequence[Recipe]) -> Tensor:
    *_, last = paint(base, recipes, [])
    return last.x


@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [("euler_ancestral", "normal"), ("dpmpp_2m", "karras"), ("euler", "normal")],
)
def test_a_picture_does_not_depend_on_its_batch(
    tiny_base: LoadedBase, sampler: str, schedule: str
) -> None:
    fox = dataclasses.replace(FOX, sampler=sampler, schedule=schedule)
    mates = [
        dataclasses.replace(fox, seed=6, positive="cat, " * 60),  # two windows
        fox,
        dataclasses.replace(fox, seed=7, guidance=1.0, negative="hat"),
    ]
    together, alone = latents(tiny_base, mates), latents(tiny_base, [fox])
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=ROUNDING)


def test_the_same_recipe_gives_the_same_latents(tiny_base: LoadedBase) -> None:
    assert torch.equal(latents(tiny_base, [FOX]), latents(tiny_base, [FOX]))


@pytest.mark.parametrize(
    "change",
    [{"seed": 6}, {"positive": "cat"}, {"negative": "cat"}, {"guidance": 2.0}, {"steps": 5}],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_recipe_matters(tiny_base: LoadedBase, change: dict[str, object]) -> None:
    other = dataclasses.replace(FOX, **change)
    difference = latents(tiny_base, [FOX]) - latents(tiny_base, [other])
    assert float(difference.abs().max()) > 1e-3


def test_old_rules_stay_reproducible_in_one_batch(tiny_base: LoadedBase) -> None:
    old, new = (dataclasses.replace(FOX, rules=rules) for rules in (1, 2))
    together = latents(tiny_base, [old, new])
    torch.testing.assert_close(together[:1], latents(tiny_base, [old]), rtol=1e-4, atol=ROUNDING)
    torch.testing.assert_close(together[1:], latents(tiny_base, [new]), rtol=1e-4, atol=ROUNDING)
    assert float((together[0] - together[1]).abs().max()) > 1e-3


def test_drawing_leaves_gradients_on_between_steps(tiny_base: LoadedBase) -> None:
    # Another runner's training step may come between two steps of a drawing.
    for _ in paint(tiny_base, [FOX], []):
        assert torch.is_grad_enabled()


def test_batches_hold_what_one_loop_can_draw() -> None:
    wide = dataclasses.replace(FOX, width=128)
    styled = dataclasses.replace(FOX, adapters=(AdapterUse(name="a", sha256="00"),))
    assert batches([FOX, wide, FOX, styled, wide]) == [[0, 2], [1, 4], [3]]
    assert batches([FOX] * 10) == [list(range(8)), [8, 9]]
    large = dataclasses.replace(FOX, width=1024, height=1024)
    assert batches([large, large]) == [[0], [1]]
    assert batches([]) == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"sampler": "lms"}, "draw.unknown_sampler"),
        ({"schedule": "beta"}, "draw.unknown_schedule"),
        ({"width": 100}, "draw.bad_size"),
        ({"height": 0}, "draw.bad_size"),
        ({"steps": 0}, "draw.bad_steps"),
        ({"rules": RULES + 1}, "draw.other_rules"),
        ({"base_sha256": "00" * 32, "base": "pony"}, "draw.other_base"),
    ],
)
def test_a_recipe_that_cannot_be_drawn_is_refused(
    tiny_base: LoadedBase, change: dict[str, object], key: str
) -> None:
    with pytest.raises(JobFailed) as failed:
        check_recipe(dataclasses.replace(FOX, **change), tiny_base)
    assert failed.value.key == key


def test_a_recipe_of_this_base_is_accepted(tiny_base: LoadedBase) -> None:
    check_recipe(dataclasses.replace(FOX, base_sha256=tiny_base.sha256), tiny_base)


def test_latents_become_pictures_of_the_asked_size(tiny_base: LoadedBase) -> None:
    recipe = dataclasses.replace(FOX, width=64, height=96)
    pictures = decode(tiny_base, latents(tiny_base, [recipe, recipe]))
    assert [picture.size for picture in pictures] == [(64, 96)] * 2


def test_a_large_preview_is_small(tiny_base: LoadedBase) -> None:
    assert preview(tiny_base, torch.zeros(4, 64, 32)).size == (128, 256)
    assert preview(tiny_base, torch.zeros(4, 16, 16)).size == (128, 128)


def test_latents_that_are_no_numbers_are_refused(tiny_base: LoadedBase) -> None:
    with pytest.raises(JobFailed, match=r"draw\.not_finite"):
        decode(tiny_base, torch.full((1, 4, 8, 8), float("nan")))


def test_png_is_lossless_and_carries_its_text() -> None:
    picture = Image.effect_noise((32, 32), 80).convert("RGB")
    data = png(picture, {"a": "plain", "c": "лиса"})
    with Image.open(io.BytesIO(data)) as read:
        assert read.info["a"] == "plain"
        assert read.info["c"] == "лиса"
        assert read.convert("RGB").tobytes() == picture.tobytes()
