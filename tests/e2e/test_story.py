"""The whole story: in seconds with the scripted engine, in minutes with the real one."""

import asyncio
import json
import mimetypes
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from PIL import Image

from bot.config import Settings
from bot.i18n import Texts
from bot.services.outbox import SHOW_EVERY_S
from bot.story import run_story
from engine.fake import FakeEngine, FakeScript
from engine.lora.reading import read_header
from engine.lora.thumbnails import plain_sha256
from engine.protocol import Done, DrawRequest, Event, Request, TrainRequest


class UnhurriedEngine(FakeEngine):
    """Trains no faster than somebody else can draw meanwhile, as a real one does."""

    def __init__(self, script: FakeScript) -> None:
        super().__init__(script)
        self._drew = asyncio.Event()

    async def submit(self, request: Request) -> AsyncGenerator[Event, None]:
        async with aclosing(super().submit(request)) as events:
            async for event in events:
                if isinstance(request, DrawRequest) and isinstance(event, Done):
                    self._drew.set()
                if isinstance(request, TrainRequest) and isinstance(event, Done):
                    await self._drew.wait()
                    await asyncio.sleep(1.2 * SHOW_EVERY_S)  # so that a checkpoint is seen
                yield event


def fake(settings: Settings) -> FakeEngine:
    return UnhurriedEngine(FakeScript(outbox=settings.state_dir.absolute() / "outbox"))


def check(out: Path, code: int) -> None:
    facts = json.loads((out / "story.json").read_text(encoding="utf-8"))
    assert [item for item in facts["expectations"] if not item["held"]] == []
    assert code == 0
    assert len(facts["expectations"]) > 20
    pictures = sorted((out / "pictures").glob("[0-9]*"))
    assert facts["counts"]["pictures"] == len(pictures)
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.get_format_mimetype() == mimetypes.guess_type(path)[0], path.name
    style = out / "style.safetensors"
    assert plain_sha256(style, read_header(style)) == facts["training"]["checkpoints"][-1]["sha256"]
    for name in ("reveal.jpg", "loop.webp", "sheet.jpg", "curve.png"):
        with Image.open(out / name) as picture:
            assert picture.width > 400
    page = (out / "transcript.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/') > 15
    assert not re.search(r'(?:src|href)="(?!data:|https://)', page)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_story_with_a_scripted_engine(tmp_path: Path, language: str) -> None:
    settings = Settings(
        state_dir=tmp_path / "state", base_model="/nowhere", guild_id=10**17, train_steps=40
    )
    out = tmp_path / "demo"
    code = await run_story(settings, Texts(language), out, engine=fake)
    check(out, code)
    assert not settings.state_dir.exists(), "the host's bot may be using it"


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_the_story_with_the_real_engine(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    code = await run_story(Settings(state_dir=tmp_path / "state"), Texts("en"), out)
    check(out, code)
