"""The words that styles were trained on under: in a prompt they stay as they are typed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bot.services.store import Store
from data.models import StyleCard
from engine.errors import JobFailed
from engine.lora.reading import read_header

_TRIGGER: Final = "modelspec.trigger_phrase"


async def trained_words(store: Store, cards: Iterable[StyleCard]) -> frozenset[str]:
    """Gather the trigger words of these styles, and the words of their drawings' kinds."""
    words: set[str] = set()
    for card in cards:
        if card.version is not None and card.version.dataset_id is not None:
            settings = await store.captions.settings(card.version.dataset_id)
            kinds = await store.kinds.get(card.version.dataset_id)
            words |= {settings.trigger, *kinds.words().values()}
        elif card.checkpoint is not None:
            path = store.blobs.path(card.checkpoint.style_sha256)
            words |= set(await asyncio.to_thread(_told, path))
    return frozenset(word.strip() for word in words) - {""}


def _told(file: Path) -> list[str]:
    """Read what a file from elsewhere says of itself."""
    try:
        return read_header(file).metadata.get(_TRIGGER, "").split(",")
    except (JobFailed, OSError):  # the drawing itself says what is wrong with it
        return []
