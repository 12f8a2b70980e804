"""Which captioner reads drawings: by what the host set, and by the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Settings
from bot.doctor.captions import caption_findings
from bot.doctor.finding import Grade
from bot.i18n import LANGUAGES, Texts
from bot.services.captioners import BUILTIN_TAGGER, choose_captioner
from data.captions import CaptionSource
from engine.captions.place import TAGGER_FILES, find_model
from tests.engine.captions.conftest import write_tagger

TAGGER, BLIP = "SmilingWolf/wd", "Salesforce/blip"


@pytest.mark.parametrize(
    ("tagger", "blip", "family", "is_builtin", "kind", "model"),
    [
        ("", "", "builtin", True, "wd", str(BUILTIN_TAGGER)),
        ("", BLIP, "builtin", True, "wd", str(BUILTIN_TAGGER)),
        (TAGGER, BLIP, "pony", False, "wd", TAGGER),
        (TAGGER, BLIP, "sdxl", False, "blip", BLIP),
        (TAGGER, "", "sdxl", False, "wd", TAGGER),
        ("", BLIP, "pony", False, "blip", BLIP),
    ],
)
def test_the_base_and_the_host_choose(
    tagger: str, blip: str, family: str, is_builtin: bool, kind: str, model: str
) -> None:
    settings = Settings(tagger_model=tagger, blip_model=blip, tagger_threshold=0.3)
    choice = choose_captioner(settings, family, is_builtin=is_builtin)
    assert choice is not None
    assert (choice.kind, choice.model) == (kind, model)
    assert choice.threshold == (None if kind == "blip" else 0.3)
    assert choice.source == (CaptionSource.BLIP if kind == "blip" else CaptionSource.TAGGER)


def test_the_built_in_tagger_serves_no_other_base() -> None:
    for family in ("pony", "builtin", "sdxl"):
        assert choose_captioner(Settings(), family, is_builtin=False) is None
    assert find_model(str(BUILTIN_TAGGER), TAGGER_FILES) == BUILTIN_TAGGER


def test_the_doctor_says_what_fetches_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    settings = Settings(base_model=str(tmp_path / "pony"), tagger_model=str(folder))
    (tmp_path / "pony").mkdir()
    [missing] = caption_findings(settings)
    assert missing.grade is Grade.BAD
    for language in LANGUAGES:
        said = Texts(language).say(missing.key, **missing.facts)
        assert "hf download SmilingWolf/wd-eva02-large-tagger-v3 model.onnx selected_tags" in said
        assert f'--local-dir "{folder}"' in said
        assert "TAGGER_MODEL" in said
    write_tagger(folder)
    [found] = caption_findings(settings)
    assert found.grade is Grade.GOOD
    assert found.facts["model"] == str(folder)


def test_the_doctor_names_a_hub_name_as_it_is(tmp_path: Path) -> None:
    [finding] = caption_findings(
        Settings(base_model=str(tmp_path), blip_model="nobody/never-downloaded")
    )
    assert str(finding.facts["command"]).startswith("hf download nobody/never-downloaded config")
    [builtin] = caption_findings(Settings())
    assert builtin.key == "doctor.tagger_builtin"
    [nothing] = caption_findings(Settings(base_model=str(tmp_path)))
    assert (nothing.grade, nothing.key) == (Grade.HINT, "doctor.no_tagger")
