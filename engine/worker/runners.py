"""What serves requests: the loaded base with its runners, or the scripted stand-in.

A runner is `run(request, context) -> Steps`. It yields events of its request, which are told at
once; None after a short step of its own, so that others may have their turn; `Work` for a step that
the loop makes, together with others' if it can; `Wait` for another thread. The loop sends `Started`
and the terminal message: the generator's end means done, an exception means failed, and a cancelled
one is closed where it stands (GeneratorExit at its `yield`).

Steps of many requests interleave on one thread, so a runner may not yield inside `torch.no_grad`,
`inference_mode` or `autocast` (they would hold for the others too; it is checked), and may not
draw from torch's global generator.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.client import EngineSettings
from engine.protocol import (
    VERSION,
    CaptionRequest,
    DrawRequest,
    FileRef,
    Ready,
    Request,
    TrainRequest,
)
from engine.worker.background import Background
from engine.worker.captioners import Captioners
from engine.worker.context import WorkerContext
from engine.worker.work import Steps

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything that is ready to serve."""

    ready: Ready
    #: makes a request's steps; nothing runs before the first `next`
    run: Callable[[Request], Steps]
    #: is told of every request at once, long before it is run perhaps
    expect: Callable[[Request], object] = lambda _: None
    #: frees what a failed request held
    tidy: Callable[[], object] = gc.collect


def open_workshop(settings: EngineSettings, wake: Callable[[], object]) -> Workshop:
    """Load what the settings ask for; raises `JobFailed` when that cannot work.

    `wake` is called from other threads, when something that a runner waits for is done.
    """
    if settings.scripted:
        from engine.worker.scripted import open_scripted

        return open_scripted(settings)
    return _open_base(settings, wake)


def _open_base(settings: EngineSettings, wake: Callable[[], object]) -> Workshop:
    import torch

    from engine.base.loading import load_base
    from engine.memory.device import Limits
    from engine.memory.footprints import footprint_of
    from engine.pictures.easel import Easel
    from engine.training.bench import TrainingBench

    _hush()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    limits = Limits(
        gpu_memory_gb=settings.gpu_memory_gb,
        trainings_at_once=settings.trainings_at_once,
        slots=settings.slots,
    )
    rank, shelf = settings.slot_rank, settings.shelf
    base = load_base(
        settings.base,
        device,
        family=settings.family,
        config=settings.config,
        limits=limits,
        slot_rank=rank,
        shelf=shelf,
    )
    if settings.graphs is not None:
        base = _compiling(base, settings.graphs, Background(wake))
    context = WorkerContext(
        base=base,
        device=device,
        outbox=settings.outbox,
        easel=Easel(base),
        training_bench=TrainingBench(base),
        background=Background(wake),
        fetching=Background(wake),
        captioners=Captioners(Background(wake), threads=settings.threads),
    )
    ready = Ready(
        version=VERSION,
        device=device,
        base=base.name,
        base_sha256=base.sha256,
        family=base.family,
        footprint=footprint_of(base),
    )
    return Workshop(
        ready=ready,
        run=lambda request: keep_apart(_run(request, context)),
        expect=lambda request: _fetch(request, context),
        tidy=_tidy,
    )


def _compiling(base: LoadedBase, folder: Path, beside: Background) -> LoadedBase:
    from engine.unet.graphs import Graphs

    # PyTorch looks here for what an earlier process has compiled.
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)
    return dataclasses.replace(base, graphs=Graphs(base.unet, base.slots, beside.run))


def _fetch(request: Request, context: WorkerContext) -> None:
    """Read a waiting request's styles, so that they are at hand when its turn comes."""
    if isinstance(request, DrawRequest) and request.files:
        from engine.worker.draw_runner import stacks_of

        context.fetching.run(lambda: stacks_of(request, context))  # what is wrong is told later


def _hush() -> None:
    """Keep out of the bot's log progress bars, and a warning of layers that are none."""
    import diffusers.utils.logging
    import transformers.utils.logging

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    casting = logging.getLogger("diffusers.models.modeling_utils")
    casting.addFilter(lambda record: "kept in float32: []" not in record.getMessage())


def _run(request: Request, context: WorkerContext) -> Steps:
    match request:
        case DrawRequest():
            from engine.worker import draw_runner

            yield from draw_runner.run(request, context)
        case CaptionRequest():
            from engine.worker import caption_runner

            yield from caption_runner.run(request, context.captioners)
        case TrainRequest(finished=FileRef() as finished):
            from engine.worker import show_runner

            yield from show_runner.run(request, finished, context)
        case _:
            from engine.worker import train_runner

            yield from train_runner.run(request, context)


def keep_apart(steps: Steps) -> Steps:
    """Fail a runner whose `yield` would leave the others without gradients."""
    import torch

    with contextlib.closing(steps):
        for said in steps:
            autocast = torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
            if autocast or not torch.is_grad_enabled():
                raise RuntimeError("a runner may not yield inside no_grad or autocast")
            yield said


def _tidy() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
