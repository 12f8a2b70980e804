"""Styles from LoRA files that others made: converted once, and marked as not one's own."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.import_bases import choose_base
from bot.services.import_sources import Beside, in_folder, list_folder, read_beside
from bot.services.intake import Accepted, IntakeService, Upload
from bot.services.names import MAX_NAME_CHARS, check_name
from bot.services.store import Store
from data.errors import Conflict
from data.models import HOST, OwnerId, Style
from engine.errors import JobFailed
from engine.lora.foreign.about import About, about, tidy, with_sidecars
from engine.lora.foreign.converting import convert, open_foreign
from engine.lora.reading import FileHeader
from engine.lora.thumbnails import plain_sha256

#: Files of 100 MB and more add up; the host may have as many as the disk takes.
MOST_PER_PERSON: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """A file to import; its own name is what people are shown."""

    owner_id: OwnerId
    path: Path
    #: how the style will be called; None takes the file's title, or its name
    name: str | None = None
    guild_id: int | None = None
    #: what the host calls the base it is for; None finds it out
    base: str | None = None
    #: files that lie beside it are read too; not for what a stranger handed over
    from_host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A new style, and what is known of it."""

    style: Style
    layers: int
    text_layers: int
    rank: int
    title: str
    trigger: str
    #: what the host calls the base it is drawn on
    base: str


class ImportService:
    """Take LoRA files in."""

    def __init__(
        self, store: Store, bases: Bases, intake: IntakeService, clock: Clock, folder: Path | None
    ) -> None:
        self._store = store
        self._bases = bases
        self._intake = intake
        self._clock = clock
        self._folder = folder
        # One at a time: a file of a gigabyte takes the disk for a while.
        self._turn = asyncio.Lock()

    async def suggest(self, typed: str) -> Sequence[str]:
        """Name files of the host's folder with these letters in them."""
        wanted = typed.casefold().strip()
        names = await asyncio.to_thread(list_folder, self._folder)
        return [name for name in names if wanted in name.casefold()]

    async def in_folder(self, name: str) -> Path:
        """Find one of them; UserError import.unknown_file."""
        return await asyncio.to_thread(in_folder, self._folder, name)

    async def take(self, order: ImportOrder) -> Imported:
        """Import a file as a private style of its importer.

        UserError `lora.…` and style.other_kind for what it is, style.name_bad, import.name_taken,
        import.erased, import.too_many, import.unreadable, bases.unknown, import.other_base,
        import.which_base, and what `Base.require` raises.
        """
        await self.check(order)
        async with self._turn:
            try:
                header = await asyncio.to_thread(open_foreign, order.path)
                base = await asyncio.to_thread(
                    choose_base, self._bases, order.path.name, header, order.base
                )
                base.require()
                beside = Beside()
                if order.from_host:
                    beside = await asyncio.to_thread(read_beside, order.path)
                await self._refuse_erased(order.path, header)
                return await self._converted(order, base, header, beside)
            except JobFailed as why:
                raise UserError(why.key, **why.facts) from why
            except OSError as error:
                reason = error.strerror or str(error)
                raise UserError("import.unreadable", file=order.path.name, reason=reason) from error

    async def _refuse_erased(self, path: Path, header: FileHeader) -> None:
        """Know a file as it was stored, and as it was handed out."""
        plain = await asyncio.to_thread(plain_sha256, path, header)
        for sha256 in filter(None, (await _hashed(path), plain)):
            if await self._store.erasure.was_erased(sha256):
                raise UserError("import.erased")

    async def check(self, order: ImportOrder) -> None:
        """Refuse what needs no look into the file; UserError as `take`."""
        if order.name is not None:
            check_name(order.name)
        mine = await self._store.styles.of_owner(order.owner_id)
        imported = sum(style.source_file is not None for style in mine)
        if order.owner_id != HOST and imported >= MOST_PER_PERSON:
            raise UserError("import.too_many", count=imported)

    async def _converted(
        self, order: ImportOrder, base: Base, header: FileHeader, beside: Beside
    ) -> Imported:
        said = with_sidecars(about(header.metadata), beside.a1111, beside.civitai)
        name = order.name or _name_of(said, order.path)
        cover = await self._cover(beside.preview or said.preview)
        with tempfile.TemporaryDirectory(prefix="ownhand-", ignore_cleanup_errors=True) as folder:
            target = Path(folder) / "ours.safetensors"
            converted = await asyncio.to_thread(
                convert,
                order.path,
                target,
                base.anatomy,
                said.metadata(tidy(name), tidy(order.path.name)),
                header=header,
                peft_config=(beside.peft or b"").decode(errors="replace"),
            )
            style = await self._keep(order, base, check_name(name), target, cover)
        return Imported(
            style=style,
            layers=converted.layers,
            text_layers=converted.text_layers,
            rank=converted.rank,
            title=said.title,
            trigger=said.trigger,
            base=base.label,
        )

    async def _keep(
        self, order: ImportOrder, base: Base, name: str, file: Path, cover: bytes | None
    ) -> Style:
        now, styles = self._clock.now_ms(), self._store.styles
        sha256 = await _hashed(file)
        async with self._store.gate:
            await self._store.blobs.adopt(file, sha256)
            covers = () if cover is None else (await self._store.blobs.put_bytes(cover),)
            try:
                async with self._store.db.write():
                    style = await styles.create(
                        order.owner_id, name, order.guild_id, now, source_file=order.path.name
                    )
                    version = await styles.add_version(
                        style.id,
                        base=base.name,
                        base_sha256=base.sha256,
                        family=base.family.name,
                        dataset_id=None,
                        job_id=None,
                        recipe_json="{}",
                        now=now,
                    )
                    checkpoint = await self._store.checkpoints.add(
                        version.id,
                        None,
                        step=0,
                        steps=0,
                        loss=None,
                        held_out_loss=None,
                        style_sha256=sha256,
                        state_sha256=None,
                        sample_sha256s=covers,
                        now=now,
                    )
                    if checkpoint is not None:
                        await self._store.checkpoints.publish(checkpoint.id)
            except Conflict:
                refusal = UserError("import.name_taken", name=name)
            else:
                return style
        await self._store.remove_unreferenced({sha256, *covers})
        raise refusal

    async def _cover(self, data: bytes | None) -> bytes | None:
        """Decode a preview where it can do no harm; one that is refused is left out."""
        if data is None:
            return None

        async def read() -> bytes:
            return data

        upload = Upload(name="preview", size_bytes=len(data), read=read)
        async with aclosing(self._intake.judge([upload], room=1)) as outcomes:
            async for outcome in outcomes:
                if isinstance(outcome, Accepted):
                    return outcome.png
        return None


def _name_of(said: About, path: Path) -> str:
    """Call a style as its maker does, as far as a style may be called so."""
    for wish in (said.title, path.stem):
        kept = "".join(c if c.isalnum() or c in " .'-_" else " " for c in wish)
        name = " ".join(kept.split()).lstrip(".'-_ ")[:MAX_NAME_CHARS].strip()
        if name:
            return name
    return "imported"


async def _hashed(path: Path) -> str:
    def digest() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return await asyncio.to_thread(digest)
