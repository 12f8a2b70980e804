"""What is shipped: SDXL's layout, tokenizers that load, sizes within their limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from transformers import CLIPTokenizer

from engine.base.loading import base_sha256
from engine.builtin.artists import ARTISTS, DRAWINGS, HELD_OUT, drawings_of, held_out_of
from engine.builtin.shipping import shipped_base, shipped_codec
from engine.builtin.state import assets_folder
from engine.builtin.vocabulary import all_tags

BASE = assets_folder() / "builtin"
DRAWN = assets_folder() / "artists"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def tensor_names(path: Path) -> set[str]:
    with safe_open(path, framework="numpy") as tensors:
        return set(tensors.keys())


def test_base_is_within_its_size() -> None:
    assert size_of(BASE) <= 32_000_000


def test_weights_are_half_precision() -> None:
    for path in BASE.rglob("*.safetensors"):
        with safe_open(path, framework="numpy") as tensors:
            kinds = {tensors.get_slice(name).get_dtype() for name in tensors.keys()}  # noqa: SIM118
        assert kinds <= {"F16", "I64"}, path


@pytest.mark.parametrize(("name", "pad"), [("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")])
def test_tokenizer_loads_and_pads(name: str, pad: str) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(BASE / name)
    vocab = read(BASE / name / "vocab.json")
    assert len(tokenizer) == len(vocab)
    assert tokenizer.model_max_length == 77
    assert tokenizer.pad_token == pad
    assert tokenizer.decode(tokenizer("1girl, red hair").input_ids[1:-1]) == "1 girl , red hair"


@pytest.mark.parametrize("name", ["text_encoder", "text_encoder_2"])
def test_text_encoder_knows_its_last_token(name: str) -> None:
    config = read(BASE / name / "config.json")
    assert config["eos_token_id"] == config["vocab_size"] - 1
    assert config["num_hidden_layers"] >= 2


def test_unet_has_the_block_structure_of_sdxl() -> None:
    config = read(BASE / "unet" / "config.json")
    assert config["down_block_types"] == [
        "DownBlock2D",
        "CrossAttnDownBlock2D",
        "CrossAttnDownBlock2D",
    ]
    assert config["up_block_types"] == ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]
    assert config["layers_per_block"] == 2
    assert config["addition_embed_type"] == "text_time"
    assert config["use_linear_projection"] is True
    names = tensor_names(BASE / "unet" / "diffusion_pytorch_model.safetensors")
    attention = {name.rsplit(".attentions.", 1)[0] for name in names if ".attentions." in name}
    assert attention == {
        *("down_blocks.1", "down_blocks.2", "mid_block"),
        *("up_blocks.0", "up_blocks.1"),
    }


def test_conditioning_widths_agree() -> None:
    unet = read(BASE / "unet" / "config.json")
    one, two = (read(BASE / name / "config.json") for name in ("text_encoder", "text_encoder_2"))
    assert unet["cross_attention_dim"] == one["hidden_size"] + two["hidden_size"]
    ids = 6 * unet["addition_time_embed_dim"]
    assert unet["projection_class_embeddings_input_dim"] == ids + two["projection_dim"]


def test_vae_is_eight_times_smaller_and_scaled() -> None:
    config = read(BASE / "vae" / "config.json")
    assert len(config["block_out_channels"]) == 4
    assert config["latent_channels"] == 4


def test_words_are_those_of_the_generator() -> None:
    assert set(read(BASE / "words.json")["tags"]) == set(all_tags())


@pytest.mark.parametrize("name", ARTISTS)
@pytest.mark.parametrize(("part", "count"), [(".", DRAWINGS), ("held_out", HELD_OUT)])
def test_sample_drawings_have_captions_of_known_tags(name: str, part: str, count: int) -> None:
    pictures = sorted((DRAWN / name / part).glob("*.png"))
    assert [path.stem for path in pictures] == [f"{number:02}" for number in range(1, count + 1)]
    known = set(all_tags())
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.size == (128, 128)
        tags = path.with_suffix(".txt").read_text(encoding="utf-8").strip().split(", ")
        assert set(tags) <= known


def test_shipped_drawings_are_within_their_size() -> None:
    assert {folder.name for folder in DRAWN.iterdir()} == set(ARTISTS)
    assert size_of(DRAWN) <= 6_000_000


@pytest.mark.parametrize("name", ARTISTS)
def test_shipped_drawings_are_what_the_generator_draws(name: str) -> None:
    artist = ARTISTS[name]
    for folder, drawings in (
        (DRAWN / name, drawings_of(artist, 3)),
        (DRAWN / name / "held_out", held_out_of(artist, 1)),
    ):
        for number, drawing in enumerate(drawings, start=1):
            with Image.open(folder / f"{number:02}.png") as picture:
                assert picture.tobytes() == drawing.picture.tobytes()


def test_the_shipped_styles_were_trained_on_the_shipped_base() -> None:
    styles = sorted((assets_folder() / "styles").glob("*.safetensors"))
    assert styles
    for style in styles:
        with safe_open(style, framework="numpy") as file:
            base = file.metadata()["ownhand.base_sha256"]
        assert base == base_sha256(assets_folder() / "builtin"), f"train {style.name} again"


def test_training_can_go_on_from_what_is_shipped() -> None:
    base, codec = shipped_base(assets_folder()), shipped_codec(assets_folder())
    with safe_open(BASE / "unet" / "diffusion_pytorch_model.safetensors", framework="pt") as file:
        shipped = file.get_tensor("conv_in.weight")
    assert torch.equal(base.unet.conv_in.weight, shipped.float())
    assert all(part.requires_grad for part in codec.parameters())
