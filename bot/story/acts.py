"""The story itself, scene by scene, as people on the server live it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import discord

from bot.playground.samples import SampleArtist
from bot.services.votes import VOTE_EMOJI
from bot.story import more
from bot.story.reading import Upload, words_of
from bot.story.stage import Drawn, Stage

ARTIST: Final = "Ada"
VOTERS: Final = ("Mika", "Ren", "Sol", "Tao")
STYLE: Final = "ada"
#: The first hand-over; what real clients take in one window.
FIRST: Final = 20
SEED: Final = 7
TRAIN_S: Final = 600.0
#: Stops the bot, lets the given thing happen, and starts it again.
Restart = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


async def hand_over(stage: Stage, artist: SampleArtist) -> discord.Message:
    """Scene 1: 20 drawings, then the rest with a double and a stray file; the card counts."""
    stage.transcript.scene(stage.texts.say("story.scene_hand_over"))
    files = [(path.name, path.read_bytes()) for path in artist.drawings]
    window = await stage.command(ARTIST, "train", name=STYLE)
    card = await stage.submit(ARTIST, window, files[:FIRST], STYLE)
    _expect_count(stage, card, FIRST)
    extra: list[Upload] = [files[0], ("sketch.psd", b"8BPS" + bytes(60))]
    window = await stage.press(ARTIST, card, "button.add_more")
    card = await stage.submit(ARTIST, window, files[FIRST:] + extra, None)
    _expect_count(stage, card, len(files))
    said = words_of(card)
    refusal = stage.texts.say("train.refused", count=len(extra))
    stage.checks.hold("a double and a Photoshop file are refused, each named", refusal in said)
    stage.checks.hold("the Photoshop file is named", "sketch.psd" in said)
    return card


def _expect_count(stage: Stage, card: discord.Message, count: int) -> None:
    sentence = stage.texts.say("train.kept", count=count)
    stage.checks.hold(f"the card counts {count} drawings", sentence in words_of(card))


async def train(stage: Stage, card: discord.Message) -> discord.Message:
    """Scene 2: in the open; somebody draws meanwhile; samples and the loss are seen."""
    stage.transcript.scene(stage.texts.say("story.scene_train"))
    began = time.perf_counter()
    before = {message.id for message in stage.world.messages()}
    asked = await stage.press_on(ARTIST, card, "button.start")
    await stage.press_on(ARTIST, asked, "button.in_the_open")
    live = await stage.world.until(
        lambda: _training_message(stage, before), wait_s=30, what="the training's message"
    )
    stage.transcript.shown(live)
    meanwhile = await stage.draw("Mika", "cat, orange fur, grass", score=7, style="none", seed=SEED)
    done = stage.texts.say("train.title_done", style=STYLE)
    still = stage.world.message(live.id)
    stage.checks.hold("drawing goes on beside a training", done not in words_of(still))
    drawn, _, _ = stage.texts.say("theatre.strip", step="|").partition("|")
    grown = await stage.until_words(live.id, drawn, wait_s=TRAIN_S)
    stage.checks.hold("a checkpoint is seen before the end", done not in words_of(grown))
    stage.transcript.shown(grown)
    ready = await stage.until_words(live.id, done, wait_s=TRAIN_S)
    stage.transcript.shown(ready)
    stage.seconds["training"] = round(time.perf_counter() - began, 1)
    stage.checks.hold("the meanwhile picture was drawn", len(meanwhile.files) == 1)
    others = [item for item in stage.world.messages() if _is_training(stage, item)]
    stage.checks.hold("one message for the whole training", len(others) == 1, len(others))
    picture = next(item for item in grown.attachments if "-strip." in item.filename)
    _save(stage, stage.out / "pictures" / "training-strip.jpg", await picture.read())
    return ready


def _training_message(stage: Stage, before: set[int]) -> discord.Message | None:
    new = [item for item in stage.world.messages() if item.id not in before]
    return next((item for item in new if _is_training(stage, item)), None)


def _is_training(stage: Stage, message: discord.Message) -> bool:
    if message.flags.ephemeral:
        return False
    titles = ("train.title", "train.title_done")
    return any(stage.texts.say(title, style=STYLE) in words_of(message) for title in titles)


async def choose(stage: Stage, ready: discord.Message) -> None:
    """Vote for checkpoints on the sheet, and let the artist see the votes where she decides."""
    await stage.world.until(
        lambda: VOTE_EMOJI[4] in stage.world.offered(ready.id) or None,
        wait_s=30,
        what="the numbers under the sheet",
    )
    for who, number in (("Mika", 4), ("Ren", 5), ("Sol", 5), (ARTIST, 1)):
        await stage.react(who, ready.id, number)
    stage.counted(ready.id)
    menu = await stage.press_on(ARTIST, ready, "button.choose")
    said = words_of(menu)
    for votes in (0, 1, 2):
        counted = stage.texts.say("count.votes", count=votes)
        stage.checks.hold(f"the menu tells a checkpoint with {counted}", counted in said, said)


async def share(stage: Stage, ready: discord.Message) -> None:
    """Scene 3: private until its artist says otherwise; the file is hers at once."""
    stage.transcript.scene(stage.texts.say("story.scene_share"))
    refused = await stage.command("Ren", "draw", prompt="cat", style=STYLE)
    sentence = stage.texts.say("style.unknown", name=STYLE)
    said = words_of(stage.answer("Ren", refused))
    stage.checks.hold("a private style does not exist for others", sentence in said, said)
    given = await stage.press_on(ARTIST, ready, "button.get_file")
    files = [item for item in given.attachments if item.filename.endswith(".safetensors")]
    if stage.checks.hold("the artist gets the file", len(files) == 1):
        path = stage.out / "style.safetensors"
        path.write_bytes(await files[0].read())
        stage.tell(f"  {path}")
    await stage.press_on(ARTIST, ready, "button.share")


async def scores(stage: Stage) -> tuple[Drawn, ...]:
    """Scene 4: the same words and seed down the score ladder, one grid of four."""
    stage.transcript.scene(stage.texts.say("story.scene_draw"))
    prompt = "1girl, red hair, green dress, smile, forest"
    drawn: list[Drawn] = []
    for who, score in (("Mika", 9), ("Ren", 7), ("Sol", 4)):
        drawn.append(await stage.draw(who, prompt, style=STYLE, score=score, seed=SEED))
    again = await stage.draw("Tao", f"{prompt} score:7", seed=SEED, style=STYLE)
    stage.checks.hold(
        "the same seed and words give the same picture, inline score too",
        again.files[0].read_bytes() == drawn[1].files[0].read_bytes(),
    )
    different = {item.files[0].read_bytes() for item in drawn}
    stage.checks.hold("each score gives another picture", len(different) == len(drawn))
    odd = await stage.draw("Sol", "unicorn, blue sky", style=STYLE, seed=SEED, score=7)
    said = words_of(stage.world.message(odd.message_id))
    stage.checks.hold("a word that the base does not know is named", "unicorn" in said, said)
    return tuple(drawn)


async def vote(stage: Stage) -> Drawn:
    """Scene 5: four people vote, the artist's own vote does not count, the gallery ranks."""
    stage.transcript.scene(stage.texts.say("story.scene_vote"))
    grid = await stage.draw(
        ARTIST, "pony, pink mane, white fur, sunset", count=4, style=STYLE, seed=21, score=7
    )
    stage.checks.hold("a grid of four", len(grid.files) == 4, len(grid.files))
    for who, number in (("Mika", 2), ("Ren", 2), ("Sol", 2), ("Tao", 4), (ARTIST, 1)):
        await stage.react(who, grid.message_id, number)
    stage.counted(grid.message_id)
    await expect_winner(stage, "Sol", grid, votes=3)
    return grid


async def expect_winner(stage: Stage, who: str, grid: Drawn, *, votes: int) -> None:
    """Look at the gallery: the grid's second picture leads with so many votes."""
    said = words_of(stage.answer(who, await stage.command(who, "gallery")))
    title = stage.texts.say("gallery.title_ranked")
    stage.checks.hold("the gallery is a ranking", title in said, said)
    first = next((line for line in said.splitlines() if line.startswith("**1.**")), "")
    wanted = stage.texts.say("count.votes", count=votes)
    held = grid.prompt in first and wanted in first
    stage.checks.hold(f"the winner has {votes} votes", held, first)


async def restart(stage: Stage, grid: Drawn, down_and_up: Restart) -> None:
    """Scene 7: the bot goes away, somebody votes meanwhile, and it comes again."""
    stage.transcript.scene(stage.texts.say("story.scene_restart"))

    async def meanwhile() -> None:
        await stage.react("Tao", grid.message_id, 2)

    await down_and_up(meanwhile)
    stage.transcript.told(stage.texts.say("story.restarted"))
    await expect_winner(stage, "Ren", grid, votes=4)
    message = await more.again(stage, "Ren", grid)
    stage.checks.hold("an old panel's button draws again", len(message.attachments) == 4)


async def reveal(stage: Stage, training_id: int) -> None:
    """Scene 8: what the training's message shows in the end, the bot's restart behind it."""
    stage.transcript.scene(stage.texts.say("story.scene_reveal"))
    message = stage.world.message(training_id)
    stage.transcript.shown(message)
    kept: dict[str, bytes] = {}
    for item in message.attachments:
        name = item.filename.partition("-")[2]
        kept[name] = await item.read()
        _save(stage, stage.out / name, kept[name])
    for name in ("reveal.jpg", "loop.webp", "sheet.jpg", "curve.png"):
        stage.checks.hold(f"the training's message shows its {name}", name in kept, sorted(kept))


def _save(stage: Stage, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    stage.tell(f"  {path}")
