"""What a training has to show: its checkpoints by number, and what the reveal is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.services.jobs import JobView
from bot.services.store import Store
from bot.services.tasks import TrainTask
from data.models import Checkpoint, DatasetId, Drawing, JobState

#: As many numbers as there are to react with.
NUMBERED_MOST: Final = 10
#: The first version of the sentences of *Start* that say that the channel sees own drawings.
DRAWINGS_SHOWN_FROM: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealColumn:
    """One prompt of the reveal; a picture is None where there is none (any more)."""

    prompt: str
    #: of the artist's own drawing with these words
    own_sha256: str | None
    bare_sha256: str | None
    styled_sha256: str | None


class TheatreService:
    """Read what a training's pictures are made of; all of it is there after any restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reveal(self, view: JobView) -> tuple[RevealColumn, ...]:
        """Collect own drawings, samples without the style, and samples of what is drawn with.

        In the open no own drawings where the artist agreed before that was said.
        """
        task, version, styled = view.task, view.version, drawn_with(view)
        if not isinstance(task, TrainTask) or version is None or styled is None:
            return ()
        prompts = [sample.prompt for sample in task.samples]
        drawings: Sequence[Drawing] = ()
        if version.dataset_id is not None and await self._may_show(view, version.dataset_id):
            drawings = await self._store.datasets.drawings(version.dataset_id)
        own = _own(prompts, drawings)
        return tuple(
            RevealColumn(
                prompt=prompt,
                own_sha256=own[n],
                bare_sha256=_at(version.bare_sha256s, n),
                styled_sha256=_at(styled.sample_sha256s, n),
            )
            for n, prompt in enumerate(prompts)
        )

    async def _may_show(self, view: JobView, dataset_id: DatasetId) -> bool:
        """Tell whether the artist agreed that those who look on see some of the drawings."""
        if view.job.quiet:
            return True
        given = await self._store.consents.of_dataset(dataset_id)
        return any(
            one.withdrawn_ms is None and _words(one.text_version) >= DRAWINGS_SHOWN_FROM
            for one in given
        )


def _words(text_version: str) -> int:
    return int(text_version.partition("-")[0])


def numbered(checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Choose those that get a number, 1 for the first: all, or ten spread evenly with the last."""
    drawn = [one for one in checkpoints if one.sample_sha256s]
    count = min(len(drawn), NUMBERED_MOST)
    return tuple(drawn[(n + 1) * len(drawn) // count - 1] for n in range(count))


def to_vote_on(view: JobView) -> tuple[Checkpoint, ...]:
    """List what the server chooses from: nothing until the end, nor where nobody else looks on."""
    if view.job.state is not JobState.DONE or view.job.quiet:
        return ()
    choice = numbered(view.checkpoints)
    return choice if len(choice) > 1 else ()


def drawn_with(view: JobView) -> Checkpoint | None:
    """Find the checkpoint that a training's version is drawn with: the chosen one, or the last."""
    chosen = None if view.version is None else view.version.published_checkpoint_id
    for checkpoint in view.checkpoints:
        if checkpoint.id == chosen:
            return checkpoint
    return view.checkpoints[-1] if view.checkpoints else None


def _own(prompts: Sequence[str], drawings: Sequence[Drawing]) -> list[str | None]:
    """Find a drawing for every prompt: one with these words, else any that is not shown yet."""
    left = list(drawings)
    found: list[Drawing | None] = []
    for prompt in prompts:
        same = next((one for one in left if one.caption == prompt), None)
        found.append(same)
        if same is not None:
            left.remove(same)
    shown = [one or (left.pop(0) if left else None) for one in found]
    return [None if one is None else one.sha256 for one in shown]


def _at(sha256s: Sequence[str], number: int) -> str | None:
    return sha256s[number] if number < len(sha256s) else None
