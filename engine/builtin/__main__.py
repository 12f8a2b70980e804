"""Make the built-in base: `python -m engine.builtin all`, or one step of it by name.

The steps go on where they were stopped, keep what they need outside the tree, and do nothing when
they are finished. Only `assets`, `drawings`, `style` and `tagger-assets` write into `data/assets`.
"""

from __future__ import annotations

import argparse
import logging
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.builtin.artists import ARTISTS, write_drawings
from engine.builtin.budget import Budget
from engine.builtin.codec import load_codec, psnr_on_unseen, train_codec, train_decoder
from engine.builtin.denoiser import load_base, train_denoiser
from engine.builtin.gallery import open_gallery
from engine.builtin.latents import open_latents
from engine.builtin.preview import preview_sheets
from engine.builtin.sheet import contact_sheet
from engine.builtin.shipping import shipped_base, shipped_codec, write_base
from engine.builtin.state import assets_folder, state_folder
from engine.builtin.tagging.training import train_tagger

log = logging.getLogger("engine.builtin")

VAE_STEPS, DECODER_STEPS, BASE_STEPS, TAGGER_STEPS = 16_000, 16_000, 6_000, 7_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said."""

    state: Path
    steps: int
    minutes: float
    out: Path
    warm: bool

    def budget(self, usual: int) -> Budget:
        """Take the usual number of steps unless another was asked for."""
        return Budget(self.steps or usual, self.minutes)


def make_gallery(options: Options) -> None:
    """Draw the training pictures (4 minutes on two cores)."""
    open_gallery(options.state)


def make_vae(options: Options) -> None:
    """Train encoder and decoder together (about an hour on one core)."""
    start = shipped_codec(assets_folder()) if options.warm else None
    train_codec(open_gallery(options.state), options.state, options.budget(VAE_STEPS), start)
    _log_psnr(options)


def make_decoder(options: Options) -> None:
    """Go on with the decoder alone (about an hour on one core)."""
    train_decoder(open_gallery(options.state), options.state, options.budget(DECODER_STEPS))
    _log_psnr(options)


def make_latents(options: Options) -> None:
    """Encode the training pictures; the encoder is frozen from here on."""
    open_latents(options.state, open_gallery(options.state))


def make_unet(options: Options) -> None:
    """Train the U-Net and the text encoders (about an hour and a half on one core)."""
    gallery = open_gallery(options.state)
    latents = open_latents(options.state, gallery)
    start = shipped_base(assets_folder()) if options.warm else None
    train_denoiser(gallery, latents, options.state, options.budget(BASE_STEPS), start)


def make_assets(options: Options) -> None:
    """Write the newest weights into `data/assets`."""
    write_base(options.state, assets_folder())


def make_drawings(options: Options) -> None:
    """Write the sample artists' drawings into `data/assets` (half a minute)."""
    for artist in ARTISTS.values():
        log.info("wrote %s", write_drawings(artist, assets_folder()))


def make_style(options: Options) -> None:
    """Train the shipped style, which belongs to exactly one base (five minutes)."""
    from engine.builtin.sample_style import write_sample_style

    log.info("wrote %s", write_sample_style(assets_folder(), options.state))


def make_tagger(options: Options) -> None:
    """Train the tagger (about two hours on one core)."""
    train_tagger(open_gallery(options.state), options.state, options.budget(TAGGER_STEPS))


def make_tagger_assets(options: Options) -> None:
    """Write the newest tagger into `data/assets`; needs the `dev` extra's onnx."""
    from engine.builtin.tagging.shipping import write_tagger

    write_tagger(options.state, assets_folder())


def make_sheet(options: Options) -> None:
    """Draw contact sheets with the newest weights, by subject, by tag and by score."""
    codec, base = load_codec(options.state), load_base(options.state)
    scale = open_latents(options.state, open_gallery(options.state)).scale
    options.out.mkdir(parents=True, exist_ok=True)
    for name, pictures, labels, columns in preview_sheets(base, codec, scale):
        path = options.out / f"{name}.png"
        contact_sheet(pictures, columns=columns, labels=labels).save(path)
        log.info("wrote %s", path)


def fit_quality(_: Options) -> None:
    """Print the weights that belong into `engine/measure/quality.py`."""
    from engine.builtin.quality_fit import fitted_weights
    from engine.measure.quality import SIGNS

    for sign, weight in zip(SIGNS, fitted_weights(), strict=True):
        print(f"    {weight:.3f},  # {sign}")


def make_all(options: Options) -> None:
    """Make everything, one step after the other (about six hours on one core)."""
    for step in STEPS:
        log.info("step: %s", step.__name__.removeprefix("make_"))
        step(options)


STEPS = (
    make_gallery,
    make_vae,
    make_latents,
    make_unet,
    make_decoder,
    make_assets,
    make_drawings,
    make_style,
    make_tagger,
    make_tagger_assets,
)


def _log_psnr(options: Options) -> None:
    figures = psnr_on_unseen(load_codec(options.state))
    log.info("PSNR of unseen drawings: median %.2f dB", statistics.median(figures))


COMMANDS: dict[str, Callable[[Options], None]] = {
    "all": make_all,
    "gallery": make_gallery,
    "vae": make_vae,
    "latents": make_latents,
    "unet": make_unet,
    "decoder": make_decoder,
    "assets": make_assets,
    "drawings": make_drawings,
    "style": make_style,
    "tagger": make_tagger,
    "tagger-assets": make_tagger_assets,
    "quality": fit_quality,
    "sheet": make_sheet,
}


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(prog="python -m engine.builtin", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "--state", type=Path, default=None, help="default: ~/.cache/ownhand/builtin"
    )
    parser.add_argument("--steps", type=int, default=0, help="how many training steps")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="stop training by the clock"
    )
    parser.add_argument(
        "--warm", action="store_true", help="start training from the shipped weights"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, default=Path("builtin-sheets"), help="folder for `sheet`"
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(given.threads)
    state = given.state or state_folder()
    options = Options(
        state=state, steps=given.steps, minutes=given.minutes, out=given.out, warm=given.warm
    )
    COMMANDS[given.command](options)


if __name__ == "__main__":
    main()
