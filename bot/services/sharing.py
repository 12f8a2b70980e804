"""Who may draw with a style, with which of its checkpoints, and its file for its artist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.filenames import file_stem
from bot.services.files.copies import StyleCopies
from bot.services.files.style_file import StyleFile
from bot.services.ownership import own_style
from bot.services.store import Store
from bot.services.undrawable import why_undrawable
from data.errors import NotFound
from data.models import (
    Checkpoint,
    CheckpointId,
    OwnerId,
    Style,
    StyleCard,
    StyleId,
    StyleVersion,
    VersionId,
)

#: So many checkpoints of a training are kept beside the one that it is drawn with.
KEPT_MOST: Final = 3


class SharingService:
    """What an artist decides about a trained style."""

    def __init__(
        self,
        store: Store,
        bases: Bases,
        clock: Clock,
        copies: StyleCopies,
        *,
        shared: Callable[[], None],
    ) -> None:
        self._store = store
        self._copies = copies
        self._bases = bases
        self._clock = clock
        #: called when others may draw with something else than before
        self._shared = shared

    async def publish(
        self,
        style_id: StyleId,
        owner_id: OwnerId,
        *,
        guild_id: int | None = None,
        version_id: VersionId | None = None,
    ) -> StyleCard:
        """Let the server where a style was trained draw with one of its versions.

        Without `version_id` it is the one that the owner draws with. `guild_id` is where that is
        asked. Returns the style as its owner draws with it. UserError style.not_yours,
        style.no_server (trained outside of a server), style.elsewhere (asked in another server
        than that: "this server" would mean the wrong one), style.not_trained, style.old_base.
        """
        style = await own_style(self._store, style_id, owner_id)
        if style.guild_id is None:
            raise UserError("style.no_server", name=style.name)
        if guild_id is not None and guild_id != style.guild_id:
            raise UserError("style.elsewhere", name=style.name)
        card = await self._own_card(style, version_id, self._bases.sha256s)
        if card.version is None:
            raise await why_undrawable(
                self._store, self._bases, style, owner_id, style.guild_id, version_id
            )
        await self._store.styles.share(card.version.id, self._clock.now_ms())
        self._shared()
        return await self._own_card(style, None, self._bases.sha256s)

    async def keep_private(
        self, style_id: StyleId, owner_id: OwnerId, *, version_id: VersionId | None = None
    ) -> StyleCard:
        """Let only its owner draw with this version, or with all; UserError style.not_yours."""
        style = await own_style(self._store, style_id, owner_id)
        await self._store.styles.unshare(style_id, version_id)
        self._shared()
        return await self._own_card(style, None, self._bases.sha256s)

    async def choose_checkpoint(self, checkpoint_id: CheckpointId, owner_id: OwnerId) -> Checkpoint:
        """Draw with this checkpoint from now on; UserError style.not_yours."""
        try:
            checkpoint = await self._store.checkpoints.get(checkpoint_id)
            version = await self._store.styles.version(checkpoint.version_id)
        except NotFound:
            raise UserError("style.not_yours") from None
        await own_style(self._store, version.style_id, owner_id)
        await self._store.checkpoints.publish(checkpoint_id)
        self._shared()
        return checkpoint

    async def keep_checkpoints(
        self, version_id: VersionId, checkpoint_ids: Sequence[CheckpointId], owner_id: OwnerId
    ) -> tuple[StyleVersion, ...]:
        """Keep exactly these of a training as versions beside its own, `KEPT_MOST` of them.

        Each is drawn with, shared and handed out by itself; those that are let go are drawn with
        no more. Returns what is kept. UserError style.not_yours, choice.too_many.
        """
        try:
            version = await self._store.styles.version(version_id)
        except NotFound:
            raise UserError("style.not_yours") from None
        await own_style(self._store, version.style_id, owner_id)
        if len(checkpoint_ids) > KEPT_MOST:
            raise UserError("choice.too_many", most=KEPT_MOST)
        await self._store.kept.keep(version_id, checkpoint_ids, self._clock.now_ms())
        self._shared()
        return await self._store.kept.of_version(version_id)

    async def style_file(
        self, style_id: StyleId, owner_id: OwnerId, *, version_id: VersionId | None = None
    ) -> StyleFile:
        """Find the LoRA file of this version, or of the newest, for its owner.

        UserError style.not_yours, style.not_trained, style.file_missing.
        """
        style = await own_style(self._store, style_id, owner_id)
        card = await self._own_card(style, version_id, None)
        if card.checkpoint is None or card.version is None:
            raise UserError("style.not_trained", name=style.name)
        stem = file_stem(style, await self._store.styles.of_owner(owner_id))
        name = f"{stem}-v{card.version.number}-{card.checkpoint.step}.safetensors"
        if not await self._store.blobs.exists(card.checkpoint.style_sha256):
            raise UserError("style.file_missing", style=style.name)
        copy = await self._copies.of(card.checkpoint)
        return StyleFile(
            path=copy.path,
            file_name=name,
            size_bytes=copy.path.stat().st_size,
            sha256=copy.sha256,
            style=style,
            version=card.version,
            cover=next(map(self._store.blobs.path, card.checkpoint.sample_sha256s), None),
        )

    async def _own_card(
        self, style: Style, version_id: VersionId | None, bases: tuple[str, ...] | None
    ) -> StyleCard:
        card = await self._store.styles.card(
            style.id, style.owner_id, style.guild_id, bases, version_id=version_id
        )
        if card is None:  # deleted a moment ago
            raise UserError("style.not_yours")
        return card
