"""What four styles in one batch cost a forward pass, and that each row gets its own."""

from __future__ import annotations

import copy

import torch

from benchmarks.table import Measured
from benchmarks.timing import processor_seconds
from benchmarks.unets import TINY, Inputs, random_style, unet_of
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed
from engine.lora.slots import Slots, Uses
from engine.unet.styled import Changes, Kept, StyledUnet

ROWS = 4
RANKS = (16, 4, 8, 16)


@torch.no_grad()
def measure() -> list[Measured]:
    """Compare on the tiny U-Net; text products are kept in both cases."""
    stock = unet_of(TINY)
    styles = [random_style(stock, seed, rank=rank) for seed, rank in enumerate(RANKS)]
    unet, inputs = StyledUnet(copy.deepcopy(stock)), Inputs.random(TINY, ROWS)
    layout = FlatLayout(unet.groups, max(RANKS))
    slots = Slots(layout, ROWS)
    packed = [Packed.of(str(n), style, layout) for n, style in enumerate(styles)]
    rows: list[Uses] = [[(style, 1.0)] for style in packed]
    changes = slots.rows(rows)
    kept, kept_styled = (unet.keep(inputs.told.text, c) for c in ((), changes))

    def predict(some: Inputs, using: Changes, texts: Kept) -> torch.Tensor:
        return unet.predict(some.latents, some.timesteps, some.told, using, texts)

    took = processor_seconds(
        {
            "none": lambda: predict(inputs, (), kept),
            "styles": lambda: predict(inputs, changes, kept_styled),
            "stock": lambda: inputs.stock(stock),
        },
        rounds=15,
    )
    together = predict(inputs, changes, kept_styled)
    alone = []
    for row, uses in enumerate(rows):
        one, own = inputs.rows(slice(row, row + 1)), slots.rows([uses])
        alone.append(predict(one, own, unet.keep(one.told.text, own)))
    apart = torch.cat(alone)
    return [
        Measured(
            name="forward: 4 rows with 4 styles / 4 rows without any",
            value=took["styles"] / took["none"],
            goal=1.25,
        ),
        Measured(
            name="forward: 4 rows with 4 styles / diffusers' own U-Net without any",
            value=took["styles"] / took["stock"],
        ),
        Measured(
            name="forward: mixed batch against its rows alone, relative error",
            value=float((together - apart).norm() / apart.norm()),
            goal=1e-5,
        ),
    ]
