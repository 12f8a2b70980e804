"""An app over real SQLite and the fake engine; pictures made on the spot."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from bot.app import App, open_app
from bot.clock import ManualClock
from bot.config import Settings
from bot.errors import UserError
from bot.services.intake import Upload
from bot.services.jobs import JobView
from bot.services.surface import ShowRefusedError
from data.choices import RecipeChoice
from data.models import Job, OwnerId, Place
from engine.fake import FakeEngine, FakeScript

ANA = OwnerId(101)
BO = OwnerId(102)
CY = OwnerId(103)
DEE = OwnerId(104)
GUILD = 900
CHANNEL = 800
WORDS = ["1girl", "cat", "blue hair", "red dress", "house", "tree", "simple background"]


def png(seed: int, size: tuple[int, int] = (96, 80)) -> bytes:
    """Draw a small picture that differs for every seed."""
    picture = Image.new("RGB", size, (seed % 256, seed * 7 % 256, seed * 13 % 256))
    ImageDraw.Draw(picture).line((0, seed % size[1], size[0], size[1] // 2), fill="black", width=3)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()


def upload(name: str, data: bytes) -> Upload:
    """Hand over what is in memory."""

    async def read() -> bytes:
        return data

    return Upload(name=name, size_bytes=len(data), read=read)


def drawings(count: int, caption: str = "1girl, cat") -> list[Upload]:
    """Make `count` different drawings with sidecar captions."""
    uploads: list[Upload] = []
    for number in range(count):
        uploads.append(upload(f"d{number:02}.png", png(number)))
        uploads.append(upload(f"d{number:02}.txt", caption.encode()))
    return uploads


@contextmanager
def refuses(key: str) -> Iterator[pytest.ExceptionInfo[UserError]]:
    """Expect a refusal with exactly this sentence."""
    with pytest.raises(UserError) as refusal:
        yield refusal
    assert refusal.value.key == key


@dataclass
class Screen:
    """A surface that remembers what it did; `refuse`, `refuse_in` and `break_next` make it fail."""

    shown: list[JobView] = field(default_factory=list[JobView])
    seeded: list[JobView] = field(default_factory=list[JobView])
    #: messages in the order in which they were deleted
    deleted: list[int] = field(default_factory=list[int])
    #: channels where nothing can be deleted
    refuse_in: set[int] = field(default_factory=set[int])
    refuse: bool = False
    break_next: int = 0
    moved_to: Place | None = None
    showed: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, view: JobView) -> Place | None:
        if self.refuse:
            raise ShowRefusedError("no permission")
        if self.break_next:
            self.break_next -= 1
            raise ConnectionError("the network is down")
        self.shown.append(view)
        self.showed.set()
        return self.moved_to

    async def seed_reactions(self, view: JobView) -> None:
        self.seeded.append(view)

    async def delete(self, channel_id: int, message_id: int) -> None:
        if channel_id in self.refuse_in:
            raise ShowRefusedError("no permission")
        if self.break_next:
            self.break_next -= 1
            raise ConnectionError("the network is down")
        self.deleted.append(message_id)


@dataclass
class House:
    """What a test drives: open the app as often as wanted over the same folder."""

    settings: Settings
    clock: ManualClock
    outbox: Path

    def engine(self) -> FakeEngine:
        return FakeEngine(FakeScript(outbox=self.outbox))

    @asynccontextmanager
    async def open(self, engine: FakeEngine | None = None) -> AsyncIterator[App]:
        engine = engine or self.engine()
        async with open_app(self.settings, engine=engine, clock=self.clock) as app:
            await app.start()
            await app.wait_ready()
            yield app


@pytest.fixture
def house(tmp_path: Path) -> House:
    base = tmp_path / "builtin"
    base.mkdir()
    (base / "words.json").write_text(json.dumps({"tags": WORDS, "words": []}))
    settings = Settings(state_dir=tmp_path / "state", base_model=str(base))
    return House(settings=settings, clock=ManualClock(), outbox=tmp_path / "outbox")


@pytest.fixture
async def engine(house: House) -> FakeEngine:
    return house.engine()


@pytest.fixture
async def app(house: House, engine: FakeEngine) -> AsyncIterator[App]:
    async with house.open(engine) as app:
        yield app


async def start_training(
    app: App, *, owner: OwnerId = ANA, name: str = "ink", count: int = 6, caption: str = "1girl",
    quiet: bool = False, place: Place | None = None, changes: str = "",
) -> Job:  # fmt: skip
    """Hand over drawings and start, with changes of the recipe."""
    report = await app.datasets.add(
        owner, drawings(count, caption), name=name, guild_id=GUILD, channel_id=CHANNEL
    )
    if changes:
        choice = RecipeChoice(recipe="own", changes=changes)
        await app.recipes.choose(report.dataset.id, owner, choice)
    return await app.trainings.start(
        report.dataset.id, owner_id=owner, quiet=quiet,
        place=place or Place(guild_id=GUILD, channel_id=CHANNEL, message_id=None),
    )  # fmt: skip


async def trained(app: App, **choices: object) -> JobView:
    """Train to the end."""
    job = await start_training(app, **choices)  # type: ignore[arg-type]
    return await app.jobs.wait(job.id)
