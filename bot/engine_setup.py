"""What the settings say of the engine: where its bases lie, and how its process starts."""

from __future__ import annotations

from pathlib import Path

from bot.config import Settings
from bot.services.base import Base
from data.blobs import Blobs
from engine.base.families import guess_family
from engine.client import EngineClient, EngineSettings
from engine.supervisor import ProcessEngine

ASSETS = Path(__file__).resolve().parents[1] / "data" / "assets"
BUILTIN = "builtin"


def base_place(settings: Settings) -> Path:
    """Say where the base lies."""
    return _place(settings.base_model)


def placed(settings: Settings, label: str) -> tuple[Path, Path | None]:
    """Say where one of MORE_BASES lies, or the first without a label, and its configurations."""
    place = dict(settings.more_bases).get(label)
    return (base_place(settings), settings.base_config) if place is None else (_place(place), None)


def list_bases(settings: Settings, engine: EngineClient) -> list[Base]:
    """Build all bases, the first one first; another of its name would never be found."""
    first = Base(
        engine,
        base_place(settings),
        settings.base_model,
        family=_named_family(settings),
        config=settings.base_config,
    )
    others = [
        Base(engine, _place(setting), setting, label=label, is_first=False)
        for label, setting in settings.more_bases
        if label.casefold() != first.label.casefold()
    ]
    return [first, *others]


def _place(setting: str) -> Path:
    return ASSETS / BUILTIN if setting.lower() == BUILTIN else Path(setting).expanduser()


def base_family(settings: Settings) -> str:
    """Say what the base is by the settings, else by a look at it; OSError where that fails."""
    return _named_family(settings) or guess_family(base_place(settings))


def _named_family(settings: Settings) -> str | None:
    return None if settings.base_family == "auto" else settings.base_family


def engine_settings(settings: Settings, *, outbox: Path | None = None) -> EngineSettings:
    """Say how the engine's process starts."""
    state = settings.state_dir.absolute()
    return EngineSettings(
        base=base_place(settings),
        config=settings.base_config and settings.base_config.absolute(),
        family=_named_family(settings),
        outbox=outbox or state / "outbox",
        shelf=Blobs(state / "blobs").derived,
        graphs=state / "compiled" if settings.compiles else None,
        device=settings.device,
        gpu_memory_gb=settings.gpu_memory_gb,
        slots=settings.style_slots,
        slot_rank=settings.slot_rank,
        threads=settings.engine_threads,
        draws_at_once=settings.parallel_jobs,
        training_share=settings.training_percent / 100,
        start_timeout_s=settings.engine_start_timeout_s,
    )


def process_engine(settings: Settings) -> ProcessEngine:
    """Build the engine that runs in its own process."""
    return ProcessEngine(engine_settings(settings))
