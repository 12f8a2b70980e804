"""The text that a style's file carries, in the words that other programs look for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

#: A1111 hides a file from SDXL users unless this starts with `sdxl_`.
_SDXL: Final = "sdxl_base_v1-0"
#: Trainers write the folder of each drawing here, and with it how a person's disk looks.
FOLDER: Final = "drawings"
#: Of the megabyte of header that ComfyUI reads, names and places of a whole SDXL LoRA with both
#: text encoders take 0.42 MB.
MOST_TAGS_BYTES: Final = 128 * 1024
_MOST_WORDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFacts:
    """What there is to say about a style; what is None or empty is not said."""

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
    #: everything about the training as JSON
    recipe_json: str = ""
    #: rank and alpha of convolutions, where there are any
    conv: tuple[int, float] | None = None
    #: diffusers' name of what the base predicts
    prediction: str = "epsilon"
    #: what calls the style in a prompt
    trigger: str = ""
    #: how often each tag is in the captions; only where the artist lets others read it
    tag_frequency: Mapping[str, int] | None = None
    #: UTC milliseconds. A fixed moment of the training, never "now": equal trainings make equal
    #: files, also after a restart.
    trained_ms: int | None = None


def style_metadata(facts: StyleFacts) -> dict[str, str]:
    """Spell the facts as kohya's `ss_*` and Stability's `modelspec.*` keys, all strings.

    No folder is named, and no word of a caption unless `tag_frequency` is given.
    """
    return {
        **_trained(facts),
        **_specified(facts),
        **_optional(facts),
        "ownhand.recipe": f"{facts.recipe} {facts.recipe_version}",
        "ownhand.recipe_json": facts.recipe_json,
        "ownhand.family": facts.family,
        "ownhand.base_sha256": facts.base_sha256,
    }


def _trained(facts: StyleFacts) -> dict[str, str]:
    """Spell what sd-scripts says of a training."""
    return {
        "ss_base_model_version": _SDXL,
        "ss_v2": "False",
        "ss_output_name": facts.name,
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(facts.rank),
        "ss_network_alpha": str(facts.alpha),
        "ss_sd_model_name": facts.base,
        "ss_clip_skip": "None",
        "ss_resolution": f"({facts.width}, {facts.height})",
        "ss_num_train_images": str(facts.drawings),
        "ss_dataset_dirs": _json({FOLDER: {"n_repeats": 1, "img_count": facts.drawings}}),
        "ss_steps": str(facts.step),
        "ss_max_train_steps": str(facts.steps),
        "ss_learning_rate": str(facts.learning_rate),
        "ss_total_batch_size": str(facts.batch),
        "ss_seed": str(facts.seed),
    }


def _specified(facts: StyleFacts) -> dict[str, str]:
    """Spell what Stability's model specification 1.0.1 asks for."""
    return {
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
        "modelspec.title": facts.name,
        "modelspec.tags": f"style, {facts.family}",
        "modelspec.resolution": f"{facts.width}x{facts.height}",
        "modelspec.prediction_type": "epsilon" if facts.prediction == "epsilon" else "v",
    }


def _optional(facts: StyleFacts) -> dict[str, str]:
    found: dict[str, str] = {}
    if facts.conv is not None:
        rank, alpha = facts.conv
        found["ss_network_args"] = _json({"conv_dim": str(rank), "conv_alpha": str(alpha)})
    if facts.trigger:
        found["modelspec.trigger_phrase"] = facts.trigger[:_MOST_WORDS]
    if facts.trained_ms is not None:
        moment = datetime.fromtimestamp(facts.trained_ms / 1000, UTC)
        found["modelspec.date"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        found["ss_training_started_at"] = str(facts.trained_ms / 1000)
    if facts.tag_frequency:
        found["ss_tag_frequency"] = _json({FOLDER: _most_frequent(facts.tag_frequency)})
    return found


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    """Keep the most frequent tags that the header has room for; of equal ones, by name."""
    kept: dict[str, int] = {}
    left = MOST_TAGS_BYTES
    for tag, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        # Twice over: what JSON escapes inside the value is escaped again in the header.
        left -= len(json.dumps(json.dumps({tag: count})))
        if left < 0:
            break
        kept[tag] = count
    return kept


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
