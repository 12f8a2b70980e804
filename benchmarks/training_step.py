"""What a training step costs beside PEFT's, alone and with four styles in one pass."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from peft import LoraConfig
from torch import Tensor
from torch.nn import functional

from benchmarks.table import Measured
from benchmarks.timing import processor_seconds
from benchmarks.unets import RANK, TINY, Inputs, random_style, unet_of
from engine.lora.layout import FlatLayout
from engine.lora.names import TARGETS
from engine.lora.slots import changes
from engine.lora.weights import Lora
from engine.training.loop import clip_norm
from engine.unet.styled import StyledUnet

#: Batch → the most of PEFT's time.
GOALS = {1: 0.80, 4: 0.88}
USERS = 4


class Theirs:
    """PEFT's adapter with AdamW, as a good script has it."""

    def __init__(self, unet: UNet2DConditionModel, style: Lora) -> None:
        config = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=list(TARGETS))
        unet.add_adapter(config)
        self._unet = unet
        with torch.no_grad():
            for name, module in style.modules.items():
                unet.get_parameter(f"{name}.lora_A.default.weight").copy_(module.down)
                unet.get_parameter(f"{name}.lora_B.default.weight").copy_(module.up)
        self._weights = [p for p in unet.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(self._weights, lr=0.0, foreach=True)

    def step(self, inputs: Inputs) -> tuple[float, float]:
        """Make a step; loss and the gradient's norm."""
        self._optimizer.zero_grad()
        loss = functional.mse_loss(inputs.stock(self._unet), inputs.target)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self._weights, 1e9)
        self._optimizer.step()
        return loss.item(), norm.item()


class Ours:
    """Styles as flat vectors, each with one part of the batch."""

    def __init__(self, unet: StyledUnet, styles: list[Lora]) -> None:
        self._unet = unet
        self._layout = FlatLayout(unet.groups, RANK)
        self._mask = self._layout.mask()
        packed = torch.cat([self._layout.pack(style) for style in styles])
        self._flat = packed.requires_grad_()
        self._optimizer = torch.optim.AdamW([self._flat], lr=0.0, fused=True)

    def step(self, inputs: Inputs) -> tuple[float, float]:
        """Make a step of all; the sum of their losses and the gradient's norm."""
        grads = self.gradient(inputs)
        self._flat.grad = grads
        norm = clip_norm(grads, 1e9)
        self._optimizer.step()
        return self.loss, norm.item()

    def gradient(self, inputs: Inputs) -> Tensor:
        """Return the gradient of each style's own mean loss, (styles, size)."""
        grads = torch.zeros_like(self._flat)
        change = changes(self._layout, self._flat.detach(), grads)
        out = self._unet.predict(inputs.latents, inputs.timesteps, inputs.told, change)
        rows = (out - inputs.target).square().mean(dim=(1, 2, 3))
        loss = rows.reshape(len(self._flat), -1).mean(dim=1).sum()
        loss.backward()
        self.loss = loss.item()
        return grads * self._mask


def measure() -> list[Measured]:
    """Compare on the tiny U-Net, all 722-set layers, rank 16."""
    stock = unet_of(TINY)
    styles = [random_style(stock, seed) for seed in range(USERS)]
    unet = StyledUnet(copy.deepcopy(stock))
    theirs, ours = Theirs(copy.deepcopy(stock), styles[0]), Ours(unet, styles[:1])
    figures = [f for rows in GOALS for f in _against(theirs, ours, Inputs.random(TINY, rows))]
    return [*figures, *_together(unet, styles)]


def _against(theirs: Theirs, ours: Ours, inputs: Inputs) -> list[Measured]:
    rows = len(inputs.latents)
    loss, norm = theirs.step(inputs)
    own_loss, own_norm = ours.step(inputs)
    jobs: dict[str, Callable[[], object]] = {
        "theirs": lambda: theirs.step(inputs),
        "ours": lambda: ours.step(inputs),
    }
    took = processor_seconds(jobs, rounds=15)
    away = max(abs(own_loss / loss - 1), abs(own_norm / norm - 1))
    return [
        Measured(
            name=f"training step, batch {rows}: ours / PEFT's",
            value=took["ours"] / took["theirs"],
            goal=GOALS[rows],
        ),
        Measured(
            name=f"training step, batch {rows}: loss and gradient norm, relative difference",
            value=away,
            goal=1e-5,
        ),
    ]


def _together(unet: StyledUnet, styles: list[Lora]) -> list[Measured]:
    inputs = Inputs.random(TINY, USERS)
    parts = [inputs.rows(slice(n, n + 1)) for n in range(USERS)]
    all_of_them, each = Ours(unet, styles), [Ours(unet, [style]) for style in styles]
    own = torch.cat([one.gradient(part) for one, part in zip(each, parts, strict=True)])
    together = all_of_them.gradient(inputs)
    away = ((together - own).norm(dim=1) / own.norm(dim=1)).max()

    def apart() -> None:
        for one, part in zip(each, parts, strict=True):
            one.step(part)

    took = processor_seconds({"together": lambda: all_of_them.step(inputs), "apart": apart})
    return [
        Measured(
            name="four users trained in one step / in four steps",
            value=took["together"] / took["apart"],
            goal=0.65,
        ),
        Measured(
            name="four users in one step: gradients against their own, relative difference",
            value=float(away),
            goal=1e-4,
        ),
    ]
