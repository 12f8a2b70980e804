"""Files that are no LoRA for this base are refused in the right words, before they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n import Texts
from engine.errors import JobFailed
from engine.lora.foreign.anatomy import Anatomy, read_anatomy
from engine.lora.foreign.converting import convert
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import FILES, KEYS, good

BUILTIN = Path(__file__).parents[3] / "data/assets/builtin"
BASES = {
    "sd15": "Stable Diffusion 1.5",
    "sd2": "Stable Diffusion 2",
    "sdxl-refiner": "SDXL Refiner",
    "flux": "Flux",
    "flux-diffusers": "Flux",
    "sd3": "Stable Diffusion 3",
    "sd3-by-its-word": "Stable Diffusion 3",
}


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return read_anatomy(BUILTIN)


def refused(source: Path, anatomy: Anatomy) -> JobFailed:
    with pytest.raises(JobFailed) as failed:
        convert(source, source.with_name("ours.safetensors"), anatomy, {})
    return failed.value


def test_there_are_more_than_forty() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("name", FILES)
def test_a_malformed_file_is_refused_in_its_words(
    anatomy: Anatomy, tmp_path: Path, name: str
) -> None:
    key, make = FILES[name]
    make(source := tmp_path / f"{name}.safetensors")
    why = refused(source, anatomy)
    assert why.key == key
    for locale in ("en", "ru"):
        said = Texts(locale).say(key, **why.facts)
        assert key not in said
        assert source.name in said
        assert len(said) < 600
    if name in BASES:
        assert why.facts["kind"] == BASES[name]


def test_the_smallest_good_file_is_taken(anatomy: Anatomy, tmp_path: Path) -> None:
    """What the malformed ones are made of has no other fault."""
    source = write(tmp_path / "good.safetensors", good() | good(KEYS, into=256))
    assert convert(source, tmp_path / "ours.safetensors", anatomy, {}).layers == 2
