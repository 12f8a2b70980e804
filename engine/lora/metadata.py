"""The text that a style's file carries, in the words that other programs look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A1111 hides a file from SDXL users unless this starts with `sdxl_`.
_SDXL: Final = "sdxl_base_v1-0"


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFacts:
    """What there is to say about a style."""

    #: file-safe, [A-Za-z0-9_.-]
    name: str
    rank: int
    alpha: float
    step: int
    steps: int
    drawings: int
    width: int
    height: int
    base: str
    base_sha256: str
    family: str
    recipe: str
    recipe_version: int
    learning_rate: float
    batch: int
    seed: int
    #: diffusers' name of what the base predicts
    prediction: str = "epsilon"


def style_metadata(facts: StyleFacts) -> dict[str, str]:
    """Spell the facts as kohya's `ss_*` and Stability's `modelspec.*` keys, all strings."""
    size = f"{facts.width}x{facts.height}"
    return {
        "ss_base_model_version": _SDXL,
        "ss_output_name": facts.name,
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(facts.rank),
        "ss_network_alpha": str(facts.alpha),
        "ss_sd_model_name": facts.base,
        "ss_clip_skip": "None",
        "ss_resolution": f"({facts.width}, {facts.height})",
        "ss_num_train_images": str(facts.drawings),
        "ss_steps": str(facts.step),
        "ss_max_train_steps": str(facts.steps),
        "ss_learning_rate": str(facts.learning_rate),
        "ss_total_batch_size": str(facts.batch),
        "ss_seed": str(facts.seed),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
        "modelspec.title": facts.name,
        "modelspec.resolution": size,
        "modelspec.prediction_type": "epsilon" if facts.prediction == "epsilon" else "v",
        "ownhand.recipe": f"{facts.recipe} {facts.recipe_version}",
        "ownhand.family": facts.family,
        "ownhand.base_sha256": facts.base_sha256,
    }
