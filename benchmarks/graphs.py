"""How many graphs whole-U-Net compilation makes, whatever is mixed in a batch."""

from __future__ import annotations

import torch
from torch._dynamo.testing import CompileCounter

from benchmarks.table import Measured
from benchmarks.unets import TINY, Inputs, random_style, unet_of
from engine.lora.layout import FlatLayout
from engine.lora.packed import PackedStyle, Stack
from engine.lora.style_slots import StyleSlots
from engine.unet.compiled import CompiledUnet
from engine.unet.styled import StyledUnet

RANK, ROWS = 16, 4


@torch.no_grad()
def measure() -> list[Measured]:
    """Run one shape and one batch with mixes, refilled slots, ranks, layer subsets, timesteps."""
    torch._dynamo.reset()
    stock = unet_of(TINY)
    kinds = [(16, ""), (4, ""), (8, "attn"), (2, "up_blocks"), (16, "mid_block")]
    styles = [
        random_style(stock, seed, rank=rank, part=part) for seed, (rank, part) in enumerate(kinds)
    ]
    unet = StyledUnet(stock)
    layout = FlatLayout(unet.groups, RANK)
    # Fewer slots than there are styles, so that they are refilled.
    slots = StyleSlots(layout, FlatLayout(unet.others, RANK), ROWS)
    packed = [PackedStyle.of(str(n), style, layout) for n, style in enumerate(styles)]
    counter = CompileCounter()
    compiled = CompiledUnet(unet, slots, backend=counter)
    inputs = Inputs.random(TINY, ROWS)
    worst = 0.0
    for turn in range(8):
        rows: list[Stack] = [((packed[(turn + n) % 5], 1.0 - 0.1 * turn),) for n in range(ROWS)]
        rows[turn % ROWS] = ()
        times = (inputs.timesteps * (turn + 1)) % 1000
        kept = unet.keep(inputs.told.text, slots.rows(rows))
        ours = compiled.predict(inputs.latents, times, inputs.told, rows, kept)
        eager = unet.predict(inputs.latents, times, inputs.told, slots.rows(rows), kept)
        worst = max(worst, float((ours - eager).norm() / eager.norm()))
    return [
        Measured(
            name="graphs for one shape and batch over mixes, refills, ranks, layers, timesteps",
            value=counter.frame_count,
            goal=1,
            side="exactly",
        ),
        Measured(name="compiled against eager, relative error", value=worst, goal=1e-5),
    ]
