"""Memory runs short in a training's step: the same step is made with less, once."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.memory.shortage import asked_bytes, is_shortage
from engine.protocol import TrainRecipe
from engine.training.bench import TrainingBench
from engine.training.dataset import TrainingSet
from engine.training.loop import Training

GPU = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has …")


def no_such_memory() -> RuntimeError:
    with pytest.raises(RuntimeError) as failed:
        torch.empty(2**50)
    return failed.value


@contextlib.contextmanager
def room_for(base: LoadedBase, rows: int, error: Exception = GPU) -> Generator[None]:
    """Fail as a device does that can train so many rows at once; drawing takes less.

    Injected, as a test can neither fill a card that it has not nor its machine's own memory.
    """

    def refuse(_: object, inputs: tuple[torch.Tensor, ...]) -> None:
        if torch.is_grad_enabled() and len(inputs[0]) > rows:
            raise error

    hook = base.unet.model.conv_in.register_forward_pre_hook(refuse)
    try:
        yield
    finally:
        hook.remove()


def off(ours: Training, wanted: Training) -> float:
    one, other = ours.flat.detach(), wanted.flat.detach()
    return float((one - other).norm() / other.norm())


def test_a_processor_words_it_in_a_plain_error() -> None:
    error = no_such_memory()
    assert type(error) is RuntimeError
    assert is_shortage(error)
    assert asked_bytes(error) == 4 * 2**50
    assert asked_bytes(GPU) == 3 * 2**29
    assert is_shortage(MemoryError())
    assert not is_shortage(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


@pytest.mark.parametrize("error", [GPU, no_such_memory()], ids=["cuda", "cpu"])
def test_a_step_without_memory_is_made_in_parts_and_ends_the_same(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, error: Exception
) -> None:
    wanted, ours = (Training(tiny_base, data, recipe) for _ in range(2))
    bench = TrainingBench(tiny_base)
    for step in range(recipe.steps):
        bench.do([wanted])
        short = room_for(tiny_base, 1, error) if step >= 3 else contextlib.nullcontext()
        with short:
            bench.do([ours])
        assert ours.step_number == wanted.step_number == step + 1
        assert ours.last_loss == pytest.approx(wanted.last_loss, rel=1e-5)
        assert ours.parts == (recipe.batch if step >= 3 else None)
    assert off(ours, wanted) < 1e-4


def test_where_a_batch_has_one_row_it_is_computed_again_going_backward(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    single = dataclasses.replace(recipe, batch=1)
    wanted, ours = (Training(tiny_base, data, single) for _ in range(2))
    bench = TrainingBench(tiny_base)
    bench.do([wanted])
    failures = iter([GPU])

    def refuse(*_: object) -> None:
        for error in failures:
            raise error

    hook = tiny_base.unet.model.conv_in.register_forward_pre_hook(refuse)
    bench.do([ours])
    hook.remove()
    assert ours.parts == 1
    assert torch.equal(ours.flat, wanted.flat)
    assert not tiny_base.unet.model.is_gradient_checkpointing, "others keep what they computed"


def test_a_second_time_it_fails_with_figures_and_has_not_moved(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    training = Training(tiny_base, data, recipe)
    bench = TrainingBench(tiny_base)
    bench.do([training])
    before = training.flat.detach().clone()
    with room_for(tiny_base, 0), pytest.raises(JobFailed) as failed:
        bench.do([training])
    assert failed.value.key == "train.no_memory"
    assert failed.value.facts == {"asked": "1.6", "step": 2, "batch": 3, "rank": 2}
    assert training.step_number == 1
    assert torch.equal(training.flat, before)


def test_those_who_do_not_fit_together_are_whole_and_go_apart(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    recipes = [dataclasses.replace(recipe, seed=seed) for seed in (1, 2, 3)]
    trainings = [Training(tiny_base, data, one) for one in recipes]
    bench = TrainingBench(tiny_base)
    with room_for(tiny_base, 2 * recipe.batch):
        with pytest.raises(torch.cuda.OutOfMemoryError):
            bench.do(bench.choose([[one] for one in trainings]))
        assert [one.step_number for one in trainings] == [0, 0, 0]
        bench.do(bench.choose([[one] for one in trainings]))
    assert [one.step_number for one in trainings] == [1, 1, 0]
    assert [one.parts for one in trainings] == [None] * 3


def test_who_goes_in_parts_goes_alone(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    first, second, third = (Training(tiny_base, data, recipe) for _ in range(3))
    assert first.save_memory()
    assert second.save_memory()
    bench = TrainingBench(tiny_base)
    assert bench.choose([[first], [second], [third]]) == [first]
    assert bench.choose([[third], [first], [second]]) == [third]
