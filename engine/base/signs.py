"""What a base says of itself: its title, and what it predicts; torch-free.

A single file says so in its metadata (the "modelspec" standard, kohya's `ss_` keys) and by empty
tensors whose names are marks, as ComfyUI reads them; a folder in its scheduler's configuration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.base.header import CheckpointHeader, read_checkpoint
from engine.errors import JobFailed

VELOCITY: Final = "v_prediction"
#: Marks of Karras' own noising (Playground 2.5, CosXL), which nothing here knows.
_EDM_MARKS: Final = ("edm_mean", "edm_vpred.sigma_max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """By diffusers' names; None where a base is silent."""

    title: str = ""
    prediction: str | None = None
    #: whether its last training step is noise alone
    to_pure_noise: bool | None = None
    #: whether the weights themselves are marked so: nobody may say otherwise
    is_marked: bool = False


def read_signs(place: Path) -> Signs:
    """Read a folder's or a file's; JobFailed `engine.base_*` when it cannot be read."""
    if place.is_file():
        return _of_file(read_checkpoint(place))
    return read_scheduler(place)


def read_scheduler(folder: Path) -> Signs:
    """Read what a folder's scheduler says; nothing when there is none."""
    file = folder / "scheduler" / "scheduler_config.json"
    told = read_json(file) if file.is_file() else {}
    prediction = told.get("prediction_type")
    to_pure_noise = told.get("rescale_betas_zero_snr")
    return Signs(
        prediction=str(prediction) if prediction else None,
        to_pure_noise=None if to_pure_noise is None else bool(to_pure_noise),
    )


def _of_file(header: CheckpointHeader) -> Signs:
    told = header.metadata
    title = told.get("modelspec.title", "")
    if any(mark in header.shapes for mark in _EDM_MARKS):
        return Signs(title=title, prediction="EDM", is_marked=True)
    if "v_pred" in header.shapes:
        to_pure_noise = "ztsnr" in header.shapes
        return Signs(title=title, prediction=VELOCITY, to_pure_noise=to_pure_noise, is_marked=True)
    # Tools write "epsilon" without looking, so that alone says nothing.
    predicts_v = told.get("modelspec.prediction_type", "") in {"v", VELOCITY}
    return Signs(
        title=title,
        prediction=VELOCITY if predicts_v else None,
        to_pure_noise=True if told.get("ss_zero_terminal_snr") == "True" else None,
    )


def read_json(file: Path) -> dict[str, Any]:
    """Read a configuration; JobFailed `engine.base_unreadable` when it is no JSON."""
    try:
        spelled = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        reason = str(error).splitlines()[0][:200]
        raise JobFailed("engine.base_unreadable", base=file.name, reason=reason) from error
    return spelled if isinstance(spelled, dict) else {}
