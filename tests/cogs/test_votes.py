"""Reactions are votes; the gallery shows whom they favour."""

from bot.client import OwnhandBot
from tests.cogs.world import World, pngs, said_to, votes_of


async def test_a_reaction_is_a_vote_until_it_is_taken_back(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none")
    await world.member("bo").react(message, "2️⃣")
    assert await votes_of(world, job_id) == [0, 1, 0, 0]
    await world.member("bo").unreact(message, "2️⃣")
    assert await votes_of(world, job_id) == [0, 0, 0, 0]


async def test_ones_own_vote_weighs_nothing(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none")
    await world.member("ana").react(message, "1️⃣")
    assert await votes_of(world, job_id) == [0, 0, 0, 0]


async def test_other_emoji_and_the_bots_own_are_no_votes(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none", count=1)
    await world.member("bo").react(message, "🎉")
    await world.member("bo").react(message, "2️⃣")
    assert await votes_of(world, job_id) == [0]


async def test_votes_are_read_again_after_a_restart(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none")
    await world.member("bo").react(message, "1️⃣")
    backend = world.env.backend
    cy, bo = world.member("cy"), world.member("bo")
    await world.env.restart_bot(Deaf(world.app))
    backend.set_reaction(message.channel.id, message.id, "3️⃣", cy.id, True)
    backend.remove_reaction(message.channel.id, message.id, "1️⃣", bo.id)
    await world.env.settle()
    assert await votes_of(world, job_id) == [1, 0, 0, 0]
    await world.env.restart_bot(OwnhandBot(world.app))
    await world.env.settle()
    assert await votes_of(world, job_id) == [0, 0, 1, 0]


class Deaf(OwnhandBot):
    """A client that hears no events: what happens now is missed."""

    def dispatch(self, event_name: str, /, *args: object, **kwargs: object) -> None:
        if not event_name.startswith("raw_reaction"):
            super().dispatch(event_name, *args, **kwargs)


async def test_the_gallery_ranks_only_when_three_people_voted(world: World) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=2)
    await world.member("bo").react(message, "2️⃣")
    newest = await world.member("bo").slash(world.channel, "gallery")
    assert "The newest pictures" in said_to(newest)
    assert "2 more people have to vote" in said_to(newest)
    await world.member("cy").react(message, "2️⃣")
    await world.member("dee").react(message, "1️⃣")
    ranked = await world.member("bo").slash(world.channel, "gallery")
    assert not ranked.ephemeral
    said = said_to(ranked)
    assert "What this server liked best" in said
    assert "more people have to vote" not in said
    first, second = [line for line in said.splitlines() if line.startswith("**")]
    assert first.startswith("**1.** [1girl]")
    assert first.endswith("2 votes")
    assert second.endswith("1 vote")
    assert str(message.id) in first
    answer = (ranked.followups or [ranked.response])[0]
    assert answer is not None
    assert len(answer.attachments) == 2


async def test_what_is_drawn_in_a_private_thread_is_in_no_gallery(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Quietly")
    await world.app.jobs.wait((await world.last_job()).job.id)
    [thread] = world.channel.threads
    await ana.slash(thread, "draw", prompt="cat", style="none", count=1)
    drawn = await world.app.jobs.wait((await world.last_job()).job.id)
    assert len(drawn.pictures) == 1
    assert drawn.job.quiet
    gallery = await world.member("bo").slash(world.channel, "gallery")
    assert "Nothing has been drawn here lately." in said_to(gallery)


async def test_an_empty_gallery_says_how_to_fill_it(world: World) -> None:
    empty = await world.member("bo").slash(world.channel, "gallery")
    assert "Nothing has been drawn here lately." in said_to(empty)


async def test_a_prompt_cannot_put_its_own_link_into_the_gallery(world: World) -> None:
    await world.drawn("ana", "cat](https://evil.example) [dog", style="none", count=1)
    said = said_to(await world.member("bo").slash(world.channel, "gallery"))
    assert "](https://evil.example)" not in said
