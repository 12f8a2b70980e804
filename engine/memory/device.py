"""The plan for the device at hand."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from engine.memory.needs import needs_of
from engine.memory.plan import GENEROUS, Plan, fitting

log = logging.getLogger(__name__)

#: What kernels need to work in and what lies between blocks; the ledger sees neither.
RESERVE: Final = 600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the host allows."""

    #: of a GPU's memory, in gigabytes; 0 for all that is free
    gpu_memory_gb: float = 0
    trainings_at_once: int = 1
    #: styles in use at once; 0 for as many as fit
    slots: int = 0


def plan_for(
    folder: Path,
    device: torch.device,
    dtype: torch.dtype,
    *,
    size: tuple[int, int],
    rank: int,
    limits: Limits,
) -> Plan:
    """Fit the engine into the free memory of a GPU, or into what the host allows of it.

    From then on more is an error that is handled, where a driver would else go on in the host's
    memory at a hundredth of the speed. Elsewhere than on a GPU nothing is limited.
    JobFailed `engine.small_memory` when the base does not fit.
    """
    if device.type != "cuda":
        return dataclasses.replace(GENEROUS, slots=limits.slots or GENEROUS.slots)
    free, total = torch.cuda.mem_get_info(device)
    budget = min(free, round(limits.gpu_memory_gb * 1e9) or free)
    torch.cuda.set_per_process_memory_fraction(budget / total, device)
    needs = needs_of(folder, dtype, rank, size)
    room = budget - RESERVE
    plan = fitting(needs, room, trainings=limits.trainings_at_once, slots=limits.slots)
    log.info("%.1f GB for the engine: %s", budget / 1e9, plan)
    return plan
