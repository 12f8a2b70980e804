"""BLIP through its PIL processor, on a tiny random model."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
)
from transformers.models.blip import BlipImageProcessorPil

from engine.captions.blip import BlipCaptioner, on_white
from engine.captions.place import BLIP_FILES
from engine.errors import JobFailed
from engine.protocol import Captioned, CaptionRequest, FileRef
from engine.worker.background import Background
from engine.worker.caption_runner import run
from engine.worker.captioners import Captioners
from tests.contract.requests import of_kind
from tests.engine.worker.conftest import all_of

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "on", "the", "red", "table")


@pytest.fixture
def blip_folder(tmp_path: Path) -> Path:
    """Write a BLIP of a few kilobytes that knows eleven words, as the real one is laid out."""
    torch.manual_seed(5)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BlipConfig(
        text_config={
            **small, "vocab_size": len(WORDS), "intermediate_size": 16, "encoder_hidden_size": 16,
            "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0,
            "max_position_embeddings": 96,
        },
        vision_config={**small, "intermediate_size": 16, "image_size": 32, "patch_size": 16},
        projection_dim=8,
    )  # fmt: skip
    folder = tmp_path / "blip"
    folder.mkdir()
    BlipForConditionalGeneration(config).save_pretrained(folder)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(vocab=str(tmp_path / "vocab.txt")).save_pretrained(folder)
    BlipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def test_a_picture_gets_a_sentence_without_torchvision(blip_folder: Path) -> None:
    assert importlib.util.find_spec("torchvision") is None
    assert all((blip_folder / name).is_file() for name in BLIP_FILES)
    captioner = BlipCaptioner(blip_folder)
    picture = Image.new("RGB", (50, 40), "red")
    said = captioner.see(picture)
    assert said == captioner.see(picture)
    assert said.sentence
    assert set(said.sentence.split()) <= set(WORDS)
    assert not set(said.sentence.split()) & set(WORDS[:5])
    assert not said.general


def test_what_is_transparent_is_seen_as_white(blip_folder: Path) -> None:
    half = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    half.putpixel((1, 0), (200, 0, 0, 255))
    assert [on_white(half).getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (200, 0, 0)]
    captioner = BlipCaptioner(blip_folder)
    assert captioner.see(half) == captioner.see(on_white(half))


def test_a_folder_of_something_else_is_refused_in_words(blip_folder: Path) -> None:
    (blip_folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(JobFailed) as failed:
        BlipCaptioner(blip_folder)
    assert failed.value.key == "blip.unreadable"


def test_the_engine_reads_with_it(blip_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (20, 20), "red").save(path)
    asked = CaptionRequest(
        request_id="c",
        files=(FileRef(path=str(path), sha256="0" * 64),),
        captioner="blip",
        model=str(blip_folder),
    )
    captioners = Captioners(Background(lambda: None), threads=1)
    [told] = of_kind(all_of(run(asked, captioners)), Captioned)
    assert told.sentence == BlipCaptioner(blip_folder).see(Image.open(path)).sentence
    assert (told.general, told.ratings) == ({}, {})
