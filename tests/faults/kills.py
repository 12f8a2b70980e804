"""Kill the engine or the bot at random during trainings: `python -m tests.faults.kills`.

Every training must end done, with one message, and its checkpoints must equal those of an unbroken
run. Nothing else runs in the engine, and it has one thread, so equal means every bit.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.app import App, open_app
from bot.config import Settings
from data.models import JobState
from engine.lora.reading import read_header
from engine.supervisor import ProcessEngine
from tests.faults.victim import OWNER, PLACE, Chat
from tests.services.conftest import drawings

ROOT: Final = Path(__file__).resolve().parents[2]
#: A job may die so often between two checkpoints; more would end it, as it should.
KILLS_PER_TRAINING: Final = 2
_ENGINE: Final = "engine "
_AT_WORK: Final = "at work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """What is trained, and where it is kept."""

    base: str
    steps: int
    state: Path

    @property
    def chat(self) -> Path:
        """The file that plays Discord."""
        return self.state.with_suffix(".json")

    @property
    def settings(self) -> Settings:
        """One thread, so that sums are always made in the same order."""
        return Settings(
            state_dir=self.state, base_model=self.base, train_steps=self.steps, engine_threads=1
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a training came to."""

    #: checkpoint's step → hash of its weights
    weights: dict[int, str]
    state: JobState
    #: states shown in each message
    messages: tuple[tuple[str, ...], ...]
    attempts: int


async def live(victim: Victim) -> None:
    """Be the bot: train once, tell the engine's process on the standard output, and leave."""
    async with open_app(victim.settings) as app:
        app.attach(Chat(victim.chat))
        await app.start()
        telling = asyncio.create_task(_tell_engine(app))
        await app.wait_ready()
        await _ask(app)
        [job] = await app.store.jobs.of_owner(OWNER)
        attempt = 0
        async for view in app.jobs.follow(job.id):
            if view.job.step and view.job.attempt > attempt:
                attempt = view.job.attempt
                _tell(_AT_WORK)
        while (await app.store.jobs.get(job.id)).announced_ms is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        telling.cancel()


async def _ask(app: App) -> None:
    if await app.store.jobs.of_owner(OWNER):
        return
    draft = next(iter(await app.store.datasets.drafts_of(OWNER)), None)
    if draft is None or len(await app.store.datasets.drawings(draft.id)) < 6:
        report = await app.datasets.add(OWNER, drawings(6), name="ink", guild_id=1)
        draft = report.dataset
    await app.trainings.start(draft.id, owner_id=OWNER, place=PLACE)


async def _tell_engine(app: App) -> None:
    told: int | None = None
    while True:
        if isinstance(app.engine, ProcessEngine) and app.engine.pid not in (None, told):
            told = app.engine.pid
            _tell(f"{_ENGINE}{told}")
        await asyncio.sleep(0.02)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Life:
    """One process of the bot with its engine."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.engine: int | None = None
        #: whether this engine makes steps
        self._at_work = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def begin(cls, victim: Victim) -> Life:
        """Start it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.kills", "--live", str(victim.state)),
            *("--base", victim.base, "--steps", str(victim.steps)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.startswith(_ENGINE.encode()):
                self.engine = int(line.split()[1])
            elif line.startswith(_AT_WORK.encode()):
                self._at_work.set()
        self._at_work.set()

    async def at_work(self, after_s: float) -> int | None:
        """Wait until so long after its first step; its exit code when it ends before."""
        await self._at_work.wait()
        return await self.end(within_s=after_s)

    async def end(self, *, within_s: float | None = None) -> int | None:
        """Wait for its end; None when that does not come in time."""
        try:
            async with asyncio.timeout(within_s):
                code = await self._process.wait()
                await self._reading
                return code
        except TimeoutError:
            return None

    def kill(self, who: str) -> bool:
        """Send SIGKILL; False when there was nobody to kill."""
        pid = self.engine if who == "engine" else self._process.pid
        if pid is None or self._process.returncode is not None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        if who == "engine":
            self.engine = None
            self._at_work.clear()
        return True


async def train(victim: Victim, plan: Sequence[tuple[str, float]]) -> tuple[Outcome, int]:
    """Train to the end with kills of `engine` or `bot`, each so many seconds after a first step.

    Returns also how many of them hit.
    """
    left, hits = list(plan), 0
    life = await Life.begin(victim)
    while True:
        who, delay = left[0] if left else ("", 0.0)
        code = await life.at_work(delay) if left else await life.end()
        if code == 0:
            return await outcome(victim), hits
        if code is not None:
            raise RuntimeError(f"the bot ended by itself with {code}")
        left.pop(0)
        if life.kill(who):
            hits += 1
            if who == "bot":
                await life.end()
                life = await Life.begin(victim)


async def outcome(victim: Victim) -> Outcome:
    """Read what the training left behind; no engine is started."""
    async with open_app(victim.settings) as app:
        [job] = await app.store.jobs.of_owner(OWNER)
        view = await app.jobs.view(job.id)
        files = {one.step: app.blobs.path(one.style_sha256) for one in view.checkpoints}
    told = json.loads(victim.chat.read_text())
    return Outcome(
        weights={
            step: read_header(file).metadata["sshs_model_hash"] for step, file in files.items()
        },
        state=job.state,
        messages=tuple(tuple(message["states"]) for message in told),
        attempts=job.attempt,
    )


def faults(found: Outcome, wanted: Outcome) -> list[str]:
    """Say what is not as it must be."""
    told: list[str] = []
    if found.state is not JobState.DONE:
        told.append(f"it ended {found.state}")
    if len(found.messages) != 1 or found.messages[0][-1] != JobState.DONE:
        told.append(f"its messages were {found.messages}")
    if found.weights != wanted.weights:
        steps = sorted(found.weights.keys() | wanted.weights.keys())
        other = [s for s in steps if found.weights.get(s) != wanted.weights.get(s)]
        told.append(f"its weights differ at steps {other}")
    return told


async def run(base: str, *, kills: int, steps: int, seed: int, folder: Path) -> int:
    """Kill until so many hit; print a line per training; return how many were not right."""
    reference = Victim(base=base, steps=steps, state=folder / "unbroken")
    life = await Life.begin(reference)
    await life.at_work(0.0)
    began = time.monotonic()
    await life.end()
    span, unbroken = time.monotonic() - began, await outcome(reference)
    _tell(f"unbroken: {unbroken.state}, {len(unbroken.weights)} checkpoints, {span:.1f} s of steps")
    chance, hit, bad, number = random.Random(seed), 0, 0, 0
    while hit < kills:
        number += 1
        most = min(KILLS_PER_TRAINING, kills - hit)
        plan = [(chance.choice(("engine", "bot")), chance.uniform(0, span)) for _ in range(most)]
        victim = Victim(base=base, steps=steps, state=folder / f"training{number}")
        found, hits = await train(victim, plan)
        wrong = faults(found, unbroken)
        hit, bad = hit + hits, bad + bool(wrong)
        said = ", ".join(f"{who} after {delay:.1f} s" for who, delay in plan)
        verdict = "; ".join(wrong) or "equal"
        _tell(f"{number}: {hits} of ({said}) hit, {found.attempts} attempts: {verdict}")
    _tell(f"{hit} kills in {number} trainings, {bad} of them not as unbroken")
    return bad


def main() -> int:
    """Play the bot, or kill it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=80)
    parser.add_argument("--base", default="tiny", help="tiny, builtin or a folder")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.live is not None:
        victim = Victim(base=given.base, steps=given.steps, state=given.live)
        asyncio.run(live(victim))
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        base = _tiny(folder) if given.base == "tiny" else given.base
        ran = run(base, kills=given.kills, steps=given.steps, seed=given.seed, folder=folder)
        return 1 if asyncio.run(ran) else 0


def _tiny(folder: Path) -> str:
    """Write a base of 60 thousand weights that is taken for a small one by its name."""
    from tests.engine.tiny import write_tiny_base

    place = folder / "builtin-tiny"
    write_tiny_base(place)
    return str(place)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
