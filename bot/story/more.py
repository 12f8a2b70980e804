"""More of the pictures that people like: one larger, one varied, the same again."""

from __future__ import annotations

import discord

from bot.story.reading import walk, words_of
from bot.story.stage import Drawn, Stage

_BEST = 2
_VARIED = 4


async def larger(stage: Stage, grid: Drawn) -> None:
    """Scene 6: the winner at twice its size, then four that keep its layout."""
    stage.transcript.scene(stage.texts.say("story.scene_more"))
    shown = stage.world.message(grid.message_id)
    large = await _drawn(stage, "Mika", shown, f"oh:larger:{_BEST}", 1)
    said = words_of(large)
    start, _, _ = stage.texts.say("draw.start", share="|").partition("|")
    stage.checks.hold(f"U{_BEST} starts from its picture", start in said, said)
    panel = await _panel(stage, "Sol", grid)
    said = words_of(panel)
    for key in ("draw.panel_subtle", "draw.panel_strong"):
        stage.checks.hold(f"the panel says {key}", stage.texts.say(key) in said, said)
    stage.checks.hold(
        "only its artist may say that she could have drawn it",
        stage.texts.say("draw.panel_own") not in said,
        said,
    )
    varied = await _drawn(stage, "Sol", panel, f"oh:strong:{_BEST}", _VARIED)
    files = {await item.read() for item in varied.attachments}
    stage.checks.hold("varied pictures differ", len(files) == _VARIED, len(files))


async def again(stage: Stage, who: str, grid: Drawn) -> discord.Message:
    """Open the panel of an old grid, and draw it with other seeds."""
    panel = await _panel(stage, who, grid)
    return await _drawn(stage, who, panel, "oh:again:", len(grid.files))


async def _panel(stage: Stage, who: str, grid: Drawn) -> discord.Message:
    message = stage.world.message(grid.message_id)
    return stage.answer(who, await stage.press(who, message, "button.panel"))


async def _drawn(
    stage: Stage, who: str, message: discord.Message, begin: str, count: int
) -> discord.Message:
    """Press the button with this beginning of an id, and wait for the new pictures."""
    before = {item.id for item in stage.world.messages()}
    await stage.press_id(who, message, _id_of(message, begin))
    new = await stage.world.until(
        lambda: next((m for m in stage.world.messages() if m.id not in before), None),
        wait_s=30,
        what="a button's answer",
    )
    return await stage.pictures(new.id, count)


def _id_of(message: discord.Message, begin: str) -> str:
    ids = (str(part.get("custom_id")) for part in walk(i.to_dict() for i in message.components))
    return next(one for one in ids if one.startswith(begin))
