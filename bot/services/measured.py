"""How fast this host trains, measured from trainings that ran here."""

from __future__ import annotations

from bot.services.store import Store
from data.models import Job
from engine.protocol import CheckpointSaved


class MeasuredSpeed:
    """Seconds per training step, by family."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def seconds_per_step(self, family: str) -> float | None:
        """Give the last measurement; None before the first, as hosts differ a hundredfold."""
        known = await self._store.meta.get(_key(family))
        return None if known is None else float(known)

    async def note(self, family: str, event: CheckpointSaved, job: Job, now_ms: int) -> None:
        """Measure a training that ran to its end in one go."""
        if event.step < event.steps or job.attempt != 1 or job.started_ms is None:
            return
        seconds = (now_ms - job.started_ms) / 1000 / max(event.steps, 1)
        if seconds > 0:
            await self._store.meta.put(_key(family), f"{seconds:.4f}")


def _key(family: str) -> str:
    return f"train_step_s:{family}"
