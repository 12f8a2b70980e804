"""Plays the acts in order and writes down what came of them."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from bot.playground.host import Host
from bot.playground.run import apart
from bot.playground.samples import SampleArtist, sample_artist
from bot.playground.world import BOT, World, is_answer, open_world
from bot.story import acts, more
from bot.story.checks import Checks
from bot.story.report import report, training_facts
from bot.story.stage import Stage
from bot.story.transcript import Transcript
from engine.client import EngineClient

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Story:
    """One performance."""

    host: Host
    artist: SampleArtist
    texts: Texts
    out: Path
    checks: Checks
    seconds: dict[str, float]
    training: dict[str, Any] = field(default_factory=dict[str, Any])

    async def perform(self) -> Stage:
        """Play everything; what went wrong is an expectation that did not hold."""
        bot = await self.host.up()
        try:
            names = (acts.ARTIST, *acts.VOTERS)
            faces = self.artist.faces((BOT, *names))
            async with open_world(bot, names, self.texts, check_errors=False, faces=faces) as world:
                stage = self._stage(world)
                try:
                    await self._acts(stage)
                except Exception as error:
                    log.exception("the story broke off")
                    self.checks.hold("the story is played to its end", held=False, found=error)
                faults = [repr(error) for error in world.env.errors if not is_answer(error)]
                self.checks.hold("the bot raises no error", not faults, faults)
                return stage
        finally:
            await self.host.down()

    def _stage(self, world: World) -> Stage:
        return Stage(
            world=world,
            transcript=Transcript(world=world),
            checks=self.checks,
            out=self.out,
            tell=tell,
            seconds=self.seconds,
        )

    async def _acts(self, stage: Stage) -> None:
        await self.host.app.wait_ready()
        with self._timed("hand_over"):
            card = await acts.hand_over(stage, self.artist)
        with self._timed("train"):
            ready = await acts.train(stage, card)
            await acts.choose(stage, ready)
        with self._timed("share"):
            await acts.share(stage, ready)
        with self._timed("draw"):
            await acts.scores(stage)
        with self._timed("vote"):
            grid = await acts.vote(stage)
        with self._timed("more"):
            await more.larger(stage, grid)
        with self._timed("restart"):
            await acts.restart(stage, grid, self._restarter(stage.world))
        with self._timed("reveal"):
            await acts.reveal(stage, ready.id)
        artist, guild = stage.world.members[acts.ARTIST], stage.world.guild
        self.training = await training_facts(
            self.host.app, style=acts.STYLE, owner_id=artist.id, guild_id=guild.id
        )

    def _restarter(self, world: World) -> acts.Restart:
        async def down_and_up(meanwhile: Callable[[], Awaitable[None]]) -> None:
            await self.host.down()
            with world.nobody_listens():
                await meanwhile()
            bot = await self.host.up()
            async with world.lock:
                await world.env.restart_bot(bot)

        return down_and_up

    @contextmanager
    def _timed(self, what: str) -> Generator[None]:
        tell(self.texts.say(f"story.doing_{what}"))
        began = time.perf_counter()
        yield
        self.seconds[what] = round(time.perf_counter() - began, 1)


async def play(
    settings: Settings, texts: Texts, out: Path, engine: Callable[[Settings], EngineClient] | None
) -> int:
    """Play the story; return 0 only when every expectation held."""
    began = time.perf_counter()
    _make_room(out)
    checks, seconds = Checks(), dict[str, float]()
    with apart(settings) as own:
        host = Host(settings=own, engine=engine)
        story = Story(
            host=host,
            artist=sample_artist(),
            texts=texts,
            out=out,
            checks=checks,
            seconds=seconds,
        )
        stage = await story.perform()
    seconds["all"] = round(time.perf_counter() - began, 1)
    stage.transcript.write(out / "transcript.html")
    text = report(checks=checks, drawn=stage.drawn, training=story.training, seconds=seconds)
    (out / "story.json").write_text(text, encoding="utf-8")
    tell(f"  {out / 'transcript.html'}")
    for expectation in checks.failed:
        tell(str(expectation))
    held = len(checks.all) - len(checks.failed)
    tell(texts.say("story.held", held=held, count=len(checks.all)))
    return 1 if checks.failed else 0


def _make_room(out: Path) -> None:
    try:
        shutil.rmtree(out / "pictures", ignore_errors=True)
        (out / "pictures").mkdir(parents=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("cli.not_written", file=str(out), reason=reason) from error


def tell(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
