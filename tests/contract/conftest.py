"""One engine per test: the fake, or the real process with scripted runners."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import pytest

from engine.client import EngineClient, EngineSettings
from engine.errors import StartRefused
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from engine.protocol import VERSION
from engine.supervisor import ProcessEngine


class Stage(Protocol):
    """Makes engines of one kind, and reaches around the contract where a test has to."""

    def make(self) -> EngineClient: ...

    def make_of_another_version(self) -> EngineClient: ...

    def make_without_base(self) -> EngineClient: ...

    def kill(self, engine: EngineClient) -> None: ...

    def process_of(self, engine: EngineClient) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeStage:
    """The fake engine."""

    outbox: Path

    def make(self) -> EngineClient:
        others = {
            Path("other"): dataclasses.replace(FAKE_READY, base="other", base_sha256="0" * 64),
            Path("!missing"): StartRefused("engine.base_missing", base="!missing"),
        }
        return FakeEngine(FakeScript(outbox=self.outbox, others=others))

    def make_of_another_version(self) -> EngineClient:
        ready = type(FAKE_READY)(
            version=VERSION + 1, device="cpu", base="builtin", base_sha256="", family="builtin"
        )
        return FakeEngine(FakeScript(outbox=self.outbox, ready=ready))

    def make_without_base(self) -> EngineClient:
        engine = FakeEngine(FakeScript(outbox=self.outbox))
        engine.refuse_start("engine.base_missing", base="!missing")
        return engine

    def kill(self, engine: EngineClient) -> None:
        cast("FakeEngine", engine).die()

    def process_of(self, engine: EngineClient) -> int | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStage:
    """The real worker process."""

    outbox: Path

    def make(self) -> EngineClient:
        return self.make_with_base("builtin")

    def make_of_another_version(self) -> EngineClient:
        return self.make_with_base("!version")

    def make_without_base(self) -> EngineClient:
        return self.make_with_base("!missing")

    def make_with_base(self, base: str) -> ProcessEngine:
        return ProcessEngine(EngineSettings(base=Path(base), outbox=self.outbox, scripted=True))

    def kill(self, engine: EngineClient) -> None:
        pid = self.process_of(engine)
        assert pid is not None
        # Windows has only one way to end another process, under this name
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def process_of(self, engine: EngineClient) -> int | None:
        return cast("ProcessEngine", engine).pid


@pytest.fixture(params=[FakeStage, ProcessStage], ids=["fake", "process"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    return request.param(outbox=tmp_path / "outbox")


@pytest.fixture
async def engine(stage: Stage) -> AsyncIterator[EngineClient]:
    engine = stage.make()
    async with asyncio.timeout(30):
        await engine.start()
    yield engine
    async with asyncio.timeout(30):
        await engine.aclose()
