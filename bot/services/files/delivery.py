"""How an artist gets the file of their style: whole, in parts or smaller, with a workflow."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import UserError
from bot.services.files.style_file import StyleFile
from bot.services.sharing import SharingService
from bot.services.store import Store
from bot.services.tasks import read_train_task
from bot.services.trainplan import SAMPLE_SCORE, SAMPLE_SEED
from data.errors import NotFound
from data.models import OwnerId, VersionId
from engine.base.families import Family, family_of
from engine.errors import JobFailed
from engine.lora.reading import FileHeader, read_header
from engine.lora.shrinking import least_bytes, shrink
from engine.pictures.comfyui import LoraFile
from engine.pictures.litegraph import workflow
from engine.pictures.metadata import sampler_title
from engine.pictures.recipe import Recipe

#: A sample of 1024 pixels has 1.5 MB; what is much larger would take room from the file itself.
MOST_COVER_BYTES: Final = 3_000_000
#: What a style is tried with where no training says what it was trained on.
_PLAIN_PROMPT: Final = "1girl, solo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What an artist needs to use the file elsewhere."""

    #: as this host calls it
    base: str
    #: as the world calls its family; empty where that is the same, or says nothing
    family: str
    #: A1111's name of sampler and schedule
    sampler: str
    steps: int
    guidance: float
    width: int
    height: int
    #: what a prompt should begin with; may be empty
    prefix: str
    #: for ComfyUI, JSON
    workflow: bytes
    #: PNG that ComfyUI and A1111 show for the file when it lies beside it; may be None
    cover: bytes | None
    #: the built-in base exists nowhere else
    is_toy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Smaller:
    """A smaller file, in a place that is gone afterwards."""

    path: Path
    file_name: str
    size_bytes: int
    #: share of the style's squared change that is left, 0 to 1
    kept: float


class DeliveryService:
    """Prepare files for their artist."""

    def __init__(self, store: Store, sharing: SharingService) -> None:
        self._store = store
        self._sharing = sharing

    async def of_version(self, version_id: VersionId, owner_id: OwnerId) -> StyleFile:
        """Find a version's file; UserError style.not_yours, style.not_trained."""
        try:
            version = await self._store.styles.version(version_id)
        except NotFound:
            raise UserError("style.not_yours") from None
        return await self._sharing.style_file(version.style_id, owner_id, version_id=version_id)

    async def can_shrink(self, file: StyleFile, limit_bytes: int) -> bool:
        """Tell whether a smaller file could be so small."""
        least = await asyncio.to_thread(_least_bytes, file.path)
        return least is not None and least <= limit_bytes

    @asynccontextmanager
    async def smaller(self, file: StyleFile, limit_bytes: int) -> AsyncGenerator[Smaller]:
        """Make a file of that size at most; it is gone afterwards. UserError file.no_smaller."""
        with tempfile.TemporaryDirectory(prefix="ownhand-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "smaller.safetensors"
            try:
                shrunk = await asyncio.to_thread(shrink, file.path, path, limit_bytes)
            except (ValueError, JobFailed):
                raise UserError("file.no_smaller", style=file.style.name) from None
            yield Smaller(
                path=path,
                file_name=f"{file.stem}-small.safetensors",
                size_bytes=shrunk.size_bytes,
                kept=shrunk.kept,
            )

    async def guide(self, file: StyleFile, file_name: str) -> Guide:
        """Say how to use the file under the name that it is handed out with."""
        family = _family(file.version.family)
        recipe = await self._example(file, family)
        header = await asyncio.to_thread(_header, file.path)
        predicts_v = header is not None and header.metadata.get("modelspec.prediction_type") == "v"
        trigger = "" if header is None else header.metadata.get("modelspec.trigger_phrase", "")
        text = workflow(
            recipe,
            [LoraFile(file_name=file_name)],
            checkpoint=f"{file.version.base}.safetensors",
            predicts_v=predicts_v,
        )
        return Guide(
            base=file.version.base,
            family="" if family.name in ("builtin", "sdxl") else family.title,
            sampler=sampler_title(recipe.sampler, recipe.schedule),
            steps=recipe.steps,
            guidance=recipe.guidance,
            width=recipe.width,
            height=recipe.height,
            prefix=family.compose(trigger, SAMPLE_SCORE),
            workflow=text.encode(),
            cover=await asyncio.to_thread(_cover, file.cover),
            is_toy=family.name == "builtin",
        )

    async def _example(self, file: StyleFile, family: Family) -> Recipe:
        """Take the first sample of the style's training: its picture can be compared with ours."""
        if file.version.job_id is not None:
            try:
                job = await self._store.jobs.get(file.version.job_id)
            except NotFound:
                pass
            else:
                for sample in read_train_task(job).samples:
                    return sample
        return Recipe(
            prompt=_PLAIN_PROMPT,
            positive=family.compose(_PLAIN_PROMPT, SAMPLE_SCORE),
            negative=family.negative,
            seed=SAMPLE_SEED,
            steps=family.steps,
            guidance=family.guidance,
            sampler=family.sampler,
            schedule=family.schedule,
            width=family.width,
            height=family.height,
            family=family.name,
        )


def _family(name: str) -> Family:
    try:
        return family_of(name)
    except KeyError:  # of a version that knew more of them
        return family_of("sdxl")


def _cover(path: Path | None) -> bytes | None:
    try:
        data = b"" if path is None else path.read_bytes()
    except OSError:  # a style without a picture is a style all the same
        return None
    return data if 0 < len(data) <= MOST_COVER_BYTES else None


def _header(path: Path) -> FileHeader | None:
    try:
        return read_header(path)
    except JobFailed:  # what is in it is nothing that this needs
        return None


def _least_bytes(path: Path) -> int | None:
    header = _header(path)
    return None if header is None else least_bytes(header)
