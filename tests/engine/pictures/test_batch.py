"""A picture follows from its recipe, whatever shares its batch and whenever that came or went."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.packed import PackedStyle, Stack
from engine.lora.styles import packed
from engine.lora.weights import Lora, LoraModule
from engine.memory.plan import Plan
from engine.pictures.easel import Easel
from engine.pictures.picture import Picture, begin, check_recipe
from engine.pictures.recipe import RULES, Recipe
from engine.sampling.prediction import Prediction
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES

FOX = Recipe(prompt="fox", positive="red fox", seed=5, steps=4, width=64, height=64)
#: Convolutions on a CPU are not bit-equal across batch sizes; latents are of about unit scale.
ROUNDING = 1e-4


@pytest.fixture(scope="module")
def styles(tiny_base: LoadedBase) -> list[PackedStyle]:
    """Two styles that take one slot, and one that takes two."""
    return [make_style(tiny_base, seed, rank) for seed, rank in ((1, 4), (2, 16), (3, 20))]


def make_style(base: LoadedBase, seed: int, rank: int) -> PackedStyle:
    generator = torch.Generator().manual_seed(seed)

    def values(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 0.2

    modules = {
        name: LoraModule(down=values(rank, inner), up=values(outer, rank), alpha=2.0)
        for name, (inner, outer) in base.slots.layout.members.items()
    }
    return packed(Lora(modules=modules), f"style {seed}", base)


def drawn(base: LoadedBase, recipes: Sequence[Recipe], stacks: Sequence[Stack] = ()) -> Tensor:
    """Draw to the end; latents (N, C, h, w)."""
    stacks = stacks or [()] * len(recipes)
    pictures = [begin(base, recipe, stack) for recipe, stack in zip(recipes, stacks, strict=True)]
    finish(Easel(base), pictures)
    return torch.cat([picture.course.x for picture in pictures])


def finish(easel: Easel, pictures: Sequence[Picture]) -> None:
    while left := [picture for picture in pictures if not picture.course.finished]:
        easel.do(easel.choose([left]))


def test_long_prompts_that_would_lengthen_each_other_wait(tiny_base: LoadedBase) -> None:
    words = {windows: "cat, " * (37 * windows) for windows in (2, 3, 5)}

    def told(positive: int, negative: int | None = None) -> Picture:
        texts = {"positive": words[positive], "negative": words.get(negative or 0, "")}
        return begin(tiny_base, dataclasses.replace(FOX, **texts))

    two, three, five, uneven = told(2), told(3), told(5), told(5, 3)
    assert [two.positive.text.shape[1] // 77, five.positive.text.shape[1] // 77] == [2, 5]
    easel = Easel(tiny_base)
    assert easel.choose([[two], [three], [five]]) == [two, three], "6 windows, not 30"
    assert easel.choose([[two], [five]]) == [two, five], "10 are twice the longest"
    other = told(3)
    assert easel.choose([[three], [five], [other]]) == [three, other]
    # Its own two texts need 15, so these cost nothing more.
    assert easel.choose([[uneven], [three], [five], [two]]) == [uneven, three, five]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_picture_does_not_depend_on_its_batch(
    tiny_base: LoadedBase, styles: list[PackedStyle], sampler: str, schedule: str
) -> None:
    fox = dataclasses.replace(FOX, sampler=sampler, schedule=schedule)
    recipes = [
        dataclasses.replace(fox, seed=6, positive="cat, " * 60, steps=6),  # two windows
        fox,
        dataclasses.replace(fox, seed=7, guidance=1.0, negative="hat", sampler="euler"),
        fox,
    ]
    stacks: list[Stack] = [
        ((styles[0], 1.0),),
        ((styles[1], 0.7),),
        (),
        ((styles[2], 1.0), (styles[0], -0.5)),
    ]
    together = drawn(tiny_base, recipes, stacks)
    for row in (0, 1, 2, 3):
        alone = drawn(tiny_base, recipes[row : row + 1], stacks[row : row + 1])
        torch.testing.assert_close(together[row : row + 1], alone, rtol=1e-3, atol=ROUNDING)


def test_pictures_join_and_leave_at_any_step(
    tiny_base: LoadedBase, styles: list[PackedStyle]
) -> None:
    late = dataclasses.replace(FOX, seed=9, steps=3)
    stack: Stack = ((styles[0], 1.0),)
    easel = Easel(tiny_base)
    first, gone = begin(tiny_base, FOX, stack), begin(tiny_base, dataclasses.replace(FOX, seed=8))
    easel.do([first, gone])
    second = begin(tiny_base, late)
    easel.do([first, gone, second])
    finish(easel, [first, second])  # the middle one was given up
    assert (first.course.done, second.course.done, gone.course.done) == (4, 3, 2)
    for picture, alone in (
        (first, drawn(tiny_base, [FOX], [stack])),
        (second, drawn(tiny_base, [late])),
    ):
        torch.testing.assert_close(picture.course.x, alone, rtol=1e-4, atol=ROUNDING)


def test_the_same_recipe_gives_the_same_latents(tiny_base: LoadedBase) -> None:
    assert torch.equal(drawn(tiny_base, [FOX]), drawn(tiny_base, [FOX]))


@pytest.mark.parametrize(
    "change",
    [{"seed": 6}, {"positive": "cat"}, {"negative": "cat"}, {"guidance": 2.0}, {"steps": 5}],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_recipe_matters(tiny_base: LoadedBase, change: dict[str, object]) -> None:
    other = dataclasses.replace(FOX, **change)
    difference = drawn(tiny_base, [FOX]) - drawn(tiny_base, [other])
    assert float(difference.abs().max()) > 1e-3


def test_every_style_and_weight_matters(tiny_base: LoadedBase, styles: list[PackedStyle]) -> None:
    stacks: list[Stack] = [(), ((styles[0], 1.0),), ((styles[0], 0.5),), ((styles[2], 1.0),)]
    latents = drawn(tiny_base, [FOX] * 4, stacks)
    for one, other in ((0, 1), (1, 2), (1, 3)):
        assert float((latents[one] - latents[other]).abs().max()) > 1e-2


def test_old_rules_stay_reproducible_in_one_batch(tiny_base: LoadedBase) -> None:
    old, new = (dataclasses.replace(FOX, rules=rules) for rules in (1, 2))
    together = drawn(tiny_base, [old, new])
    torch.testing.assert_close(together[:1], drawn(tiny_base, [old]), rtol=1e-4, atol=ROUNDING)
    torch.testing.assert_close(together[1:], drawn(tiny_base, [new]), rtol=1e-4, atol=ROUNDING)
    assert float((together[0] - together[1]).abs().max()) > 1e-3


def test_old_rules_read_a_prompt_as_it_stands(tiny_base: LoadedBase) -> None:
    marked = dataclasses.replace(FOX, positive="(red:1.5) fox")
    escaped = dataclasses.replace(FOX, positive=r"\(red:1.5\) fox")
    old = dataclasses.replace(marked, rules=2)
    assert torch.equal(drawn(tiny_base, [old]), drawn(tiny_base, [escaped]))
    assert not torch.equal(drawn(tiny_base, [old]), drawn(tiny_base, [marked]))


def test_old_rules_keep_words_whole(tiny_base: LoadedBase) -> None:
    long = dataclasses.replace(FOX, positive="cat " * 74 + "abc")
    apart = dataclasses.replace(FOX, positive="cat " * 74 + "BREAK abc")
    old = dataclasses.replace(long, rules=3)
    kept = drawn(tiny_base, [old])
    torch.testing.assert_close(kept, drawn(tiny_base, [apart]), rtol=1e-4, atol=ROUNDING)
    assert float((kept - drawn(tiny_base, [long])).abs().max()) > 1e-2


def test_drawing_leaves_gradients_on_between_steps(tiny_base: LoadedBase) -> None:
    # A training's step may come between two steps of a drawing.
    easel, picture = Easel(tiny_base), begin(tiny_base, FOX)
    while not picture.course.finished:
        easel.do([picture])
        assert torch.is_grad_enabled()


def test_a_prompt_is_encoded_and_kept_once(
    tiny_base: LoadedBase, styles: list[PackedStyle], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    keep = tiny_base.unet.keep

    def counted(*given: object) -> list[Tensor]:
        kept.append(1)
        return keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(tiny_base.unet, "keep", counted)
    before = tiny_base.text.calls
    grid = [dataclasses.replace(FOX, positive="owl on a hat", seed=n, steps=n) for n in (2, 3, 4)]
    drawn(tiny_base, grid, [((styles[0], 1.0),)] * 3)
    assert tiny_base.text.calls - before <= 2  # the prompt and, if it is new, the empty negative
    assert len(kept) == 2


def test_a_batch_takes_one_of_each_request_in_turn(tiny_base: LoadedBase) -> None:
    def pictures(count: int, **change: int) -> list[Picture]:
        return [begin(tiny_base, dataclasses.replace(FOX, **change)) for _ in range(count)]

    easel = Easel(tiny_base, most_pictures=4)
    many, wide, few = pictures(5), pictures(2, width=128), pictures(2)
    assert easel.choose([many, wide, few]) == [many[0], few[0], many[1], few[1]]
    assert easel.choose([wide, many]) == wide
    assert easel.choose([many]) == many[:4]
    assert Easel(tiny_base, most_pixels=64 * 64).choose([few, many]) == few[:1]


def test_what_the_memory_cannot_hold_is_refused_in_words(tiny_base: LoadedBase) -> None:
    small = dataclasses.replace(tiny_base, plan=Plan(largest_pixels=64 * 64))
    check_recipe(FOX, small)
    with pytest.raises(JobFailed) as failed:
        check_recipe(dataclasses.replace(FOX, width=128), small)
    assert failed.value.key == "draw.too_large"


def test_a_batch_holds_no_more_styles_than_there_are_slots(
    tiny_base: LoadedBase, styles: list[PackedStyle], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Filling all slots with real styles would say nothing more and take long.
    monkeypatch.setattr(type(tiny_base.slots), "count", 3)
    stacks: list[Stack] = [((styles[0], 1.0),), ((styles[2], 1.0),), ((styles[1], 1.0),), ()]
    waiting = [[begin(tiny_base, FOX, stack)] for stack in stacks]
    chosen = Easel(tiny_base).choose(waiting)
    assert chosen == [waiting[0][0], waiting[1][0], waiting[3][0]]
    monkeypatch.setattr(type(tiny_base.slots), "count", 1)
    alone = Easel(tiny_base)
    assert alone.choose(waiting[1:]) == [waiting[1][0]]  # who is first is never left out
    with pytest.raises(JobFailed, match=r"style\.no_room"):
        tiny_base.slots.check(stacks[1])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"sampler": "lms"}, "draw.unknown_sampler"),
        ({"schedule": "beta"}, "draw.unknown_schedule"),
        ({"width": 100}, "draw.bad_size"),
        ({"height": 0}, "draw.bad_size"),
        ({"steps": 0}, "draw.bad_steps"),
        ({"rules": RULES + 1}, "draw.other_rules"),
        ({"positive": "fox <lora:other:1>"}, "draw.prompt_tag"),
        ({"negative": "(fox:nan)"}, "draw.prompt_weight"),
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


def test_what_the_base_predicts_matters(tiny_base: LoadedBase) -> None:
    other = dataclasses.replace(tiny_base, prediction=Prediction.VELOCITY)
    noise, velocity = drawn(tiny_base, [FOX]), drawn(other, [FOX])
    assert bool(velocity.isfinite().all())
    assert float((noise - velocity).abs().max()) > 1e-2
