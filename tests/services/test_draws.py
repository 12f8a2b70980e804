"""From a prompt to pictures."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.app import App
from bot.errors import UserError
from bot.services.draws import MAX_PROMPT_CHARS, DrawOrder
from data.models import JobState, OwnerId
from engine.base.tokens import KnownWords
from engine.fake import FakeEngine
from engine.protocol import DrawRequest
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, House, refuses, trained


def order(prompt: str, owner: OwnerId = ANA, **said: object) -> DrawOrder:
    said = {"style": "none", "guild_id": GUILD, "channel_id": CHANNEL, **said}
    return DrawOrder(owner_id=owner, prompt=prompt, **said)  # type: ignore[arg-type]


async def drawn(app: App, wanted: DrawOrder) -> tuple[int, ...]:
    job = await app.draws.request(await app.draws.plan(wanted))
    view = await app.jobs.wait(job.id)
    assert view.job.state is JobState.DONE
    return tuple(picture.ordinal for picture in view.pictures)


async def test_pictures_lie_in_the_blobs_in_their_order(app: App) -> None:
    job = await app.draws.request(await app.draws.plan(order("1girl", seed=5)))
    view = await app.jobs.wait(job.id)
    assert [picture.ordinal for picture in view.pictures] == [0, 1, 2, 3]
    for picture in view.pictures:
        assert (await app.blobs.read(picture.sha256)).startswith(b"\x89PNG")


async def test_score_becomes_the_ladder_and_seeds_count_up(app: App) -> None:
    plan = await app.draws.plan(order("1girl, cat score:7 seed:5 count:3 --no house"))
    first = plan.recipes[0]
    assert first.prompt == "1girl, cat"
    assert first.positive == "score_7, score_6_up, score_5_up, score_4_up, 1girl, cat"
    assert first.negative == "house"
    assert [recipe.seed for recipe in plan.recipes] == [5, 6, 7]


async def test_options_of_the_command_win_over_the_prompts(app: App) -> None:
    plan = await app.draws.plan(order("1girl score:3 count:1", score=8))
    assert plan.recipes[0].score == 8
    assert len(plan.recipes) == 1


@pytest.mark.parametrize(
    ("prompt", "said", "key"),
    [
        pytest.param("", {}, "draw.prompt_empty", id="empty"),
        pytest.param("  , ,", {}, "draw.prompt_empty", id="only commas"),
        pytest.param("score:7", {}, "draw.prompt_empty", id="only an option"),
        pytest.param("a" * 5000, {}, "draw.prompt_long", id="5000 characters"),
        pytest.param("cat", {"negative": "b" * 5000}, "draw.prompt_long", id="long negative"),
        pytest.param("cat <lora:other:1>", {}, "draw.prompt_tag", id="a LoRA tag"),
        pytest.param("cat", {"negative": "embedding:bad"}, "draw.prompt_tag", id="an embedding"),
        pytest.param("(cat:9)", {}, "draw.prompt_weight", id="a heavy word"),
        pytest.param("cat score:0", {}, "draw.score_range", id="inline 0"),
        pytest.param("cat score:11", {}, "draw.score_range", id="inline 11"),
        pytest.param("cat", {"score": 0}, "draw.score_range", id="option 0"),
        pytest.param("cat score:seven", {}, "draw.option_number", id="score in words"),
        pytest.param("cat count:5", {}, "draw.count_range", id="count 5"),
        pytest.param("cat", {"count": 0}, "draw.count_range", id="count 0"),
        pytest.param("cat seed:-1", {}, "draw.seed_range", id="negative seed"),
        pytest.param("cat", {"seed": 2**70}, "draw.seed_range", id="huge seed"),
        pytest.param("cat weight:3", {}, "draw.weight_range", id="weight 3"),
        pytest.param("cat", {"style": "nobody's"}, "style.unknown", id="unknown style"),
        pytest.param("cat", {"style": None}, "draw.no_style", id="no style at all"),
    ],
)
async def test_bad_orders_are_refused_and_leave_no_job(
    app: App, prompt: str, said: dict[str, object], key: str
) -> None:
    with pytest.raises(UserError) as refusal:
        await app.draws.plan(order(prompt, ANA, **said))
    assert refusal.value.key == key
    assert await app.store.jobs.of_owner(ANA) == ()


async def test_a_prompt_of_the_greatest_length_is_drawn(app: App) -> None:
    assert await drawn(app, order("a" * MAX_PROMPT_CHARS, count=1)) == (0,)


async def test_a_private_style_reads_exactly_like_an_unknown_one(app: App) -> None:
    await trained(app, owner=ANA, name="ink")
    refusals = []
    for name in ("ink", "zzz"):
        with pytest.raises(UserError) as refusal:
            await app.draws.plan(order("cat", BO, style=name))
        refusals.append((refusal.value.key, set(refusal.value.facts)))
    assert refusals == [("style.unknown", {"name"})] * 2


async def test_a_misspelt_style_names_the_nearest_that_may_be_used(app: App) -> None:
    await trained(app, name="watercolour")
    with pytest.raises(UserError) as refusal:
        await app.draws.plan(order("cat", style="watercolor"))
    assert refusal.value.key == "style.unknown_near"
    assert refusal.value.facts["nearest"] == "watercolour"


async def test_without_style_it_takes_the_last_then_the_channels_then_the_only(app: App) -> None:
    ink = (await trained(app, owner=ANA, name="ink")).job.style_id
    oil = (await trained(app, owner=BO, name="oil")).job.style_id
    assert ink is not None
    assert oil is not None
    await app.sharing.publish(ink, ANA)
    stranger = OwnerId(555)

    plan = await app.draws.plan(order("cat", stranger, style=None))
    assert (plan.style and plan.style.style.id, plan.why) == (ink, "only")

    await app.sharing.publish(oil, BO)
    with refuses("draw.which_style"):
        await app.draws.plan(order("cat", stranger, style=None))

    await app.styles.set_channel_default(CHANNEL, "oil", BO, GUILD)
    plan = await app.draws.plan(order("cat", stranger, style=None))
    assert (plan.style and plan.style.style.id, plan.why) == (oil, "channel")

    await drawn(app, order("cat", stranger, style="ink"))
    plan = await app.draws.plan(order("cat", stranger, style=None))
    assert (plan.style and plan.style.style.id, plan.why) == (ink, "last")
    assert plan.recipes[0].adapters[0].name == "ink"


async def test_who_has_just_trained_a_style_draws_with_it(app: App, house: House) -> None:
    await trained(app, name="ink")
    house.clock.advance(1000)
    await drawn(app, order("cat", style="ink"))
    house.clock.advance(1000)
    oil = (await trained(app, name="oil")).job.style_id

    plan = await app.draws.plan(order("cat", style=None))
    assert (plan.style and plan.style.style.id, plan.why) == (oil, "newest")

    house.clock.advance(1000)
    await drawn(app, order("cat", style=None))
    plan = await app.draws.plan(order("cat", style=None))
    assert (plan.style and plan.style.style.id, plan.why) == (oil, "last")


async def test_a_style_made_private_again_is_not_drawn_with_by_others(app: App) -> None:
    ink = (await trained(app, owner=ANA, name="ink")).job.style_id
    assert ink is not None
    await app.sharing.publish(ink, ANA)
    await drawn(app, order("cat", BO, style="ink"))
    await app.sharing.keep_private(ink, ANA)
    with refuses("draw.no_style"):
        await app.draws.plan(order("cat", BO, style=None))


async def test_weight_and_style_reach_the_engine_with_the_file(
    app: App, engine: FakeEngine
) -> None:
    await trained(app, name="ink")
    await drawn(app, order("cat weight:0.5", style="ink", count=1))
    request = engine.submitted[-1]
    assert isinstance(request, DrawRequest)
    (use,) = request.recipes[0].adapters
    assert use.weight == 0.5
    assert [file.sha256 for file in request.files] == [use.sha256]


async def test_words_that_the_base_does_not_know_are_named(app: App) -> None:
    plan = await app.draws.plan(order("1girl, zeppelin, blue hair"))
    assert [word.word for word in plan.unknown] == ["zeppelin"]


async def test_words_to_leave_out_are_named_too_and_none_twice(app: App) -> None:
    plan = await app.draws.plan(
        order("cat, zeppelin --no blu hair", negative="Zeppelin, red dress, submarine")
    )
    assert [(word.word, word.nearest) for word in plan.unknown] == [
        ("zeppelin", None),
        ("submarine", None),
        ("blu hair", "blue hair"),
    ]


async def test_words_to_leave_out_are_read_like_the_prompt(app: App) -> None:
    """`cats` counts as known, so the base must be told the tag that it knows."""
    plan = await app.draws.plan(order("house", negative="two cats with Blue_Hair"))
    assert {recipe.negative for recipe in plan.recipes} == {"two, cat, blue hair"}


async def test_one_person_may_not_fill_the_queue(app: App, engine: FakeEngine) -> None:
    engine.hold()
    plan = await app.draws.plan(order("cat", count=1))
    for _ in range(app.settings.max_jobs_per_person):
        await app.draws.request(plan)
    with refuses("draw.too_many_jobs"):
        await app.draws.request(plan)
    await app.draws.plan(order("cat", BO))


async def test_lost_draw_keeps_what_was_drawn_and_asks_for_the_rest(
    app: App, engine: FakeEngine
) -> None:
    engine.hold(at_step=4)  # the first picture's three steps are done
    job = await app.draws.request(await app.draws.plan(order("cat", seed=7, count=3)))
    await engine.reached(f"{job.id}.1")
    first = (await _first_picture(app, job.id)).sha256
    engine.release()
    engine.die()
    view = await app.jobs.wait(job.id)
    assert view.job.state is JobState.DONE
    assert [picture.ordinal for picture in view.pictures] == [0, 1, 2]
    assert view.pictures[0].sha256 == first
    again = engine.submitted[-1]
    assert isinstance(again, DrawRequest)
    assert [recipe.seed for recipe in again.recipes] == [8, 9]


async def _first_picture(app: App, job_id: str):  # noqa: ANN202
    async for view in app.jobs.follow(job_id):  # type: ignore[arg-type]
        if view.pictures:
            return view.pictures[0]
    raise AssertionError("no picture")


async def test_pictures_survive_a_restart_and_only_the_rest_is_drawn(house: House) -> None:
    engine = house.engine()
    async with house.open(engine) as app:
        engine.hold(at_step=4)
        job = await app.draws.request(await app.draws.plan(order("cat", seed=7, count=2)))
        await engine.reached(f"{job.id}.1")
        await _first_picture(app, job.id)
    engine = house.engine()
    async with house.open(engine) as app:
        view = await app.jobs.wait(job.id)
        assert view.job.state is JobState.DONE
        request = engine.submitted[0]
        assert isinstance(request, DrawRequest)
        assert [recipe.seed for recipe in request.recipes] == [8]


async def test_cancel_in_the_queue_and_while_it_runs(app: App, engine: FakeEngine) -> None:
    engine.hold()
    plan = await app.draws.plan(order("cat", count=1))
    jobs = [await app.draws.request(plan) for _ in range(5)]
    await engine.reached(f"{jobs[0].id}.1")
    with refuses("job.not_yours"):
        await app.jobs.cancel(jobs[0].id, BO)
    waiting = await app.jobs.cancel(jobs[4].id, ANA)
    assert waiting.job.state is JobState.CANCELLED
    await app.jobs.cancel(jobs[0].id, BO, is_moderator=True)
    assert (await app.jobs.wait(jobs[0].id)).job.state is JobState.CANCELLED
    with refuses("job.ended"):
        await app.jobs.cancel(jobs[0].id, ANA)
    engine.release()
    for job in jobs[1:4]:
        assert (await app.jobs.wait(job.id)).job.state is JobState.DONE


async def test_draws_go_on_while_a_style_is_trained(app: App, engine: FakeEngine) -> None:
    from tests.services.conftest import start_training

    training = await start_training(app, caption="!forever")
    another = await start_training(app, owner=BO, caption="!forever")
    assert await drawn(app, order("cat", count=2)) == (0, 1)
    assert (await app.jobs.view(training.id)).job.state is JobState.RUNNING
    assert (await app.jobs.view(another.id)).position == 1
    for job in (another, training):
        await app.jobs.cancel(job.id, job.owner_id)


async def test_again_is_the_same_order_with_a_fresh_seed(app: App) -> None:
    job = await app.draws.request(
        await app.draws.plan(order("cat score:7 seed:5", count=2, negative="house"))
    )
    again = await app.draws.again(job.id, BO, guild_id=GUILD)
    plan = await app.draws.plan(again)
    assert (again.owner_id, again.prompt, again.score, len(plan.recipes)) == (BO, "cat", 7, 2)
    assert again.seed is None
    assert plan.recipes[0].negative == "house"


async def test_the_bot_answers_others_while_words_are_looked_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt of nothing but junk takes a large part of a second."""
    looking, found = threading.Event(), threading.Event()

    def nearest(_words: KnownWords, _text: str) -> None:
        looking.set()
        assert found.wait(5), "the loop stands still"

    monkeypatch.setattr(KnownWords, "nearest", nearest)
    planning = asyncio.create_task(app.draws.plan(order("qwx")))
    await asyncio.to_thread(looking.wait)
    found.set()
    assert [one.word for one in (await planning).unknown] == ["qwx"]
