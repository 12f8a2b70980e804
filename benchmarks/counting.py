"""Exact counts on SDXL's real configuration, on the meta device: operations and arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from peft import LoraConfig
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.table import Measured
from benchmarks.unets import RANK, SDXL, Inputs, unet_of
from engine.base.loading import load_base
from engine.builtin.report.painter import wanted
from engine.lora.layout import FlatLayout
from engine.lora.names import TARGETS
from engine.lora.slots import changes
from engine.memory.ledger import whole_attention
from engine.pictures.batch import Batch
from engine.pictures.kept_texts import KeptTexts
from engine.pictures.picture import begin
from engine.unet.product import Change
from engine.unet.styled import StyledUnet

ATTENTION: Final = ("to_q", "to_k", "to_v", "to_out.0")


class OpCounter(TorchDispatchMode):
    """Counts what is executed; operations that only view are free."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count one operation and do it."""
        if not func.is_view and func._schema.name not in _FREE:
            self.count += 1
        return func(*args, **(kwargs or {}))


#: Views that the schema does not mark, and questions that launch nothing.
_FREE: Final = {"aten::_unsafe_view", "aten::detach", "aten::lift_fresh", "prim::device"}


def as_on_a_gpu(job: Callable[[], object]) -> None:
    """Do a job on the meta device with whole attentions."""
    with whole_attention():
        job()


def operations(job: Callable[[], object]) -> int:
    """Count the operations of a job."""
    with OpCounter() as counter:
        job()
    return counter.count


def arithmetic(job: Callable[[], object]) -> int:
    """Count the floating-point operations of matrix products, convolutions and attention."""
    with FlopCounterMode(display=False) as counter:
        as_on_a_gpu(job)
    return counter.get_total_flops()


def measure() -> list[Measured]:
    """Count a denoising step with guidance, and a training step at batch 1."""
    return [*_denoising(), *_training()]


@torch.no_grad()
def _denoising() -> list[Measured]:
    stock = unet_of(SDXL, "meta")
    inputs = Inputs.random(SDXL, 2, "meta")
    plain = operations(lambda: as_on_a_gpu(lambda: inputs.stock(stock)))
    unet = StyledUnet(stock)
    layout = FlatLayout(unet.groups, RANK)
    rows = torch.empty(2, layout.size, device="meta")
    every: list[Change | None] = list(changes(layout, rows))
    groups = unet.groups
    attention = [
        change if group.members[0].endswith(ATTENTION) else None
        for group, change in zip(groups, every, strict=True)
    ]
    kept = unet.keep(inputs.told.text, every)

    beside = _beside_the_unet()

    def step(using: list[Change | None]) -> int:
        def forward() -> object:
            return unet.predict(inputs.latents, inputs.timesteps, inputs.told, using, kept)

        return operations(lambda: as_on_a_gpu(forward)) + beside

    return [
        Measured(name="operations of diffusers' U-Net, guidance pair, no style", value=plain),
        Measured(
            name="operations with a style on attention / those",
            value=step(attention) / plain,
            goal=1.20,
        ),
        Measured(
            name="operations with a style on all 722 layers / those",
            value=step(every) / plain,
            goal=1.32,
        ),
    ]


def _beside_the_unet() -> int:
    """Count a step's own operations: scaling, guidance, ancestral sampler."""
    base = load_base("builtin")
    picture = begin(base, wanted("1girl", 1))
    batch = Batch(base, KeptTexts(base.unet, base.slots, base.plan.kept_text_bytes), [picture])
    inside = OpCounter()
    model = base.unet.model

    def counted(*given: Any, **named: Any) -> Any:
        with inside:
            return forward(*given, **named)

    forward, model.forward = model.forward, counted
    return operations(batch.step) - inside.count


def _training() -> list[Measured]:
    inputs = Inputs.random(SDXL, 1, "meta")
    theirs = unet_of(SDXL, "meta")
    config = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=list(TARGETS))
    theirs.add_adapter(config)
    weights = [p for p in theirs.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-4, foreach=True)

    def peft() -> None:
        functional.mse_loss(inputs.stock(theirs), inputs.target).backward()

    unet = StyledUnet(unet_of(SDXL, "meta"))
    layout = FlatLayout(unet.groups, RANK)
    flat = torch.zeros(layout.size, device="meta", requires_grad=True)
    ours_optimizer = torch.optim.AdamW([flat], lr=1e-4, foreach=False)
    mask = torch.ones_like(flat)

    def ours() -> None:
        scaled = flat.detach().clone()
        scaled[layout.first_up :] *= 1.0
        grads = torch.zeros_like(scaled)
        change = changes(layout, scaled[None], grads[None])
        out = unet.predict(inputs.latents, inputs.timesteps, inputs.told, change)
        functional.mse_loss(out, inputs.target).backward()
        grads[layout.first_up :] *= 1.0
        flat.grad = grads * mask

    least = arithmetic(peft)
    ours()
    for warm in (optimizer, ours_optimizer):
        warm.step()  # the first step makes the moments
    theirs_count = operations(lambda: as_on_a_gpu(peft)) + operations(optimizer.step)
    return [
        Measured(name="training step: operations of PEFT with AdamW foreach", value=theirs_count),
        Measured(
            name="training step: our operations, optimizer included / those",
            value=(operations(lambda: as_on_a_gpu(ours)) + operations(ours_optimizer.step))
            / theirs_count,
            goal=0.50,
        ),
        Measured(
            name="training step: our arithmetic / the least for this LoRA",
            value=arithmetic(ours) / least,
            goal=1.02,
        ),
    ]
