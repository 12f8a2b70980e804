"""The commands at Discord: sent once, to all servers or to one, and never shown twice."""

import dataclasses
import json
import logging

import pytest

from bot.client import OwnhandBot
from tests.cogs.world import World


async def test_commands_are_sent_in_both_languages_and_only_when_changed(world: World) -> None:
    sent = [entry for entry in world.env.http_requests if entry.path.endswith("/commands")]
    assert len(sent) == 1
    payload = {command["name"]: command for command in sent[0].json or ()}
    assert payload["draw"]["name_localizations"] == {"ru": "рисуй"}
    prompt = next(o for o in payload["draw"]["options"] if o["name"] == "prompt")
    assert prompt["name_localizations"] == {"ru": "запрос"}
    assert payload["style"]["description_localizations"]["ru"].startswith("Стили")
    await world.env.restart_bot(OwnhandBot(world.app))
    sent = [entry for entry in world.env.http_requests if entry.path.endswith("/commands")]
    assert len(sent) == 1
    assert len(json.dumps(payload, ensure_ascii=False)) < 40_000


async def restart_for(world: World, guild_id: int | None) -> None:
    """Start again with this DISCORD_GUILD."""
    world.app.settings = dataclasses.replace(world.app.settings, guild_id=guild_id)
    await world.env.restart_bot(OwnhandBot(world.app))


def commands_in(world: World, guild_id: int | None) -> int:
    """Count the commands of one server, or those of all."""
    return len(world.env.backend.commands.get(guild_id, {}))


def refuse_commands_in(world: World, guild_id: int) -> None:
    path = f"/applications/*/guilds/{guild_id}/commands"
    world.env.inject_error("PUT", path, status=403, code=50001, message="Missing Access")


async def test_commands_are_in_one_place_whatever_the_setting_was_before(world: World) -> None:
    first, second = world.guild.id, world.env.create_guild().id

    def places() -> list[int | None]:
        return [place for place in (None, first, second) if commands_in(world, place) > 5]

    assert places() == [None]
    for guild_id in (first, second, None, first):
        await restart_for(world, guild_id)
        assert places() == [guild_id]
        before = len(world.env.http_requests)
        await restart_for(world, guild_id)
        assert not [r for r in world.env.http_requests[before:] if r.path.endswith("/commands")]


async def test_a_server_that_put_the_bot_out_does_not_stop_its_start(world: World) -> None:
    await restart_for(world, world.guild.id)
    refuse_commands_in(world, world.guild.id)
    await restart_for(world, None)
    before = len(world.env.http_requests)
    await restart_for(world, None)
    assert not [r for r in world.env.http_requests[before:] if r.path.endswith("/commands")]


async def test_a_server_that_the_bot_is_not_in_yet_gets_its_commands_when_it_joins(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_commands_in(world, world.guild.id)
    await restart_for(world, world.guild.id)
    told = [r for r in caplog.records if r.name == "bot.command_sync"]
    [line] = [r for r in told if r.levelno == logging.WARNING]
    assert f"the bot is not in DISCORD_GUILD {world.guild.id}" in line.getMessage()
    assert commands_in(world, None) > 5, "nothing is taken back for it"
    world.env.bot.dispatch("guild_join", world.env.bot.get_guild(world.guild.id))
    await world.eventually(lambda: commands_in(world, None) == 0)
    assert commands_in(world, world.guild.id) > 5
