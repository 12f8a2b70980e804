"""Packed styles lie on the disk as they are used, and nothing depends on them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.lora.packed import PackedStyle
from engine.lora.shelf import Shelf
from engine.lora.styles import packed
from engine.lora.weights import Lora, LoraModule


@pytest.fixture
def style(tiny_base: LoadedBase, make_style: Callable[..., Lora]) -> PackedStyle:
    """Layers of all three kinds, as only styles from elsewhere have."""
    own = dict(make_style(1).modules)
    conv, (inner, outer) = next(iter(tiny_base.slots.others_layout.members.items()))
    own[conv] = LoraModule(down=torch.ones(3, inner), up=torch.ones(outer, 3), alpha=1.5)
    text = tiny_base.text.products.paths[0]
    own[text] = LoraModule(down=torch.ones(3, 16), up=torch.ones(16, 3), alpha=1.5)
    return packed(Lora(modules=own), "ab" * 32, tiny_base)


def shelf_of(base: LoadedBase, folder: Path, most_bytes: int = 1 << 30) -> Shelf:
    layouts = (base.slots.layout, base.slots.others_layout)
    return Shelf(folder, layouts, base.unet.dtype, most_bytes)


def nobody() -> NoReturn:
    raise AssertionError("it was made again")


def test_it_is_made_once_and_read_as_it_was(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path
) -> None:
    assert shelf_of(tiny_base, tmp_path).get(style.key, lambda: style) is style
    read = shelf_of(tiny_base, tmp_path).get(style.key, nobody)
    assert read.key == style.key
    assert read.others is not None
    assert style.others is not None
    for ours, wanted in ((read.linears, style.linears), (read.others, style.others)):
        assert torch.equal(ours.chunks, wanted.chunks)
        assert ours.groups == wanted.groups
    [(path, layer)] = read.texts.items()
    assert torch.equal(layer.delta(), style.texts[path].delta())


def test_its_name_begins_with_the_styles_own_hash(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path
) -> None:
    shelf_of(tiny_base, tmp_path).get(style.key, lambda: style)
    [file] = tmp_path.iterdir()
    assert file.name.startswith(f"{style.key}.")


def test_another_order_or_kind_of_numbers_is_another_file(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path
) -> None:
    layouts = (tiny_base.slots.layout, tiny_base.slots.others_layout)
    for kind in (layouts, layouts[:1]):
        for dtype in (torch.float32, torch.bfloat16):
            Shelf(tmp_path, kind, dtype).get(style.key, lambda: style)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_file_is_made_anew(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path, damage: bytes | None
) -> None:
    shelf = shelf_of(tiny_base, tmp_path)
    shelf.get(style.key, lambda: style)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-8] if damage is None else damage)
    assert shelf.get(style.key, lambda: style) is style
    assert file.read_bytes() == whole


def test_the_longest_unused_make_room(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path
) -> None:
    size = style.nbytes * 2.5
    shelf = shelf_of(tiny_base, tmp_path, most_bytes=round(size))
    for age, key in enumerate(("a" * 64, "b" * 64)):
        shelf.get(key, lambda: style)
        [file] = tmp_path.glob(f"{key}.*")
        os.utime(file, (1000 + age, 1000 + age))
    shelf.get("a" * 64, nobody)  # used again
    shelf.get("c" * 64, lambda: style)
    assert {file.name[0] for file in tmp_path.iterdir()} == {"a", "c"}


def test_a_disk_that_takes_nothing_costs_nothing(
    tiny_base: LoadedBase, style: PackedStyle, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert shelf_of(tiny_base, blocked / "under").get(style.key, lambda: style) is style
