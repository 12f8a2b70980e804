"""docs/commands.md names everything that there is, and nothing else."""

import re
from pathlib import Path
from typing import cast

from discord import app_commands

from bot.client import OwnhandBot
from bot.i18n import Texts, catalogue
from tests.cogs.world import World

DOCS = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


async def test_the_docs_name_every_command_and_option(world: World) -> None:
    commands = [
        command
        for command in cast("OwnhandBot", world.env.bot).tree.walk_commands()
        if isinstance(command, app_commands.Command)
    ]
    assert len(commands) == 23
    for command in commands:
        section = re.search(
            rf"^### `/{command.qualified_name}`$(.*?)^##", DOCS + "\n##", re.M | re.S
        )
        assert section is not None, command.qualified_name
        for parameter in command.parameters:
            shown = parameter.display_name
            if command.qualified_name.startswith("style ") and shown == "style":
                continue
            assert f"`{shown}`" in section[1], (command.qualified_name, shown)
    documented = set(re.findall(r"^### `/(.+)`$", DOCS, re.M))
    assert documented == {command.qualified_name for command in commands}


def test_the_docs_name_every_button_as_it_is_labelled() -> None:
    elsewhere = {"button.train", "button.back", "button.erase", "button.keep"}
    for key in catalogue("en"):
        if key.startswith("button.") and key not in elsewhere:
            assert f"| {Texts('en').say(key)} |" in DOCS, key
