"""A smaller style is the nearest that its rank allows, and as strong as before."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.lora.reading import read_header
from engine.lora.shrinking import least_bytes, nearest, rank_of, shrink, singular_values, spread

SHIPPED = Path(__file__).parents[3] / "data/assets/styles/ada.safetensors"
SHAPES = [(7, 5, 4), (3, 9, 6), (64, 48, 16), (4, 640, 8), (1, 6, 2)]


def random(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=shape)


def cut(product: NDArray[np.float64], rank: int) -> NDArray[np.float64]:
    """Return the best of that rank by the book: the whole product, its whole SVD, cut."""
    left, values, right = np.linalg.svd(product, full_matrices=False)
    return left[:, :rank] * values[:rank] @ right[:rank]


@pytest.mark.parametrize(("out", "inner", "rank"), SHAPES)
def test_no_other_of_that_rank_is_nearer(out: int, inner: int, rank: int) -> None:
    up, down = random((out, rank), 1), random((rank, inner), 2)
    product = up @ down
    values = np.linalg.svd(product, compute_uv=False)
    found = singular_values(up, down)
    assert np.allclose(found, values[: len(found)])
    assert np.allclose(values[len(found) :], 0)
    for k in range(1, rank + 1):
        new_up, new_down = nearest(up, down, k)
        # Eckart and Young: the least error is the root of the squares of what is cut off.
        least = np.sqrt((values[k:] ** 2).sum())
        error = np.linalg.norm(product - new_up @ new_down)
        assert error == pytest.approx(least, abs=1e-10)
        assert np.allclose(new_up @ new_down, cut(product, k), atol=1e-10)
        assert new_up.shape[1] == new_down.shape[0] <= k


def test_both_sides_are_equally_large() -> None:
    """A half-precision number has a small range: a product of huge and tiny would lose both."""
    up, down = nearest(random((40, 8)) * 1e6, random((8, 30)) * 1e-6, 4)
    assert np.linalg.norm(up) == pytest.approx(np.linalg.norm(down))


def style(tmp_path: Path, **tensors: torch.Tensor) -> Path:
    path = tmp_path / "style.safetensors"
    save_file({name.replace("__", "."): t for name, t in tensors.items()}, path)
    return path


def change(path: Path, flat: str) -> torch.Tensor:
    """Multiply a layer out as every loader does: alpha / rank, up, down."""
    file = load_file(path)
    down, up = file[f"{flat}.lora_down.weight"].double(), file[f"{flat}.lora_up.weight"].double()
    alpha = file.get(f"{flat}.alpha")
    scale = 1.0 if alpha is None else float(alpha) / len(down)
    return scale * up.flatten(1) @ down.flatten(1)


def test_bytes_go_where_the_largest_values_are() -> None:
    """With equal prices that is Eckart and Young for all layers together: the largest of all."""
    values = {flat: np.sort(np.abs(random((6,), seed)))[::-1] for seed, flat in enumerate("abcdef")}
    ranks = spread(values, dict.fromkeys(values, 10), 10 * 20 + 9)
    assert sum(ranks.values()) == 20
    assert min(ranks.values()) >= 1
    later = [value for one in values.values() for value in one[1:]]
    least_kept = sorted(later, reverse=True)[13]
    for flat, one in values.items():
        assert ranks[flat] == 1 + sum(value >= least_kept for value in one[1:])
    with pytest.raises(ValueError, match="so small"):
        spread(values, dict.fromkeys(values, 10), 59)


def test_a_dear_layer_gets_less_of_the_room() -> None:
    values = {"cheap": np.array([2.0, 1.0, 1.0]), "dear": np.array([2.0, 1.1, 1.1])}
    assert spread(values, {"cheap": 10, "dear": 100}, 130) == {"cheap": 3, "dear": 1}


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_a_file_keeps_its_strength_whatever_its_alpha(tmp_path: Path, kind: torch.dtype) -> None:
    """What was of low rank from the beginning loses nothing but rounding."""
    low = random((24, 3), 1) @ random((3, 8), 2) / 3
    source = style(
        tmp_path,
        lora_unet_a__lora_down__weight=torch.tensor(random((8, 16), 3)).to(kind),
        lora_unet_a__lora_up__weight=torch.tensor(low).to(kind),
        lora_unet_a__alpha=torch.tensor(5.0),
        lora_unet_b__lora_down__weight=torch.tensor(random((2, 16), 4)).to(kind),
        lora_unet_b__lora_up__weight=torch.tensor(random((24, 2), 5)).to(kind),
    )
    target = tmp_path / "smaller.safetensors"
    assert rank_of(read_header(source)) == 8
    none = 0 if (least := least_bytes(read_header(source))) is None else least
    shrunk = shrink(source, target, none + 3 * 80)  # a rank costs 2 · (16 + 24) bytes
    file = load_file(target)
    assert file["lora_unet_a.lora_down.weight"].shape == (3, 16)
    assert file["lora_unet_b.lora_down.weight"].shape == (2, 16)
    assert {t.dtype for t in file.values()} == {torch.float16}
    assert not any(name.endswith("alpha") for name in file)
    for flat in ("lora_unet_a", "lora_unet_b"):
        before, after = change(source, flat), change(target, flat)
        # half precision rounds at 2^-11; a bfloat16 file was not of rank 3 to more than 2^-8
        most = 2**-6 if kind is torch.bfloat16 else 2**-9
        assert float((before - after).norm() / before.norm()) < most
    assert shrunk.kept > 0.999
    assert (shrunk.rank, shrunk.size_bytes) == (3, target.stat().st_size)


def test_convolutions_are_cut_as_the_matrices_that_they_are(tmp_path: Path) -> None:
    source = style(
        tmp_path,
        lora_unet_c__lora_down__weight=torch.tensor(random((6, 4, 3, 3), 1)).half(),
        lora_unet_c__lora_up__weight=torch.tensor(random((10, 6, 1, 1), 2)).half(),
        lora_unet_c__alpha=torch.tensor(6.0),
    )
    target = tmp_path / "smaller.safetensors"
    shrink(source, target, (least_bytes(read_header(source)) or 0) + 2 * (36 + 10))
    assert load_file(target)["lora_unet_c.lora_down.weight"].shape == (2, 4, 3, 3)
    assert load_file(target)["lora_unet_c.lora_up.weight"].shape == (10, 2, 1, 1)
    best = torch.tensor(cut(change(source, "lora_unet_c").numpy(), 2))
    off = (change(target, "lora_unet_c") - best).norm() / best.norm()
    assert float(off) < 2**-9


@pytest.mark.parametrize("most_bytes", [260_000, 500_000, 1_048_576, 2_000_000])
def test_the_room_is_used_and_never_passed(tmp_path: Path, most_bytes: int) -> None:
    shrunk = shrink(SHIPPED, tmp_path / "smaller.safetensors", most_bytes)
    # One rank of the largest layer, and what the numbers in the header were shorter.
    assert most_bytes - 6_000 < shrunk.size_bytes <= most_bytes


def test_less_than_one_rank_for_each_layer_is_refused(tmp_path: Path) -> None:
    least = least_bytes(read_header(SHIPPED))
    assert least is not None
    assert shrink(SHIPPED, tmp_path / "smaller.safetensors", least).rank == 1
    with pytest.raises(ValueError, match="so small"):
        shrink(SHIPPED, tmp_path / "smaller.safetensors", least - 1)


def test_a_smaller_file_says_so_and_is_found_by_its_own_hash(tmp_path: Path) -> None:
    target = tmp_path / "smaller.safetensors"
    shrunk = shrink(SHIPPED, target, 600_000)
    with safe_open(target, framework="pt") as opened:
        found = opened.metadata()
    data = target.read_bytes()
    body = data[8 + int.from_bytes(data[:8], "little") :]
    assert found["sshs_model_hash"] == hashlib.sha256(body).hexdigest()
    assert found["sshs_model_hash"] != read_header(SHIPPED).metadata["sshs_model_hash"]
    assert found["ss_network_dim"] == str(shrunk.rank)
    assert found["ss_output_name"] == "ada"
    said = f"rank 16 to {shrunk.rank} at most, {shrunk.kept:.2%} kept"
    assert found["ownhand.smaller"] == said


def test_the_share_is_what_is_left_of_all_layers(tmp_path: Path) -> None:
    """Counted again from both files, every layer multiplied out."""
    target = tmp_path / "smaller.safetensors"
    shrunk = shrink(SHIPPED, target, 600_000)
    flats = {name.partition(".")[0] for name in read_header(SHIPPED).tensors}
    lost = whole = 0.0
    for flat in sorted(flats):
        before = change(SHIPPED, flat)
        lost += float((before - change(target, flat)).norm() ** 2)
        whole += float(before.norm() ** 2)
    assert shrunk.kept == pytest.approx(1 - lost / whole, abs=1e-5)  # half precision
    assert 0.89 < shrunk.kept < 1  # more than rank 4 everywhere keeps, in less room


@pytest.mark.parametrize(
    "extra",
    [
        {"lora_unet_a__dora_scale": torch.ones(4, 1)},
        {"lora_unet_a__lora_mid__weight": torch.ones(2, 2, 3, 3)},
        {"lora_unet_b__lora_up__weight": torch.ones(4, 2)},
    ],
    ids=["DoRA", "CP", "half"],
)
def test_what_is_more_than_pairs_is_left_alone(
    tmp_path: Path, extra: dict[str, torch.Tensor]
) -> None:
    source = style(
        tmp_path,
        lora_unet_a__lora_down__weight=torch.ones(2, 3),
        lora_unet_a__lora_up__weight=torch.ones(4, 2),
        **extra,
    )
    assert least_bytes(read_header(source)) is None
    with pytest.raises(ValueError, match="more than pairs"):
        shrink(source, tmp_path / "smaller.safetensors", 10_000)
