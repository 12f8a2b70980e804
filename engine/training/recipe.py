"""A training recipe: everything that decides how a style is trained, besides its drawings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from engine.errors import JobFailed


class Layers(StrEnum):
    """Which layers of the U-Net a style changes."""

    #: every linear layer of its transformers: sd-scripts' default, 722 in SDXL
    LINEARS = "linears"
    #: those, and the residual blocks with their samplers: LoCon
    CONVOLUTIONS = "convolutions"
    #: one transformer of the up path alone, which carries most of a style (arXiv 2403.14572)
    STYLE_BLOCK = "style-block"


class Schedule(StrEnum):
    """How the learning rate goes after its warm-up."""

    CONSTANT = "constant"
    #: to 0 along a half cosine; with several cycles it starts again from the top
    COSINE = "cosine"


class Timesteps(StrEnum):
    """How noise levels are chosen for the rows of a batch."""

    #: spread evenly over the batch from one random start, which makes the loss less noisy
    SPREAD = "spread"
    #: each by itself
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRecipe:
    """How a style is trained."""

    name: str = "own"
    version: int = 1
    layers: Layers = Layers.LINEARS
    rank: int = 16
    alpha: float = 16.0
    #: of convolutions of more than one pixel, where `layers` has them
    conv_rank: int = 16
    conv_alpha: float = 16.0
    learning_rate: float = 2e-4
    schedule: Schedule = Schedule.COSINE
    cycles: int = 1
    #: share of the steps in which the rate rises
    warmup: float = 0.05
    #: AdamW's (arXiv 1711.05101)
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.01
    batch: int = 8
    steps: int = 500
    #: how many checkpoints are kept, evenly spaced, the last one at the end
    checkpoints: int = 5
    #: arXiv 2303.09556; 0 weighs all noise levels alike
    min_snr_gamma: float = 5.0
    timesteps: Timesteps = Timesteps.SPREAD
    #: above 0, levels of little noise come oftener: a uniform u becomes u^(1 + low_noise)
    low_noise: float = 0.0
    #: how far one random shade shifts each channel's noise
    noise_offset: float = 0.0
    #: coarser and coarser noise added to the noise, each time weaker by `multires_discount`
    multires_iterations: int = 0
    multires_discount: float = 0.3
    #: cuts of a drawing that its bucket leaves room for; the first is the middle
    crops: int = 1
    #: orders of a caption's tags; the first is the given one
    captions: int = 4
    #: tags at a caption's start that keep their place
    keep_tags: int = 1
    #: share of rows whose caption is left out, for guidance
    caption_dropout: float = 0.05
    seed: int = 1


#: The fields that are one of a few words.
_WORDS: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {"layers": Layers, "schedule": Schedule, "timesteps": Timesteps}
)


def recipe_from_dict(spelled: Mapping[str, Any]) -> TrainRecipe:
    """Read what `dataclasses.asdict` gave, also from a version with fewer fields.

    JobFailed `recipe.newer` names what a version with more of them wrote; TypeError or ValueError
    for anything else.
    """
    newer = sorted(spelled.keys() - known_part(spelled).keys())
    if newer:
        raise JobFailed("recipe.newer", names=", ".join(newer))
    values: dict[str, Any] = {k: _WORDS[k](v) if k in _WORDS else v for k, v in spelled.items()}
    return TrainRecipe(**values)


def known_part(spelled: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields and words that only a newer version knows: to show, not to train by."""
    names = {field.name for field in dataclasses.fields(TrainRecipe)}
    return {
        name: value
        for name, value in spelled.items()
        if name in names and (name not in _WORDS or value in list(_WORDS[name]))
    }
