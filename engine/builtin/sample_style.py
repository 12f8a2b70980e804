"""The style that is shipped, so that a newcomer can draw with one at once."""

from __future__ import annotations

from pathlib import Path

from engine.base.families import family_of
from engine.base.loading import load_base
from engine.builtin.artists import ADA
from engine.builtin.report.trained import Trained, drawings_to_train
from engine.lora.metadata import StyleFacts
from engine.training.checkpoints import save_style
from engine.training.recipes import own_recipe


def write_sample_style(assets: Path, state: Path) -> Path:
    """Train ada's style on the shipped base, or take it from the report's; write it."""
    base, drawings = load_base("builtin"), drawings_to_train(ADA)
    recipe, family = own_recipe(base.family, len(drawings)), family_of(base.family)
    facts = StyleFacts(
        name=ADA.name,
        rank=recipe.rank,
        alpha=recipe.alpha,
        step=recipe.steps,
        steps=recipe.steps,
        drawings=len(drawings),
        width=family.width,
        height=family.height,
        base=base.name,
        base_sha256=base.sha256,
        family=base.family,
        recipe=recipe.name,
        recipe_version=recipe.version,
        learning_rate=recipe.learning_rate,
        batch=recipe.batch,
        seed=recipe.seed,
    )
    path = assets / "styles" / f"{ADA.name}.safetensors"
    save_style(path, Trained(base, folder=state / "styles").style(ADA), base, facts)
    return path
