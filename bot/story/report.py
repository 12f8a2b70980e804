"""story.json: what happened, with counts, and times in seconds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from bot.app import App
from bot.story.checks import Checks
from bot.story.stage import Drawn
from data.models import OwnerId


async def training_facts(app: App, *, style: str, owner_id: int, guild_id: int) -> dict[str, Any]:
    """Return how the style came to be: its checkpoints with their losses."""
    styles = app.store.styles
    card = await styles.find(style, OwnerId(owner_id), guild_id)
    if card is None or card.version is None:
        return {}
    checkpoints = await app.store.checkpoints.of_version(card.version.id)
    return {
        "style": card.style.name,
        "shared": card.shared_number is not None,
        "base": card.version.base,
        "recipe": json.loads(card.version.recipe_json),
        "checkpoints": [
            {
                "step": checkpoint.step,
                "loss": checkpoint.loss,
                "held_out_loss": checkpoint.held_out_loss,
                "sha256": checkpoint.style_sha256,
            }
            for checkpoint in checkpoints
        ],
    }


def report(
    *, checks: Checks, drawn: Sequence[Drawn], training: dict[str, Any], seconds: dict[str, float]
) -> str:
    """Return the file's text."""
    facts = {
        "held": not checks.failed,
        "seconds": seconds,
        "counts": {
            "expectations": len(checks.all),
            "draws": len(drawn),
            "pictures": sum(len(item.files) for item in drawn),
            "checkpoints": len(training.get("checkpoints", ())),
        },
        "training": training,
        "draws": [
            dataclasses.asdict(item) | {"files": [path.name for path in item.files]}
            for item in drawn
        ],
        "expectations": [dataclasses.asdict(item) for item in checks.all],
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
