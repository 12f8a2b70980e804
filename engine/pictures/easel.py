"""Where pictures of all requests are painted: who goes together, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.base.encoding import common_tokens
from engine.base.loading import LoadedBase
from engine.pictures.batch import Batch
from engine.pictures.kept_texts import KeptTexts
from engine.pictures.picture import Picture

MOST_PICTURES: Final = 8
#: Four windows of CLIP: repeating texts up to here costs little.
_FEW_TOKENS: Final = 4 * 77


class Easel:
    """Forms batches of pictures that stand at different steps, and moves them."""

    def __init__(
        self,
        base: LoadedBase,
        *,
        most_pictures: int = MOST_PICTURES,
        most_pixels: int | None = None,
    ) -> None:
        self._base = base
        self._most_pictures = most_pictures
        self._most_pixels = most_pixels or base.plan.most_pixels
        self._texts = KeptTexts(base.unet, base.slots, base.plan.kept_text_bytes)
        self._batches: list[Batch] = []

    def choose(self, waiting: Sequence[Sequence[Picture]]) -> list[Picture]:
        """Fill a batch: one picture of each request in turn, then a second one, and so on.

        The first picture of the first request is always in it; the others are of its size.
        """
        first = waiting[0][0]
        width, height = first.size
        most = max(1, min(self._most_pictures, self._most_pixels // (width * height)))
        chosen: list[Picture] = []
        for picture in _in_turn(waiting):
            if not chosen or (picture.size == first.size and self._fits(chosen, picture)):
                chosen.append(picture)
            if len(chosen) == most:
                break
        return chosen

    def do(self, pictures: Sequence[Picture]) -> None:
        """Take one step with pictures of one size."""
        self._batch(pictures).step()
        # What a batch has gathered is large, and an ended one is never asked for again.
        self._batches = [batch for batch in self._batches if not _ended(batch)]

    def _fits(self, chosen: Sequence[Picture], picture: Picture) -> bool:
        styles = (style for one in (*chosen, picture) for style, _ in one.stack)
        return self._base.slots.fit(styles) and _short(chosen, picture)

    def _batch(self, pictures: Sequence[Picture]) -> Batch:
        wanted = tuple(pictures)
        for batch in self._batches:
            if batch.pictures == wanted:
                return batch
        self._batches = [
            Batch(self._base, self._texts, wanted),
            *self._batches[: self._base.plan.batches - 1],
        ]
        return self._batches[0]


def _short(chosen: Sequence[Picture], picture: Picture) -> bool:
    """Whether texts that are repeated to a common length stay short with one picture more.

    Beside two windows five become ten for every row; each alone costs what it is long.
    """
    present = [text for one in chosen for text in one.texts]
    texts = [*present, *picture.texts]
    longest = max(text.text.shape[1] for text in texts)
    return common_tokens(texts) <= max(_FEW_TOKENS, 2 * longest, common_tokens(present))


def _ended(batch: Batch) -> bool:
    return any(picture.course.finished for picture in batch.pictures)


def _in_turn(waiting: Sequence[Sequence[Picture]]) -> list[Picture]:
    rounds = max(len(pictures) for pictures in waiting)
    return [pictures[n] for n in range(rounds) for pictures in waiting if n < len(pictures)]
