"""What people, servers and styles are set to fills what a draw leaves open, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from bot.app import App
from bot.services.drawing.actor import Actor
from bot.services.drawing.checks import MAX_PROMPT_CHARS, check_order
from bot.services.drawing.choices import Choices, choices_to_json
from bot.services.drawing.filling import Layer, filled
from bot.services.drawing.remakes import Remake
from bot.services.orders import DrawOrder, DrawPlan, Start
from bot.services.tasks import Filled, Whose, read_draw_task
from data.models import HOST, StyleId
from data.settings import Default, Holder
from engine.base.families import family_of
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, trained

AS_ANA = Actor(id=ANA, guild_id=GUILD)
AS_BO = Actor(id=BO, guild_id=GUILD)
MANAGER = Actor(id=BO, guild_id=GUILD, is_manager=True)
MINE, OURS = Holder(person_id=ANA), Holder(guild_id=GUILD)
STYLE, PERSON, SERVER = Whose.STYLE, Whose.PERSON, Whose.SERVER


def order(prompt: str = "cat", **said: object) -> DrawOrder:
    said = {"style": "none", "guild_id": GUILD, "channel_id": CHANNEL, "owner_id": ANA, **said}
    return DrawOrder(prompt=prompt, **said)  # type: ignore[arg-type]


async def planned(app: App, prompt: str = "cat", **said: object) -> DrawPlan:
    return await app.draws.plan(order(prompt, **said))  # type: ignore[arg-type]


async def put(app: App, actor: Actor, holder: Holder, **choices: object) -> None:
    await app.defaults.change(
        holder,
        actor,
        lambda now: dataclasses.replace(now, **choices),  # type: ignore[arg-type]
    )


async def inked(app: App) -> StyleId:
    """Train a style of Ana's that the server draws with."""
    style_id = (await trained(app, name="ink")).job.style_id
    assert style_id is not None
    await app.sharing.publish(style_id, ANA, guild_id=GUILD)
    return style_id


def layer(whose: Whose, **choices: object) -> Layer:
    stored = choices.pop("stored", None)
    return Layer(whose=whose, choices=Choices(**choices), preset=stored)  # type: ignore[arg-type]


S, P, G = layer(STYLE, score=8), layer(PERSON, score=7), layer(SERVER, score=6)


@pytest.mark.parametrize(
    ("said", "preset", "layers", "score", "whose"),
    [
        pytest.param({"score": 9}, Choices(score=1), (S, P, G), 9, None, id="said"),
        pytest.param({}, Choices(score=1), (S, P, G), 1, None, id="a preset that is said"),
        pytest.param({}, Choices(count=1), (S, P, G), 8, STYLE, id="the style's"),
        pytest.param({}, None, (S, P, G), 8, STYLE, id="the style's without a preset"),
        pytest.param({}, None, (P, G), 7, PERSON, id="one's own"),
        pytest.param({}, None, (G,), 6, SERVER, id="the server's"),
        pytest.param({}, None, (layer(SERVER, count=1),), None, None, id="nobody's"),
        pytest.param({"no_score": True}, Choices(score=1), (S, P, G), None, None, id="none"),
        pytest.param({"settled": True}, None, (S, P, G), None, None, id="settled"),
    ],
)
def test_who_counts_most(
    said: dict[str, object],
    preset: Choices | None,
    layers: tuple[Layer, ...],
    score: int | None,
    whose: Whose | None,
) -> None:
    asked = order("cat", preset=preset and "p", **said)
    full, notes = filled(asked, family_of("pony"), preset=preset, defaults=layers)
    assert full.score == score
    noted = [one for one in notes if one.name == "score"]
    assert noted == ([Filled(name="score", value=str(score), whose=whose)] if whose else [])


def test_a_preset_of_a_default_counts_just_behind_whoever_names_it() -> None:
    soft = Choices(words="soft light", count=2, score=3, steps=9, style="ink", stack="oil:1")
    layers = (
        layer(STYLE, score=8, preset="soft", stored=soft),
        layer(PERSON, score=7, steps=30, guidance=5.0, preset="bold", stored=Choices(words="no")),
    )
    full, notes = filled(order(), family_of("pony"), defaults=layers)
    assert (full.prompt, full.score, full.count) == ("soft light, cat", 8, 2)
    assert (full.steps, full.guidance, full.stack, full.style) == (9, 5.0, None, "none")
    assert [(one.name, one.value, one.whose) for one in notes] == [
        ("score", "8", STYLE),
        ("guidance", "5", PERSON),
        ("preset", "soft", STYLE),
    ]
    for said in ("none", " None"):
        full, _ = filled(order(preset=said), family_of("pony"), defaults=layers)
        assert (full.prompt, full.steps) == ("cat", 30)


def test_a_preset_that_is_gone_leaves_its_place_to_the_next() -> None:
    layers = (layer(STYLE, preset="gone"), layer(PERSON, preset="human"))
    full, notes = filled(order(), family_of("pony"), defaults=layers)
    assert full.prompt == "source_anime, cat"
    assert notes == (Filled(name="preset", value="human", whose=PERSON),)


@pytest.mark.parametrize(
    ("said", "negative"),
    [
        pytest.param(None, "furry, pony, blurry", id="nothing said"),
        pytest.param("hat", "furry, pony, hat", id="said"),
        pytest.param("", "", id="nothing left out"),
    ],
)
def test_what_is_left_out_begins_with_the_preset_and_ends_with_whose_counts_most(
    said: str | None, negative: str
) -> None:
    layers = (
        layer(PERSON, negative="blurry", preset="p", stored=Choices(negative="furry, pony")),
        layer(SERVER, negative="tree"),
    )
    full, _ = filled(order(negative=said), family_of("noobai"), defaults=layers)
    assert full.negative == negative


def test_what_a_base_cannot_obey_is_left_out_and_the_next_one_counts() -> None:
    layers = (
        layer(STYLE, score=7, shape="round", sampler="Euler z"),
        layer(PERSON, shape="wide", sampler="DDIM"),
    )
    full, notes = filled(order(), family_of("sdxl"), defaults=layers)
    assert (full.score, full.shape, full.sampler) == (None, "wide", ("ddim", "ddim_uniform"))
    assert {one.name for one in notes} == {"shape", "sampler"}


def test_a_picture_to_start_from_keeps_its_shape() -> None:
    start = Start(sha256="a" * 64, denoise=0.5, size=(10, 20))
    full, _ = filled(order(start=start), family_of("sdxl"), defaults=(layer(PERSON, shape="wide"),))
    assert full.shape is None


def test_a_preset_that_nobody_said_makes_no_prompt_too_long() -> None:
    words = "w" * 400
    whole = Choices(words=words, negative=words, steps=9)
    layers, long = (layer(PERSON, preset="p", stored=whole),), "c" * (MAX_PROMPT_CHARS - 400)
    full, notes = filled(order(long, negative="hat"), family_of("sdxl"), defaults=layers)
    assert (full.prompt, full.negative, full.steps) == (long, f"{words}, hat", 9)
    assert [one.name for one in notes] == ["preset"]
    full, _ = filled(order(negative=long), family_of("sdxl"), defaults=layers)
    assert (full.prompt, full.negative) == (f"{words}, cat", long)
    fits = long[2:]
    full, _ = filled(order(fits, negative=fits), family_of("sdxl"), defaults=layers)
    assert len(full.prompt) == len(full.negative or "") == MAX_PROMPT_CHARS
    only_words = (layer(PERSON, preset="p", stored=Choices(words=words)),)
    assert filled(order(long), family_of("sdxl"), defaults=only_words) == (order(long), ())
    check_order(full)
    said, _ = filled(order(long, preset="p"), family_of("sdxl"), preset=whole)
    with refuses("draw.prompt_long"):
        check_order(said)


async def test_a_legal_prompt_is_drawn_whatever_preset_a_default_names(app: App) -> None:
    await app.presets.save(AS_ANA, "soft", Choices(words="house " * 80))
    await put(app, AS_ANA, MINE, preset="soft")
    prompt = ("cat, " * 280).strip(", ")
    assert (await planned(app, prompt)).recipes[0].prompt == prompt
    with refuses("draw.prompt_long"):
        await planned(app, prompt, preset="soft")


async def test_all_three_fill_a_draw_and_its_job_says_so(app: App) -> None:
    style_id = await inked(app)
    await put(app, AS_ANA, Holder(style_id=style_id), score=8)
    await put(app, AS_BO, Holder(person_id=BO), score=5, count=2)
    await put(app, MANAGER, OURS, shape="portrait", count=3, negative="hat", weight=0.5)
    plan = await planned(app, owner_id=BO, style="ink")
    recipe = plan.recipes[0]
    assert (recipe.score, len(plan.recipes), recipe.height) == (8, 2, 144)
    assert (recipe.negative, recipe.adapters[0].weight) == ("hat", 0.5)
    job = await app.draws.request(plan)
    task = read_draw_task(await app.store.jobs.get(job.id))
    assert {(one.name, one.whose) for one in task.filled} == {
        ("score", STYLE), ("count", PERSON), ("shape", SERVER), ("negative", SERVER),
        ("weight", SERVER),
    }  # fmt: skip
    bare = await planned(app, owner_id=BO)
    assert bare.recipes[0].score == 5, "without a style, its artist sets nothing"
    assert not any(one.name == "weight" for one in bare.filled)
    elsewhere = await planned(app, guild_id=GUILD + 1)
    assert (len(elsewhere.recipes), elsewhere.filled) == (4, ())


async def test_nothing_can_be_said_in_place_of_a_default(app: App) -> None:
    await put(app, AS_ANA, MINE, score=7, negative="hat")
    for prompt, more in (
        ("cat score:none --no none", {}),
        ("cat score:None", {"negative": "none"}),
    ):
        plan = await planned(app, prompt, **more)
        assert (plan.recipes[0].prompt, plan.recipes[0].score) == ("cat", None)
        assert plan.recipes[0].negative == ""
    said = await planned(app, "cat score:none", score=6)
    assert said.recipes[0].score == 6
    with refuses("draw.score_range"):
        await planned(app, "cat score:0")
    with refuses("draw.shape_none"):
        await planned(app, shape="wide")


async def test_what_is_made_of_an_earlier_draw_takes_no_defaults(app: App) -> None:
    job = await app.draws.request(await planned(app, "cat --no none", count=1))
    await app.jobs.wait(job.id)
    await put(app, AS_ANA, MINE, score=7, negative="hat", count=2, steps=9, preset="human")
    again = await app.draws.plan(await app.draws.again(job.id, ANA, guild_id=GUILD))
    made = await app.remakes.plan(job.id, 1, Remake.SUBTLE, ANA, guild_id=GUILD)
    for plan, count in ((again, 1), (made, 4)):
        recipe = plan.recipes[0]
        assert (recipe.prompt, recipe.score, recipe.negative) == ("cat", None, "")
        assert (len(plan.recipes), recipe.steps, plan.filled) == (count, 20, ())


async def test_a_series_is_filled_line_by_line_and_drawn_again_as_it_was(app: App) -> None:
    await put(app, AS_ANA, MINE, score=7, negative="hat", count=3)
    plan = await planned(app, lines=("cat", "house score:4", "tree score:none --no none"))
    assert [one.score for one in plan.recipes] == [7, 4, None]
    assert [one.negative for one in plan.recipes] == ["hat", "hat", ""]
    assert len(plan.filled) == 2
    job = await app.draws.request(plan)
    await put(app, AS_ANA, MINE, score=1, negative="dog")
    again = await app.draws.plan(await app.draws.again(job.id, ANA, guild_id=GUILD))
    assert [one.score for one in again.recipes] == [7, 4, None]
    assert [one.negative for one in again.recipes] == ["hat", "hat", ""]


async def test_the_command_line_takes_the_styles_alone(app: App) -> None:
    style_id = (await trained(app, owner=HOST, name="ink")).job.style_id
    await put(app, Actor(id=HOST), Holder(style_id=style_id), score=8)
    await put(app, MANAGER, OURS, count=1)
    plan = await planned(app, owner_id=HOST, style="ink", guild_id=None, channel_id=None)
    assert (plan.recipes[0].score, len(plan.recipes)) == (8, 4)


async def test_others_draw_by_the_artists_own_preset_and_a_servers_names_only_its_own(
    app: App,
) -> None:
    style_id = await inked(app)
    await app.presets.save(AS_ANA, "soft", Choices(words="house"))
    await put(app, AS_ANA, Holder(style_id=style_id), preset=" Soft")
    assert (await planned(app, owner_id=BO, style="ink")).recipes[0].prompt == "house, cat"
    await app.presets.delete(AS_ANA, "soft")
    assert (await planned(app, owner_id=BO, style="ink")).recipes[0].prompt == "cat"
    await app.presets.save(MANAGER, "bold", Choices(words="tree"))
    with refuses("draw.preset_none") as refusal:
        await put(app, MANAGER, OURS, preset="bold")
    assert refusal.value.facts["presets"] == "human"
    await app.presets.save(MANAGER, "bold", Choices(words="1girl"), for_server=True)
    await put(app, MANAGER, OURS, preset="bold")
    assert (await planned(app)).recipes[0].prompt == "1girl, cat"
    assert (await planned(app, owner_id=BO)).recipes[0].prompt == "1girl, cat"


async def test_only_those_set_them_who_may(app: App) -> None:
    style_id = await inked(app)
    refused = [
        (OURS, AS_ANA, "settings.not_manager"),
        (Holder(guild_id=GUILD + 1), MANAGER, "settings.not_manager"),
        (Holder(style_id=style_id), MANAGER, "style.not_yours"),
        (Holder(style_id=StyleId("none")), AS_ANA, "style.unknown"),
        (MINE, MANAGER, "error.not_allowed"),
    ]
    for holder, actor, key in refused:
        with refuses(key):
            await put(app, actor, holder, score=7)
        with refuses(key):
            await app.defaults.forget(holder, actor)
    await app.style_care.delete(style_id, ANA)
    with refuses("style.unknown"):
        await put(app, AS_ANA, Holder(style_id=style_id), score=7)


async def test_they_are_changed_one_by_one_and_forgotten(app: App) -> None:
    await put(app, AS_ANA, MINE, score=7)
    await put(app, AS_ANA, MINE, count=2)
    assert await app.defaults.of(MINE) == Choices(score=7, count=2)
    with refuses("draw.count_range"):
        await put(app, AS_ANA, MINE, count=5)
    await put(app, AS_ANA, MINE, score=None)
    assert await app.defaults.of(MINE) == Choices(count=2)
    await app.defaults.forget(MINE, AS_ANA)
    assert await app.defaults.of(MINE) == Choices()


async def test_what_was_written_by_another_version_is_read_as_far_as_it_is_known(app: App) -> None:
    text = choices_to_json(Choices(count=1)).replace("{", '{"mood": "calm", ')
    await app.store.defaults.put(Default(holder=MINE, choices_json=text, set_by=ANA), 1)
    assert len((await planned(app)).recipes) == 1


async def test_a_person_takes_their_own_along_and_a_server_keeps_its(app: App) -> None:
    await put(app, AS_BO, Holder(person_id=BO), score=7)
    await put(app, MANAGER, OURS, count=2)
    assert (await app.privacy.holdings(BO)).settings == 1
    await app.privacy.erase(BO)
    assert await app.defaults.of(Holder(person_id=BO)) == Choices()
    assert await app.defaults.of(OURS) == Choices(count=2)
