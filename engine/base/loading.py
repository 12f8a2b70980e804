"""Load a base model from a diffusers folder, and name it by its weights."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.base.encoding import TextEncoders, TextEncoding
from engine.base.families import family_of, guess_family
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

#: Folders with weights, in the order in which they are hashed.
_PARTS: Final = ("text_encoder", "text_encoder_2", "unet", "vae")
#: The rank that one slot holds; more rank takes more slots.
SLOT_RANK: Final = 16
_UNLIMITED: Final = Limits()
_BUILTIN: Final = Path(__file__).parents[2] / "data" / "assets" / "builtin"


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


@dataclass(frozen=True, slots=True)
class _Noising:
    prediction: Prediction
    to_pure_noise: bool


def base_folder(name: str | Path) -> Path:
    """Resolve a base's name: `builtin` is shipped with the package, the rest are folders."""
    return _BUILTIN if str(name) == "builtin" else Path(name)


def load_base(
    name: str | Path,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    *,
    family: str | None = None,
    plan: Plan | None = None,
    limits: Limits = _UNLIMITED,
    slot_rank: int = SLOT_RANK,
    shelf: Path | None = None,
) -> LoadedBase:
    """Load every part of a diffusers folder in SDXL's layout, frozen and in eval mode.

    `dtype` is that of U-Net and text encoders: float32 on a CPU, else bfloat16, or float16 on
    a card that computes no bfloat16. The VAE stays float32. `plan` says how generous to be with
    memory; without one it follows from what is free within the `limits`. `slot_rank` is the rank
    that a slot holds, `shelf` a folder for packed styles. Raises JobFailed with a `engine.base_*`
    key when the folder is no such base, `engine.small_memory` when it does not fit.
    """
    folder, place = base_folder(name), torch.device(device)
    kind = dtype or _kind_for(place)
    try:
        _check(folder)
        noising = _noising(folder)
        kinship = family_of(family or guess_family(folder))
        plan = plan or plan_for(
            folder,
            place,
            kind,
            size=(kinship.width, kinship.height),
            rank=slot_rank,
            limits=limits,
        )
        parts, sha256 = _parts(folder, kind), base_sha256(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise JobFailed("engine.base_unreadable", base=folder.name, reason=_short(error)) from error
    for part in _PARTS:
        stays = plan.texts_on_host and part.startswith("text_encoder")
        parts[part].to(*(("cpu", torch.float32) if stays else (place,))).eval().requires_grad_(
            requires_grad=False
        )
    _thrifty(parts["unet"], parts["vae"], plan)
    layout = layout_of(parts["unet"].config)
    unet = StyledUnet(parts["unet"])
    text = TextEncoding(_encoders(parts), device=place)
    flat, others = (FlatLayout(groups, slot_rank) for groups in (unet.groups, unet.others))
    return LoadedBase(
        name=folder.name,
        sha256=sha256,
        family=kinship.name,
        device=place,
        unet=unet,
        vae=parts["vae"],
        text=text,
        slots=StyleSlots(flat, others, plan.slots, device=place, dtype=kind),
        styles=KeptStyles(
            shelf and Shelf(shelf, (flat, others), kind), pinned=place.type == "cuda"
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


def base_sha256(folder: Path) -> str:
    """Hash a base by its weight files, part by part in a fixed order; cached until they change."""
    files = [file for part in _PARTS for file in sorted((folder / part).glob("*.safetensors"))]
    listed = ((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    lines = (f"{file.parent.name}/{file.name} {_file_sha256(file, *t)}\n" for file, *t in listed)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@functools.lru_cache(maxsize=64)
def _file_sha256(file: Path, size_bytes: int, mtime_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise JobFailed("engine.base_missing", base=str(folder))
    index = folder / "model_index.json"
    kind = _json(index).get("_class_name") if index.is_file() else None
    if kind != "StableDiffusionXLPipeline":
        raise JobFailed("engine.base_kind", base=folder.name, kind=str(kind or "?"))
    for part in _PARTS:
        if not list((folder / part).glob("*.safetensors")):
            raise JobFailed("engine.base_incomplete", base=folder.name, part=part)


def _noising(folder: Path) -> _Noising:
    """Read what the base predicts, and of which noise; without a scheduler it is SDXL's own."""
    file = folder / "scheduler" / "scheduler_config.json"
    told = _json(file) if file.is_file() else {}
    prediction = str(told.get("prediction_type") or Prediction.EPSILON)
    if prediction not in set(Prediction):
        # Its pictures would come out as noise, and a style trained on it would be one of noise.
        raise JobFailed("engine.base_prediction", base=folder.name, prediction=prediction)
    to_pure_noise = bool(told.get("rescale_betas_zero_snr"))
    return _Noising(Prediction(prediction), to_pure_noise=to_pure_noise)


def _json(file: Path) -> dict[str, Any]:
    try:
        spelled = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise JobFailed("engine.base_unreadable", base=file.name, reason=_short(error)) from error
    return spelled if isinstance(spelled, dict) else {}


def _parts(folder: Path, dtype: torch.dtype) -> dict[str, Any]:
    here: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
    text = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=dtype, **here)
    text_2 = CLIPTextModelWithProjection.from_pretrained(
        folder / "text_encoder_2", dtype=dtype, **here
    )
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", dtype=dtype, **here)
    vae = AutoencoderKL.from_pretrained(folder / "vae", dtype=torch.float32, **here)
    return {
        "text_encoder": text,
        "text_encoder_2": text_2,
        "unet": unet,
        "vae": vae,
        "tokenizer": _tokenizer(folder / "tokenizer", text.config.vocab_size),
        "tokenizer_2": _tokenizer(folder / "tokenizer_2", text_2.config.vocab_size),
    }


def _encoders(parts: dict[str, Any]) -> TextEncoders:
    return TextEncoders(
        first=parts["text_encoder"],
        second=parts["text_encoder_2"],
        tokenizer=parts["tokenizer"],
        tokenizer_2=parts["tokenizer_2"],
    )


def _tokenizer(folder: Path, tokens: int) -> CLIPTokenizer:
    """Load a tokenizer and refuse one that does not fit its encoder.

    transformers 5 builds a tokenizer of 3 tokens without an error when its files are missing.
    """
    tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    if len(tokenizer) != tokens:
        raise ValueError(f"{folder.name} has {len(tokenizer)} tokens, its encoder {tokens}")
    return tokenizer


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
