"""What the engine costs on a GPU, beside what the device can do: `python -m benchmarks.gpu`.

Random weights of SDXL's full size (2.57 billion parameters), made on the device; floors are the
arithmetic of each job, counted in `docs/benchmarks.md`, by the matrix rate that is measured in the
same run. `--tiny` runs the same on any CPU with a tiny U-Net, to see that it works; its figures
mean nothing.
"""

# diffusers annotates loosely.
# pyright: reportArgumentType=false

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from peft import LoraConfig
from torch import Tensor
from torch.nn import functional

from benchmarks.table import Measured, report
from benchmarks.unets import SDXL, TINY, Inputs, random_style, unet_of
from engine.lora.layout import FlatLayout
from engine.lora.names import TARGETS
from engine.lora.packed import Packed, PackedStyle, Stack
from engine.lora.slots import Slots, changes
from engine.lora.style_slots import StyleSlots
from engine.lora.weights import Lora
from engine.unet.compiled import CompiledUnet
from engine.unet.styled import StyledUnet

RANK: Final = 32
STEPS: Final = 25
PEOPLE: Final = 8
TRAINED: Final = 4
#: Arithmetic of one U-Net pass, one decoding and one trained sample at 1024², in TFLOP.
PASS_T, DECODE_T, SAMPLE_T = 6.761, 10.47, 14.58
_VAE: Final[dict[str, Any]] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 4,
    "layers_per_block": 2,
    "sample_size": 1024,
}
_TINY_VAE: Final = {**_VAE, "block_out_channels": (32, 32, 32, 32), "layers_per_block": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The device and what runs on it."""

    device: str
    dtype: torch.dtype
    config: dict[str, Any]
    vae: dict[str, Any]
    rounds: int
    compiles: bool

    def seconds(self, job: Callable[[], object]) -> float:
        """Return the median time of a job, the device's work included; two rounds warm up."""
        took: list[float] = []
        for round_ in range(self.rounds + 2):
            self.wait()
            began = time.perf_counter()
            job()
            self.wait()
            if round_ > 1:
                took.append(time.perf_counter() - began)
        return statistics.median(took)

    def wait(self) -> None:
        """Let the device finish."""
        if self.device == "cuda":
            torch.cuda.synchronize()

    def inputs(self, rows: int) -> Inputs:
        """Make random rows."""
        return Inputs.random(self.config, rows, self.device)


def rates(stage: Stage) -> list[Measured]:
    """Measure the device itself: matrices of 8192² and copies from the host."""
    side = 8192 if stage.device == "cuda" else 512
    one = torch.randn(side, side, device=stage.device, dtype=stage.dtype)
    product = stage.seconds(lambda: one @ one)
    host = torch.empty(side * side, dtype=torch.uint8, pin_memory=stage.device == "cuda")
    there = torch.empty_like(host, device=stage.device)
    copied = stage.seconds(lambda: there.copy_(host, non_blocking=True))
    return [
        Measured(name="matrix rate", value=2 * side**3 / product / 1e12, unit="T/s"),
        Measured(name="copy from the host", value=host.nbytes / copied / 1e9, unit="GB/s"),
    ]


class Drawing:
    """A U-Net with eight people's styles, eager and compiled."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        stock = unet_of(stage.config, stage.device).to(stage.dtype)
        self.styles = [random_style(stock, seed, rank=RANK) for seed in range(2)]
        self.unet = StyledUnet(stock)
        self.layout = FlatLayout(self.unet.groups, RANK)
        others = FlatLayout(self.unet.others, RANK)
        self.slots = StyleSlots(self.layout, others, PEOPLE, device=stage.device, dtype=stage.dtype)
        pair = [Packed.of(str(n), s, self.layout, stage.dtype) for n, s in enumerate(self.styles)]
        #: two sets of numbers under eight names: what is in them costs nothing
        self.packed = [
            PackedStyle(linears=dataclasses.replace(pair[n % 2], key=str(n))) for n in range(PEOPLE)
        ]
        self.compiled = CompiledUnet(self.unet, self.slots) if stage.compiles else None

    def step(self, people: int, *, styled: bool) -> Callable[[], Tensor]:
        """Prepare a guided step of so many people's pictures."""
        inputs = self.stage.inputs(2 * people)
        rows: list[Stack] = [
            ((self.packed[n % people], 1.0),) if styled else () for n in range(2 * people)
        ]
        change = self.slots.rows(rows) if styled else ()
        kept = self.unet.keep(inputs.told.text, change)
        arguments = (inputs.latents, inputs.timesteps, inputs.told)
        if self.compiled is not None:
            compiled = self.compiled
            return lambda: compiled.predict(*arguments, rows, kept)
        return torch.no_grad()(lambda: self.unet.predict(*arguments, change, kept))


def drawing(stage: Stage, rate: float) -> list[Measured]:
    """Measure steps, pictures and switches."""
    made = Drawing(stage)
    vae = AutoencoderKL(**stage.vae).to(stage.device, stage.dtype).eval().requires_grad_(False)
    side = stage.config["sample_size"]
    latent = torch.randn(1, 4, side, side, device=stage.device, dtype=stage.dtype)
    decoding = stage.seconds(torch.no_grad()(lambda: vae.decode(latent)))
    one, plain = (stage.seconds(made.step(1, styled=styled)) for styled in (True, False))
    eight, eight_plain = (
        stage.seconds(made.step(PEOPLE, styled=styled)) for styled in (True, False)
    )
    return [
        _against("guided step, one style", one, 2 * PASS_T / rate, 2.0),
        Measured(name="picture of 25 steps", value=STEPS * one + decoding, unit="s", goal=0.93),
        Measured(
            name="pictures a second, eight people with a style each",
            value=PEOPLE / (STEPS * eight + PEOPLE * decoding),
            goal=1.4,
            side="at least",
        ),
        Measured(name="what eight styles cost / none", value=eight / eight_plain, goal=1.08),
        Measured(name="what one style costs / none", value=one / plain),
        _against("decoding", decoding, DECODE_T / rate, 2.5),
        *_switching(made),
    ]


def _against(name: str, seconds: float, floor: float, goal: float) -> Measured:
    return Measured(
        name=f"{name}: {1000 * seconds:.1f} ms / its floor", value=seconds / floor, goal=goal
    )


def _switching(made: Drawing) -> list[Measured]:
    stage, style = made.stage, made.packed[0].linears
    slots = Slots(made.layout, PEOPLE, device=stage.device, dtype=stage.dtype)
    pinned = style.chunks.pin_memory() if stage.device == "cuda" else style.chunks
    host = dataclasses.replace(style, key="pinned", chunks=pinned)

    def from_host() -> None:
        slots.drop("pinned")
        slots.put([host])

    slots.put([style])
    return [
        Measured(
            name="switch to a style in a slot",
            value=1000 * stage.seconds(lambda: slots.put([style])),
            unit="ms",
            goal=0.1,
        ),
        Measured(
            name="switch to a style in the host's memory",
            value=1000 * stage.seconds(from_host),
            unit="ms",
            goal=10,
        ),
    ]


def training(stage: Stage) -> list[Measured]:
    """Measure a training step beside PEFT's."""
    stock = unet_of(stage.config, stage.device).to(stage.dtype)
    style, inputs = random_style(stock, 0, rank=16), stage.inputs(TRAINED)
    theirs = stage.seconds(_peft_step(stage, inputs))
    ours = stage.seconds(_our_step(StyledUnet(stock), style, inputs))
    return [
        Measured(name="trained sample at batch 4", value=1000 * ours / TRAINED, unit="ms", goal=33),
        Measured(name="training step, batch 4: ours / PEFT's", value=ours / theirs, goal=0.45),
    ]


def _peft_step(stage: Stage, inputs: Inputs) -> Callable[[], None]:
    unet = unet_of(stage.config, stage.device).to(stage.dtype)
    unet.add_adapter(LoraConfig(r=16, lora_alpha=16, target_modules=list(TARGETS)))
    weights = [p for p in unet.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-4, foreach=True)
    cast = _cast(inputs, stage.dtype)

    def step() -> None:
        optimizer.zero_grad()
        functional.mse_loss(cast.stock(unet).float(), inputs.target).backward()
        optimizer.step()

    return step


def _our_step(unet: StyledUnet, style: Lora, inputs: Inputs) -> Callable[[], None]:
    layout = FlatLayout(unet.groups, 16)
    flat = layout.pack(style)[0].to(inputs.latents.device).requires_grad_()
    mask = layout.mask().to(flat.device)
    optimizer = torch.optim.AdamW([flat], lr=1e-4, fused=True)

    def step() -> None:
        weights = flat.detach().to(unet.dtype)
        grads = torch.zeros_like(weights)
        change = changes(layout, weights[None], grads[None])
        out = unet.predict(inputs.latents, inputs.timesteps, inputs.told, change)
        functional.mse_loss(out, inputs.target).backward()
        flat.grad = grads.float() * mask
        optimizer.step()

    return step


def _cast(inputs: Inputs, dtype: torch.dtype) -> Inputs:
    c = inputs.told
    told = type(c)(text=c.text.to(dtype), pooled=c.pooled.to(dtype), size=c.size)
    return Inputs(
        latents=inputs.latents.to(dtype),
        timesteps=inputs.timesteps,
        told=told,
        target=inputs.target,
    )


def main() -> int:
    """Measure the device, drawing and training."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="try it out on the CPU")
    parser.add_argument("--eager", action="store_true", help="without compilation")
    parser.add_argument("--json", type=Path, help="write the figures into this file, too")
    given = parser.parse_args()
    if not given.tiny and not torch.cuda.is_available():
        sys.stderr.write("There is no GPU here; --tiny tries this out on the CPU.\n")
        return 2
    stage = Stage(
        device="cpu" if given.tiny else "cuda",
        dtype=torch.float32 if given.tiny else torch.bfloat16,
        config=TINY if given.tiny else SDXL,
        vae=dict(_TINY_VAE) if given.tiny else dict(_VAE),
        rounds=2 if given.tiny else 10,
        compiles=not (given.tiny or given.eager),
    )
    figures = rates(stage)
    figures += drawing(stage, figures[0].value)
    figures += training(stage)
    met = report(figures, given.json)
    return 0 if met or given.tiny else 1


if __name__ == "__main__":
    sys.exit(main())
