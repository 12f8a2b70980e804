"""Guidance: each row its own, one prediction where it is 1."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.sampling.guidance import Conditioning, Guided
from engine.sampling.noise import start_noise
from engine.sampling.sigmas import NoiseLevels

LEVELS = NoiseLevels()
SHAPE = (4, 4, 4)


def told(*values: float) -> Conditioning:
    rows = torch.tensor(values).reshape(-1, 1)
    return Conditioning(text=rows[:, None], pooled=rows, size=rows.repeat(1, 6))


class Recorder:
    """Predicts noise that depends on input, step and conditioning, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.timesteps: list[list[int]] = []

    def __call__(self, x: Tensor, timesteps: Tensor, c: Conditioning) -> Tensor:
        self.batches.append(len(x))
        self.timesteps.append(timesteps.tolist())
        return torch.sin(x + c.text[:, :, :, None]) + timesteps.reshape(-1, 1, 1, 1) / 1000


def guided(predict: Recorder, positive: Conditioning, guidance: list[float]) -> Guided:
    negative = told(*([0.5] * len(guidance)))
    scale = torch.tensor(guidance)
    return Guided(predict, levels=LEVELS, positive=positive, negative=negative, guidance=scale)


def test_guidance_moves_from_the_unwanted_to_the_wanted() -> None:
    x, sigma = start_noise([1], SHAPE) * 3, torch.tensor(3.0)
    predict = Recorder()
    clean = guided(predict, told(2.0), [4.0])(x, sigma)
    t, scaled = LEVELS.timestep(sigma).reshape(1), x / (1 + 9) ** 0.5
    wanted, unwanted = predict(scaled, t, told(2.0)), predict(scaled, t, told(0.5))
    torch.testing.assert_close(clean, x - 3 * (unwanted + 4 * (wanted - unwanted)))


def test_rows_with_guidance_one_are_predicted_once() -> None:
    predict = Recorder()
    x = start_noise([1, 2, 3], SHAPE)
    guided(predict, told(1, 2, 3), [1.0, 7.0, 1.0])(x, torch.tensor(1.0))
    assert predict.batches == [4]


def test_rows_do_not_touch_each_other() -> None:
    x = start_noise([1, 2], SHAPE)
    sigma = torch.tensor([5.0, 0.5]).reshape(2, 1, 1, 1)
    together = guided(Recorder(), told(1, 2), [3.0, 1.0])(x, sigma)
    first = guided(Recorder(), told(1), [3.0])(x[:1], sigma[:1])
    second = guided(Recorder(), told(2), [1.0])(x[1:], sigma[1:])
    torch.testing.assert_close(together, torch.cat([first, second]))


def test_each_row_has_its_own_timestep() -> None:
    predict = Recorder()
    sigma = LEVELS.sigmas[[700, 20]].reshape(2, 1, 1, 1)
    guided(predict, told(1, 2), [3.0, 1.0])(start_noise([1, 2], SHAPE), sigma)
    assert predict.timesteps == [[700, 20, 700]]
