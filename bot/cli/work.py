"""`train`, `draw`, `export` and `import`: done here, or by whoever holds the state folder."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bot.app import open_app
from bot.cli.bar import Bar
from bot.cli.output import copy, require_writable, writing
from bot.cli.recipe import recipe_of
from bot.config import Settings
from bot.engine_setup import placed
from bot.errors import UserError
from bot.i18n import Texts
from bot.log import set_up_logging
from bot.platform.local_socket import NobodyThere
from bot.platform.signals import on_stop
from bot.services.base import anatomy_of
from bot.services.drawing.choices import CHOICE_KEYS
from bot.services.handover import HandoverClient
from bot.services.hostwork import HostWork
from bot.services.wishes import (
    BringWish,
    Drawn,
    DrawWish,
    ExportWish,
    ImportWish,
    RedrawWish,
    Trained,
    TrainWish,
)
from engine.errors import JobFailed
from engine.lora.foreign.anatomy import Anatomy
from engine.lora.foreign.peft_names import write_in_peft_names
from engine.pictures.recipe_json import recipe_to_json

Result = TypeVar("Result")


@asynccontextmanager
async def hands(
    settings: Settings, *, engine: bool = True
) -> AsyncGenerator[HostWork | HandoverClient]:
    """Give who does the work: an app of our own, or the process that holds the folder."""
    # Progress is shown by the bar; only what went wrong is worth a log line.
    set_up_logging(dataclasses.replace(settings, log_level="ERROR"))
    async with AsyncExitStack() as stack:
        if command := asyncio.current_task():
            stack.callback(on_stop(asyncio.get_running_loop(), command.cancel))
        try:
            # Nobody presses a button here: the page stays closed, its port free for the bot.
            own = dataclasses.replace(settings, files_port=0)
            app = await stack.enter_async_context(open_app(own))
        except UserError as error:
            if error.key != "state.held":
                raise
            try:
                yield HandoverClient(settings.state_dir)
            except NobodyThere:
                raise UserError("state.busy", folder=str(settings.state_dir)) from None
            return
        if engine:
            await app.start()
        yield HostWork(app)


async def train(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Train on a folder; say where the style's file is."""
    wish = TrainWish(
        folder=_absolute(options.folder),
        style=options.style,
        caption=options.caption,
        recipe=options.recipe,
        changes=" ".join(options.set),
        base=options.base,
    )
    if options.out:
        await require_writable(Path(options.out))
    bar = Bar(texts)
    async with hands(settings) as worker:
        trained = await _watched(worker, worker.train(wish, bar.show), bar)
        _tell_trained(texts, trained)
        if options.out:
            await copy(trained.path, Path(options.out))
            _say(texts, "cli.written", file=options.out)
    return 0


def _tell_trained(texts: Texts, trained: Trained) -> None:
    for refused in trained.refused:
        reason = texts.say(refused.key, **refused.facts)
        sys.stderr.write(f"{refused.name}: {reason}\n")
    _say(texts, "cli.trained", style=trained.style, number=trained.number)


async def draw(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Draw a prompt or a picture's recipe again; write the pictures."""
    if options.recipe is not None:
        return await _redraw(settings, texts, options)
    wish = DrawWish(
        prompt=options.prompt,
        style=options.style,
        score=options.score,
        seed=options.seed,
        count=options.count,
        negative=options.negative,
        weight=options.weight,
        stack=options.stack,
        base=options.base,
    )
    await require_writable(picture_names(options.out, range(max(1, options.count)))[0])
    bar = Bar(texts)
    async with hands(settings) as worker:
        drawn = await _watched(worker, worker.draw(wish, bar.show), bar)
        _tell_style(texts, drawn)
        _tell_filled(texts, drawn)
        _tell_unknown(texts, drawn)
        await _write(texts, drawn, options.out)
    return 0


async def _redraw(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    changes = (
        *(options.style, options.score, options.seed, options.negative),
        *(options.weight, options.stack, options.base),
    )
    if options.count != 1 or any(one is not None for one in changes):
        raise UserError("cli.recipe_alone")
    recipe = await recipe_of(Path(options.recipe))
    await require_writable(picture_names(options.out, [recipe.seed])[0])
    bar = Bar(texts)
    async with hands(settings) as worker:
        wish = RedrawWish(recipe_json=recipe_to_json(recipe))
        drawn = await _watched(worker, worker.redraw(wish, bar.show), bar)
        await _write(texts, drawn, options.out)
    return 0


async def _write(texts: Texts, drawn: Drawn, out: str | None) -> None:
    names = picture_names(out, [picture.seed for picture in drawn.pictures])
    for picture, name in zip(drawn.pictures, names, strict=True):
        await copy(picture.path, name)
        _say(texts, "cli.written", file=str(name))


async def export(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Write a style's LoRA file."""
    async with hands(settings, engine=False) as worker:
        exported = await worker.export(ExportWish(style=options.style))
        out = Path(options.out or exported.file_name)
        if options.format == "diffusers":
            place, config = placed(settings, exported.base)
            anatomy = await asyncio.to_thread(anatomy_of, place, config)
            await _in_peft_names(Path(exported.path), out, anatomy)
        else:
            await copy(exported.path, out)
    _say(texts, "cli.written", file=str(out))
    return 0


async def _in_peft_names(file: Path, out: Path, anatomy: Anatomy) -> None:
    try:
        with writing(out):
            await asyncio.to_thread(write_in_peft_names, file, out, anatomy)
    except JobFailed as why:
        raise UserError(why.key, **why.facts) from why


async def take_in(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Import a LoRA file; say what it is called here, and what calls it."""
    source = options.file if options.file.startswith("hf:") else _absolute(options.file)
    if options.own is not None:
        return await _bring(settings, texts, source, options)
    async with hands(settings) as worker:
        wish = ImportWish(source=source, style=options.style, base=options.base)
        taken = await worker.take_in(wish)
    _say(texts, "cli.imported", style=taken.style, count=taken.layers, rank=taken.rank)
    if taken.base:
        _say(texts, "import.for_base", base=taken.base)
    if taken.trigger:
        _say(texts, "import.trigger", trigger=taken.trigger)
    return 0


async def _bring(settings: Settings, texts: Texts, source: str, options: argparse.Namespace) -> int:
    bar = Bar(texts)
    wish = BringWish(
        source=source,
        folder=_absolute(options.own),
        style=options.style,
        base=options.base,
    )
    async with hands(settings) as worker:
        _tell_trained(texts, await _watched(worker, worker.bring(wish, bar.show), bar))
    return 0


def picture_names(out: str | None, seeds: Sequence[int]) -> list[Path]:
    """Name the files: as asked for one picture, with the seed before the suffix for several."""
    first = Path(out or "picture.png")
    if len(seeds) == 1:
        return [first]
    return [first.with_stem(f"{first.stem}-{seed}") for seed in seeds]


async def _watched(worker: HostWork | HandoverClient, wish: Awaitable[Result], bar: Bar) -> Result:
    """Wait for a wish; Ctrl-C and SIGTERM stop its job."""
    try:
        return await wish
    except asyncio.CancelledError:
        await worker.abandon()
        raise
    finally:
        bar.close()


def _absolute(folder: str) -> str:
    # The holder of the state folder works somewhere else.
    return str(Path(folder).absolute())


def _tell_style(texts: Texts, drawn: Drawn) -> None:
    """Say which style was taken where none was named."""
    if drawn.style is not None and drawn.why != "asked":
        sys.stderr.write(texts.say("cli.style_taken", style=drawn.style) + "\n")


def _tell_filled(texts: Texts, drawn: Drawn) -> None:
    """Say what the style's settings chose where nothing was said."""
    if drawn.style is not None and drawn.filled:
        worded = (texts.say(CHOICE_KEYS[name], value=value) for name, value in drawn.filled)
        choices = ", ".join(worded)
        said = texts.say("cli.style_settings", style=drawn.style, choices=choices)
        sys.stderr.write(said + "\n")


def _tell_unknown(texts: Texts, drawn: Drawn) -> None:
    if drawn.unknown:
        words = ", ".join(f"{word} ({near})" if near else word for word, near in drawn.unknown)
        sys.stderr.write(texts.say("draw.unknown", words=words) + "\n")


def _say(texts: Texts, key: str, **facts: str | int) -> None:
    sys.stdout.write(texts.say(key, **facts) + "\n")
