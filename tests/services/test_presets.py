"""Choices under a name: where their words go, who keeps and finds them."""

from __future__ import annotations

import dataclasses

import pytest

from bot.app import App
from bot.errors import UserError
from bot.i18n import LANGUAGES, Texts
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices, choices_from_json, choices_to_json
from bot.services.drawing.filling import filled
from bot.services.drawing.presets import MAX_OWN, MAX_SERVERS
from bot.services.orders import DrawOrder
from data.models import HOST
from data.settings import Holder
from engine.base.families import family_of
from engine.pictures.recipe import Recipe
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, trained

AS_ANA = Actor(id=ANA, guild_id=GUILD)
AS_BO = Actor(id=BO, guild_id=GUILD)
MANAGER = Actor(id=BO, guild_id=GUILD, is_manager=True)


def order(prompt: str = "1girl", **said: object) -> DrawOrder:
    said = {"owner_id": ANA, "preset": "human", **said}
    return DrawOrder(prompt=prompt, **said)  # type: ignore[arg-type]


async def first(app: App, prompt: str = "cat", **said: object) -> Recipe:
    said = {"style": "none", "guild_id": GUILD, "channel_id": CHANNEL, **said}
    return (await app.draws.plan(order(prompt, **said))).recipes[0]


def test_for_pony_it_is_what_the_artist_and_the_makers_of_the_base_say() -> None:
    full, notes = filled(order(negative="hat"), family_of("pony"))
    assert full.prompt == "source_anime, 1girl"
    assert full.negative == "furry, pony, source_furry, source_pony, anthro, hat"
    assert full.preset is None
    assert notes == ()


def test_what_a_family_always_leaves_out_stays_behind_it() -> None:
    family = family_of("noobai")
    full, _ = filled(order(), family)
    assert full.negative == f"mammal, anthro, furry, {family.negative}"
    assert full.prompt == "1girl"


@pytest.mark.parametrize(
    ("family", "preset", "key"),
    [("sdxl", "human", "draw.no_presets"), ("pony", "hunan", "draw.preset_none")],
)
def test_a_preset_that_is_none_is_refused(family: str, preset: str, key: str) -> None:
    with pytest.raises(UserError) as refused:
        filled(order(preset=preset), family_of(family))
    assert refused.value.key == key


async def test_it_reaches_the_recipe_once_and_is_drawn_again(app: App) -> None:
    plan = await app.draws.plan(order("1girl --no hat", preset=" Human", style="none", count=1))
    job = await app.draws.request(plan)
    await app.jobs.wait(job.id)
    assert plan.recipes[0].negative == "furry, pony, hat"
    again = await app.draws.plan(await app.draws.again(job.id, ANA))
    assert again.recipes[0].negative == "furry, pony, hat"


async def test_a_preset_alone_is_nothing_to_draw(app: App) -> None:
    with refuses("draw.prompt_empty"):
        await app.draws.plan(order("", style="none"))


async def test_all_choices_of_a_stored_one_are_drawn_with_and_what_is_said_counts_more(
    app: App,
) -> None:
    await trained(app, name="ink")
    choices = Choices(
        score=6, shape="landscape", count=2, negative="hat", weight=0.5, steps=12, guidance=5,
        sampler="ddim", words="red dress", style="ink",
    )  # fmt: skip
    saved = await app.presets.save(AS_ANA, "  Soft  Light ", choices)
    assert saved.name == "soft light"
    assert saved.choices.sampler == "DDIM"
    plan = await app.draws.plan(order("cat", preset="SOFT light", guild_id=GUILD))
    recipe = plan.recipes[0]
    assert (recipe.prompt, recipe.score, recipe.negative) == ("red dress, cat", 6, "hat")
    assert (len(plan.recipes), recipe.steps, recipe.guidance) == (2, 12, 5)
    assert (recipe.width, recipe.height, recipe.sampler) == (144, 112, "ddim")
    assert [(use.name, use.weight) for use in recipe.adapters] == [("ink", 0.5)]
    assert plan.filled == (), "it was said"
    said = await first(
        app, "cat steps:9", preset="soft light", style="none", score=3, count=1, negative="tree"
    )
    assert (said.score, said.steps, said.guidance, said.adapters) == (3, 9, 5, ())
    assert said.negative == "hat, tree"


async def test_a_style_is_laid_over_as_the_preset_says(app: App) -> None:
    await trained(app, name="ink")
    await app.presets.save(AS_ANA, "inked", Choices(stack="ink:0.4/0.2"))
    recipe = await first(app, preset="inked")
    assert [(use.name, use.weight, use.text_weight) for use in recipe.adapters] == [
        ("ink", 0.4, 0.2)
    ]


async def test_what_the_base_cannot_do_is_left_out_of_a_stored_one(app: App) -> None:
    await app.presets.save(AS_ANA, "cinema", Choices(shape="wide", score=7))
    recipe = await first(app, preset="cinema")
    assert (recipe.width, recipe.score) == (128, 7)
    full, _ = filled(order(preset="x"), family_of("sdxl"), preset=Choices(score=7, shape="wide"))
    assert (full.score, full.shape) == (None, "wide")


async def test_ones_own_is_found_before_the_servers_and_nobody_elses(app: App) -> None:
    await app.presets.save(AS_ANA, "soft", Choices(words="cat"))
    await app.presets.save(MANAGER, "soft", Choices(words="tree"), for_server=True)
    await app.presets.save(AS_BO, "bold", Choices(words="house"))
    assert (await first(app, "x", preset="soft")).prompt == "cat, x"
    assert (await first(app, "x", preset="soft", owner_id=BO)).prompt == "tree, x"
    with refuses("draw.preset_none") as refusal:
        await first(app, "x", preset="bold")
    assert refusal.value.facts["presets"] == "soft, human"
    with refuses("draw.preset_none"):
        await first(app, "x", preset="soft", owner_id=BO, guild_id=GUILD + 1)


async def test_of_many_presets_the_nearest_are_told_and_an_answer_holds_them(app: App) -> None:
    for number in range(MAX_OWN):
        await app.presets.save(AS_BO, f"{number:02} {'o' * 29}", Choices(count=1))
    for number in range(MAX_SERVERS):
        name = f"{number:02} {'s' * 29}"
        await app.presets.save(MANAGER, name, Choices(count=1), for_server=True)
    said = f"07 {'s' * 28}"
    asked = order("x", preset=said, style="none", owner_id=BO, guild_id=GUILD)
    holder = Holder(person_id=BO)
    for refused in (
        app.draws.plan(asked),
        app.defaults.change(holder, AS_BO, lambda now: dataclasses.replace(now, preset=said)),
    ):
        with refuses("draw.preset_none") as refusal:
            await refused
        told = str(refusal.value.facts["presets"])
        assert told.startswith(f"{said}s, ")
        assert told.endswith("s …")
        assert told.count(", ") == 9
        for language in LANGUAGES:
            assert len(Texts(language).say("draw.preset_none", **refusal.value.facts)) < 2000


@pytest.mark.parametrize("name", ["Human", "HUMAN  ", "\thuman\n"])
def test_a_ready_made_one_is_found_however_it_is_written(name: str) -> None:
    assert filled(order(preset=name), family_of("pony"))[0].prompt == "source_anime, 1girl"


async def test_the_host_has_presets_and_nobody_has_the_servers_alone(app: App) -> None:
    await app.presets.save(Actor(id=HOST, guild_id=None), "mine", Choices(count=1))
    await app.presets.save(MANAGER, "ours", Choices(count=1), for_server=True)
    assert [one.name for one in await app.presets.usable(HOST, GUILD)] == ["mine", "ours"]
    assert [one.name for one in await app.presets.usable(None, GUILD)] == ["ours"]


async def test_only_managers_keep_and_delete_a_servers(app: App) -> None:
    for actor in (AS_BO, Actor(id=BO, guild_id=None, is_manager=True)):
        with refuses("settings.not_manager"):
            await app.presets.save(actor, "soft", Choices(count=1), for_server=True)
    await app.presets.save(MANAGER, "soft", Choices(count=1), for_server=True)
    with refuses("settings.not_manager"):
        await app.presets.delete(AS_ANA, "soft")
    assert (await app.presets.delete(MANAGER, " Soft")).is_servers
    with refuses("preset.unknown"):
        await app.presets.delete(MANAGER, "soft")


@pytest.mark.parametrize(
    ("name", "choices", "key"),
    [
        pytest.param("", Choices(count=1), "preset.name_bad", id="no name"),
        pytest.param("a,b", Choices(count=1), "preset.name_bad", id="a comma"),
        pytest.param("a" * 33, Choices(count=1), "preset.name_bad", id="a long name"),
        pytest.param("Human", Choices(count=1), "preset.name_taken", id="a family's"),
        pytest.param("none", Choices(count=1), "preset.name_taken", id="none"),
        pytest.param("soft", Choices(), "preset.empty", id="nothing chosen"),
        pytest.param("soft", Choices(words=" , "), "preset.empty", id="only a comma"),
        pytest.param("soft", Choices(words="a" * 501), "preset.words_long", id="many words"),
        pytest.param("soft", Choices(negative="a" * 501), "preset.words_long", id="many left out"),
        pytest.param("soft", Choices(words="cat score:7"), "preset.words_plain", id="an option"),
        pytest.param("soft", Choices(words="@mira"), "preset.words_plain", id="a character"),
        pytest.param("soft", Choices(negative="(cat"), "preset.words_plain", id="open"),
        pytest.param("soft", Choices(words="<lora:x:1>"), "draw.prompt_tag", id="a LoRA tag"),
        pytest.param("soft", Choices(score=0), "draw.score_range", id="score 0"),
        pytest.param("soft", Choices(shape="round"), "draw.shape_none", id="a circle"),
        pytest.param("soft", Choices(sampler="Euler z"), "draw.sampler_none", id="a sampler"),
        pytest.param("soft", Choices(steps=61), "draw.steps_range", id="61 steps"),
        pytest.param("soft", Choices(weight=float("nan")), "draw.weight_range", id="no number"),
        pytest.param("soft", Choices(stack="a:b:c"), "draw.stack_item", id="no stack"),
        pytest.param("soft", Choices(stack="a:9"), "draw.weight_range", id="a heavy stack"),
    ],
)
async def test_bad_presets_are_refused(app: App, name: str, choices: Choices, key: str) -> None:
    with refuses(key):
        await app.presets.save(AS_ANA, name, choices)
    assert await app.presets.usable(ANA, GUILD) == ()


async def test_there_is_a_most_for_people_and_for_servers(app: App) -> None:
    for number in range(MAX_OWN):
        await app.presets.save(AS_BO, f"own {number}", Choices(count=1))
    for number in range(MAX_SERVERS):
        await app.presets.save(MANAGER, f"ours {number}", Choices(count=1), for_server=True)
    with refuses("preset.too_many"):
        await app.presets.save(AS_BO, "soft", Choices(count=1))
    with refuses("preset.too_many_server"):
        await app.presets.save(MANAGER, "soft", Choices(count=1), for_server=True)
    await app.presets.save(MANAGER, "own 3", Choices(count=2))
    await app.presets.save(AS_ANA, "soft", Choices(count=1))


async def test_they_are_erased_with_whoever_saved_them(app: App) -> None:
    await app.presets.save(MANAGER, "soft", Choices(count=1), for_server=True)
    await app.presets.save(AS_BO, "bold", Choices(count=1))
    assert (await app.privacy.holdings(BO)).settings == 2
    await app.privacy.erase(BO)
    assert await app.presets.usable(BO, GUILD) == ()


def test_what_this_version_does_not_know_is_passed_over() -> None:
    choices = Choices(score=7, weight=0.5, negative="hat")
    assert choices_from_json(choices_to_json(choices)) == choices
    assert choices_from_json('{"score": 7, "mood": "calm"}') == Choices(score=7)
