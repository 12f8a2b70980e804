"""Own characters: kept, shared, and called by `@name`."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.drawing.characters import MAX_CHARACTERS
from bot.services.drawing.remakes import Remake
from bot.services.tasks import Cast, read_draw_task
from tests.services.conftest import ANA, BO, GUILD, refuses
from tests.services.test_draws import order

MIRA = "red short hair, freckles, green coat"


async def positive(app: App, prompt: str, **said: object) -> str:
    plan = await app.draws.plan(order(prompt, count=1, **said))  # type: ignore[arg-type]
    return plan.recipes[0].positive


async def test_a_name_stands_for_its_words(app: App) -> None:
    await app.characters.add(ANA, "@Mira", f"  {MIRA}, ")
    plan = await app.draws.plan(order("@mira, (@MIRA:1.2), cat", negative="hat, @mira"))
    first = plan.recipes[0]
    assert first.prompt == "@mira, (@MIRA:1.2), cat"
    assert first.positive.startswith("red, short, hair, freckles, green, coat, (red")
    assert first.positive.endswith(":1.2), cat")
    assert first.negative == "hat, red, short, hair, freckles, green, coat"
    job = await app.draws.request(plan)
    task = read_draw_task(await app.store.jobs.get(job.id))
    assert task.cast == (Cast(name="mira", words=MIRA),)


async def test_russian_names_and_words(app: App) -> None:
    await app.characters.add(ANA, "Мира", "рыжие волосы")
    assert await positive(app, "@мира, лес") == "orange hair, forest"


async def test_a_name_that_is_there_gets_new_words(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat")
    await app.characters.add(ANA, "mira", "dog")
    assert await positive(app, "@mira") == "dog"
    assert len(await app.characters.own(ANA)) == 1


async def test_private_ones_are_for_their_owner_and_shared_ones_for_the_server(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat")
    with refuses("character.unknown"):
        await app.draws.plan(order("@mira", BO))
    await app.characters.add(ANA, "mira", "cat", guild_id=GUILD)
    assert await positive(app, "@mira", owner=BO) == "cat"
    with refuses("character.unknown"):
        await app.draws.plan(order("@mira", BO, guild_id=GUILD + 1))


async def test_ones_own_comes_before_what_others_share(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat", guild_id=GUILD)
    await app.characters.add(BO, "mira", "dog")
    assert await positive(app, "@mira", owner=BO) == "dog"


async def test_an_unknown_name_is_said_with_the_nearest(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat")
    with refuses("character.unknown_near") as refusal:
        await app.draws.plan(order("@mirra in a forest"))
    assert refusal.value.facts == {"name": "mirra", "nearest": "mira"}
    assert await positive(app, "a <@123> b@mira.org") == "<@123>, b@mira.org"


@pytest.mark.parametrize(
    ("name", "words", "key"),
    [
        pytest.param("mi ra", "cat", "character.name_bad", id="a space"),
        pytest.param("", "cat", "character.name_bad", id="no name"),
        pytest.param("m" * 33, "cat", "character.name_bad", id="a long name"),
        pytest.param("mira", " , ", "character.words_empty", id="no words"),
        pytest.param("mira", "a" * 301, "character.words_long", id="many words"),
        pytest.param("mira", "cat score:7", "character.words_plain", id="an option"),
        pytest.param("mira", "cat) (dog", "character.words_plain", id="open parentheses"),
        pytest.param("mira", "cat BREAK dog", "character.words_plain", id="a break"),
        pytest.param("mira", "@cleo", "character.words_plain", id="another character"),
        pytest.param("mira", "<lora:x:1>", "draw.prompt_tag", id="a LoRA tag"),
        pytest.param("mira", "(cat:9)", "draw.prompt_weight", id="a heavy word"),
    ],
)
async def test_bad_characters_are_refused(app: App, name: str, words: str, key: str) -> None:
    with refuses(key):
        await app.characters.add(ANA, name, words)
    assert await app.characters.own(ANA) == ()


async def test_there_is_a_most(app: App) -> None:
    for number in range(MAX_CHARACTERS):
        await app.characters.add(ANA, f"c{number}", "cat")
    with refuses("character.too_many"):
        await app.characters.add(ANA, "mira", "cat")
    await app.characters.add(ANA, "c0", "dog")


async def test_words_that_make_a_prompt_too_long_are_refused(app: App) -> None:
    await app.characters.add(ANA, "mira", "a" * 300)
    with refuses("draw.prompt_long"):
        await app.draws.plan(order("@mira " * 6))


async def test_only_the_owner_removes_and_a_moderator_unshares(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat", guild_id=GUILD)
    with refuses("character.not_yours"):
        await app.characters.remove(BO, "mira", GUILD)
    taken = await app.characters.remove(BO, "mira", GUILD, is_moderator=True)
    assert taken.is_kept
    with refuses("character.unknown"):
        await app.characters.remove(BO, "mira", GUILD, is_moderator=True)
    assert [one.guild_id for one in await app.characters.own(ANA)] == [None]
    assert not (await app.characters.remove(ANA, "@mira", GUILD)).is_kept
    assert await app.characters.own(ANA) == ()


async def test_others_draw_the_same_again_with_the_words_it_was_drawn_by(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat")
    job = await app.draws.request(await app.draws.plan(order("@mira")))
    await app.jobs.wait(job.id)
    await app.characters.add(ANA, "mira", "dog")
    again = await app.draws.plan(await app.draws.again(job.id, BO, guild_id=GUILD))
    assert again.recipes[0].positive == "cat"
    exact = await app.remakes.plan(job.id, 1, Remake.EXACT, BO, guild_id=GUILD)
    assert exact.cast == (Cast(name="mira", words="cat"),)


async def test_they_are_erased_with_their_person(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat", guild_id=GUILD)
    assert (await app.privacy.holdings(ANA)).characters == 1
    await app.privacy.erase(ANA)
    assert await app.characters.usable(BO, GUILD) == ()
