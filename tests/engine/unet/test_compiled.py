"""One graph for whatever is mixed in a batch, with the results of the eager one."""

from __future__ import annotations

import copy

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch._dynamo.testing import CompileCounter

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.packed import PackedStyle, Stack
from engine.lora.style_slots import StyleSlots
from engine.sampling.conditioning import Conditioning
from engine.unet.compiled import CompiledUnet
from engine.unet.styled import StyledUnet
from tests.engine.unet.conftest import ROWS, Inputs, MakeStyle

RANK = 8


@pytest.mark.slow
@torch.no_grad()
def test_mixes_refills_ranks_and_layers_share_one_graph(
    stock: UNet2DConditionModel, inputs: Inputs, make_style: MakeStyle
) -> None:
    unet = StyledUnet(copy.deepcopy(stock))
    layout = FlatLayout(unet.groups, RANK)
    slots = StyleSlots(layout, FlatLayout(unet.others, RANK), ROWS)
    styles = [
        PackedStyle.of(str(seed), make_style(seed, rank=rank, skip=skip), layout)
        for seed, (rank, skip) in enumerate([(8, ()), (2, (0, 1)), (4, (3,)), (1, ()), (8, (2,))])
    ]
    counter = CompileCounter()
    compiled = CompiledUnet(unet, slots, backend=counter)
    c = Conditioning(
        text=inputs.text, pooled=inputs.told["text_embeds"], size=inputs.told["time_ids"]
    )
    kept = unet.keep(inputs.text)
    for turn in range(4):
        rows: list[Stack] = [((styles[(turn + row) % 5], 0.5 + row),) for row in range(ROWS)]
        rows[turn] = ()
        times = (inputs.timesteps + 17 * turn) % 1000
        kept = unet.keep(inputs.text, slots.rows(rows))
        eager = unet.predict(inputs.latents, times, c, slots.rows(rows), kept)
        ours = compiled.predict(inputs.latents, times, c, rows, kept)
        torch.testing.assert_close(ours, eager, rtol=1e-5, atol=1e-6)
    assert counter.frame_count == 1
    two: list[Stack] = [((styles[0], 1.0), (styles[1], 1.0)), (), (), ()]
    with pytest.raises(JobFailed, match=r"style\.no_room"):
        compiled.predict(inputs.latents, inputs.timesteps, c, two, kept)
