"""Which captioner reads drawings here: the settings say it, the base may forbid it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.config import Settings
from data.captions import CaptionSource
from engine.base.families import Dialect, dialect_of

#: The built-in tagger knows the generator's words alone: it serves the built-in base only.
BUILTIN_TAGGER: Final = Path(__file__).resolve().parents[2] / "data" / "assets" / "tagger"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionerChoice:
    """What the engine is asked to read drawings with."""

    #: as in `CaptionRequest`
    kind: str
    model: str
    threshold: float | None = None

    @property
    def source(self) -> CaptionSource:
        """Whose words its captions are."""
        return CaptionSource.BLIP if self.kind == "blip" else CaptionSource.TAGGER


def speaks(family: str) -> CaptionSource:
    """Say whose words are in the language that bases of this family were taught."""
    return CaptionSource.BLIP if dialect_of(family) is Dialect.SENTENCES else CaptionSource.TAGGER


def choose_captioner(
    settings: Settings, family: str, *, is_builtin: bool
) -> CaptionerChoice | None:
    """Choose the tagger that was set, the built-in one for its base, else BLIP, else none.

    A base that was taught sentences takes BLIP first, where both are set.
    """
    blip = CaptionerChoice(kind="blip", model=settings.blip_model) if settings.blip_model else None
    if blip is not None and dialect_of(family) is Dialect.SENTENCES:
        return blip
    if settings.tagger_model:
        return CaptionerChoice(
            kind="wd", model=settings.tagger_model, threshold=settings.tagger_threshold
        )
    if is_builtin:
        return CaptionerChoice(
            kind="wd", model=str(BUILTIN_TAGGER), threshold=settings.tagger_threshold
        )
    return blip
