"""The style that is shipped, so that a newcomer can draw with one at once."""

from __future__ import annotations

from pathlib import Path

from engine.base.loading import load_base
from engine.builtin.artists import ADA
from engine.builtin.report.trained import Trained, drawings_to_train
from engine.lora.tensors import read_style
from engine.training.checkpoints import save_style, style_facts
from engine.training.recipes import OWN, recipe_for


def write_sample_style(assets: Path, state: Path) -> Path:
    """Train ada's style on the shipped base, or take it from the report's; write it."""
    base, drawings = load_base("builtin"), drawings_to_train(ADA)
    recipe, count = recipe_for(OWN, base.family, len(drawings)), len(drawings)
    facts = style_facts(base, recipe, name=ADA.name, step=recipe.steps, drawings=count)
    path = assets / "styles" / f"{ADA.name}.safetensors"
    trained = Trained(base, folder=state / "styles").style_file(ADA)
    save_style(path, read_style(trained, base.names), base, facts)
    return path
