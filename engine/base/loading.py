"""Load a base model from a folder or from one file, and name it by its weights."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from engine.base.encoding import TextEncoding
from engine.base.families import family_of, guess_family
from engine.base.kinds import check_base
from engine.base.noising import noising_of
from engine.base.parts import read_parts
from engine.base.place import PARTS, base_folder, base_name, find_base
from engine.errors import JobFailed
from engine.lora.kept_styles import KeptStyles
from engine.lora.layout import FlatLayout
from engine.lora.names import UnetLayout, flat_names, layout_of
from engine.lora.shelf import Shelf
from engine.lora.style_slots import StyleSlots
from engine.memory.device import Limits, plan_for
from engine.memory.plan import TILE, Plan
from engine.sampling.prediction import Prediction
from engine.sampling.sigmas import NoiseLevels
from engine.unet.graphs import Graphs
from engine.unet.styled import StyledUnet

#: The rank that one slot holds; more rank takes more slots.
SLOT_RANK: Final = 16
_UNLIMITED: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedBase:
    """A base on its device; its weights never change."""

    name: str
    #: over all weight files, by content and part
    sha256: str
    family: str
    device: torch.device
    unet: StyledUnet
    vae: AutoencoderKL
    text: TextEncoding
    #: the styles in use
    slots: StyleSlots
    #: those used lately, ready for the slots
    styles: KeptStyles
    levels: NoiseLevels
    prediction: Prediction
    layout: UnetLayout
    #: every layer that a file may change: kohya's flat name → diffusers' path
    names: Mapping[str, str]
    #: how generous it is with memory
    plan: Plan
    #: where the U-Net is compiled
    graphs: Graphs | None = None

    @property
    def latent_scale(self) -> float:
        """Factor from the VAE's latents to the U-Net's."""
        return float(self.vae.config["scaling_factor"])

    @property
    def pixels_per_latent(self) -> int:
        """Side of the square of pixels behind one latent value, 8 in SDXL."""
        return 2 ** (len(self.vae.config["block_out_channels"]) - 1)

    @property
    def latent_channels(self) -> int:
        """Channels of a latent, 4 in SDXL."""
        return int(self.vae.config["latent_channels"])


def load_base(
    name: str | Path,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    *,
    family: str | None = None,
    config: Path | None = None,
    plan: Plan | None = None,
    limits: Limits = _UNLIMITED,
    slot_rank: int = SLOT_RANK,
    shelf: Path | None = None,
) -> LoadedBase:
    """Load every part of a base in SDXL's layout, frozen and in eval mode; nothing is downloaded.

    `name` is `builtin`, a diffusers folder, one .safetensors file in the original layout, or a hub
    name; `config` a folder of configurations for a file that is not as wide as SDXL. `family` is
    what the host says it is. `dtype` is that of U-Net and text encoders: float32 on a CPU, else
    bfloat16, or float16 on a card that computes no bfloat16. The VAE stays float32. `plan` says
    how generous to be with memory; without one it follows from what is free within the `limits`.
    `slot_rank` is the rank that a slot holds, `shelf` a folder for packed styles. Raises JobFailed
    with a `engine.base_*` key when this is no such base, `engine.small_memory` when it does not
    fit.
    """
    device = torch.device(device)
    kind = dtype or _kind_for(device)
    try:
        place = find_base(name, config)
        check_base(place)
        kinship = family_of(family or guess_family(place.path, place.name))
        noising = noising_of(place, kinship, is_named=family is not None)
        plan = plan or plan_for(
            place.config,
            device,
            kind,
            size=(kinship.width, kinship.height),
            rank=slot_rank,
            limits=limits,
        )
        parts, sha256 = read_parts(place, kind), base_sha256(place.path)
    except (OSError, ValueError, RuntimeError) as error:
        named = base_name(base_folder(name))
        raise JobFailed("engine.base_unreadable", base=named, reason=_short(error)) from error
    for part, model in parts.named().items():
        if plan.texts_on_host and part.startswith("text_encoder"):
            nn.Module.to(model, "cpu", torch.float32)
        else:
            nn.Module.to(model, device)
        model.eval().requires_grad_(requires_grad=False)
    _thrifty(parts.unet, parts.vae, plan)
    layout = layout_of(parts.unet.config)
    unet = StyledUnet(parts.unet)
    text = TextEncoding(parts.encoders, device=device, layer=kinship.clip_layer)
    flat, others = (FlatLayout(groups, slot_rank) for groups in (unet.groups, unet.others))
    return LoadedBase(
        name=place.name,
        sha256=sha256,
        family=kinship.name,
        device=device,
        unet=unet,
        vae=parts.vae,
        text=text,
        slots=StyleSlots(flat, others, plan.slots, device=device, dtype=kind),
        styles=KeptStyles(
            shelf and Shelf(shelf, (flat, others), kind), pinned=device.type == "cuda"
        ),
        levels=NoiseLevels(zero_terminal_snr=noising.to_pure_noise),
        prediction=noising.prediction,
        layout=layout,
        names=flat_names((*flat.members, *others.members, *text.products.paths), layout),
        plan=plan,
    )


def _kind_for(place: torch.device) -> torch.dtype:
    if place.type == "cpu":
        return torch.float32
    # Cards before Ampere only imitate it, many times slower.
    native = torch.cuda.get_device_capability(place) >= (8, 0)
    return torch.bfloat16 if native else torch.float16


def _thrifty(unet: UNet2DConditionModel, vae: AutoencoderKL, plan: Plan) -> None:
    if plan.checkpointed:
        unet.enable_gradient_checkpointing()
    shrink = 2 ** (len(vae.config["block_out_channels"]) - 1)
    vae.tile_latent_min_size, vae.tile_sample_min_size = TILE, TILE * shrink


def base_sha256(place: Path) -> str:
    """Hash a file as it is, a folder by its weight files, part by part in a fixed order.

    Cached until they change.
    """
    if place.is_file():
        return _sha256_of(place)
    files = [file for part in PARTS for file in sorted((place / part).glob("*.safetensors"))]
    lines = (f"{file.parent.name}/{file.name} {_sha256_of(file)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256_of(file: Path) -> str:
    known = file.stat()
    return _file_sha256(file, known.st_size, known.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _file_sha256(file: Path, size_bytes: int, mtime_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
