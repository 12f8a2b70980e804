"""How an error counts while the base is trained, and which pictures it is shown."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch

from engine.builtin.denoiser import FAINT_CAP, SNR_CAP, loss_weights, row_pool
from engine.builtin.gallery import Gallery
from engine.builtin.model import new_scheduler


def weights_up_to_scale() -> tuple[torch.Tensor, torch.Tensor]:
    alphas = new_scheduler().alphas_cumprod
    return loss_weights(alphas), alphas / (1 - alphas)


def test_weights_average_to_one() -> None:
    weights, _ = weights_up_to_scale()
    assert torch.isclose(weights.mean(), torch.tensor(1.0))


def test_an_error_of_the_picture_counts_as_in_v_prediction_between_the_caps() -> None:
    weights, snr = weights_up_to_scale()
    middle = (snr < SNR_CAP) & ((snr + 1) / snr < FAINT_CAP)
    of_picture = (weights * snr)[middle]  # squared error of the noise = SNR times the picture's
    expected = snr[middle] + 1
    assert middle.sum() > 100
    assert torch.allclose(of_picture / of_picture[0], expected / expected[0], rtol=1e-4)


def test_clear_steps_count_as_in_min_snr() -> None:
    weights, snr = weights_up_to_scale()
    clear = snr > 50  # there (SNR + 1) / SNR is nearly one
    of_picture = (weights * snr)[clear]
    assert of_picture.max() / of_picture.min() < 1.03


def test_faint_steps_are_capped() -> None:
    weights, snr = weights_up_to_scale()
    assert weights[snr < 0.01].unique().numel() == 1


def test_faces_are_shown_four_times_as_often() -> None:
    face = (64.0, 40.0, 20.0)
    gallery = Gallery(
        np.zeros((3, 1, 1, 3), np.uint8),
        tags=[("1girl", "smile"), ("cat", "grass"), ("pony",)],
        scores=[9, 9, 9],
        faces=[face, None, face],
    )
    assert Counter(row_pool(gallery).tolist()) == {0: 4, 1: 1, 2: 4}
