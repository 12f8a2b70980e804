"""What the host sets about the base reaches the engine, and planning before the engine is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import ConfigError, Settings
from bot.engine_setup import base_family, engine_settings
from bot.services.base import Base
from engine.fake import FakeEngine, FakeScript


def test_the_engine_is_told_of_a_file(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "BASE_MODEL": str(tmp_path / "mix.safetensors"),
            "BASE_CONFIG": "configs",
            "BASE_FAMILY": "Pony",
        }
    )
    told = engine_settings(settings)
    assert told.base == tmp_path / "mix.safetensors"
    assert told.config == Path("configs").absolute()
    assert told.family == "pony"


def test_nothing_said_leaves_it_to_the_engine() -> None:
    told = engine_settings(Settings())
    assert (told.config, told.family) == (None, None)
    assert base_family(Settings()) == "builtin"


def test_a_family_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigError, match="BASE_FAMILY must be one of auto, builtin, pony"):
        Settings.from_env({"BASE_FAMILY": "flux"})


def test_what_the_host_says_counts_before_the_engine_is_up(tmp_path: Path) -> None:
    place = tmp_path / "ponyMix_v2.safetensors"
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    guessed = Base(engine, place, str(place))
    assert (guessed.name, guessed.family.name, guessed.words) == ("ponyMix_v2", "pony", None)
    assert Base(engine, place, str(place), family="illustrious").family.name == "illustrious"
