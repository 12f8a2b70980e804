"""A draw request: pictures as they get ready, each with the recipe that repeats it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.kept_styles import KeptStyles
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.style_slots import StyleSlots
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style
from engine.pictures.metadata import read_recipe
from engine.pictures.recipe import AdapterUse, Recipe
from engine.protocol import DrawRequest, Event, FileRef, PictureDrawn, Preview, Progress, Started
from engine.worker import draw_runner, runners
from engine.worker.context import WorkerContext
from tests.engine.worker.conftest import all_of, run_on

FOX = Recipe(prompt="fox", positive="red fox", seed=5, steps=3, width=64, height=64)


@pytest.fixture
def style(tiny_base: LoadedBase, tmp_path: Path) -> FileRef:
    return written(tiny_base, tmp_path / "mira.safetensors")


def written(tiny_base: LoadedBase, path: Path, *, rank: int = 2, value: float = 0.2) -> FileRef:
    facts = StyleFacts(
        name="mira", rank=rank, alpha=float(rank), step=1, steps=1, drawings=1, width=64, height=64,
        base="tiny", base_sha256="", family="sdxl", recipe="own", recipe_version=1,
        learning_rate=1.0, batch=1, seed=1,
    )  # fmt: skip
    modules = {
        name: LoraModule(
            down=torch.full((rank, inner), value), up=torch.full((outer, rank), value), alpha=rank
        )
        for name, (inner, outer) in tiny_base.slots.layout.members.items()
    }
    write_style(path, Lora(modules=modules), tiny_base.layout, style_metadata(facts))
    return FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def events(
    context: WorkerContext,
    *recipes: Recipe,
    files: tuple[FileRef, ...] = (),
    previews: bool = False,
) -> list[Event]:
    request = DrawRequest(request_id="r", recipes=recipes, files=files, previews=previews)
    return all_of(draw_runner.run(request, context))


def drawn(told: list[Event]) -> dict[int, PictureDrawn]:
    return {event.index: event for event in told if isinstance(event, PictureDrawn)}


def pixels(event: PictureDrawn) -> bytes:
    with Image.open(event.file.path) as picture:
        return picture.convert("RGB").tobytes()


def test_every_recipe_is_drawn_once(context: WorkerContext) -> None:
    other = dataclasses.replace(FOX, height=96)
    told = events(context, FOX, other, dataclasses.replace(FOX, seed=6))
    assert isinstance(told[0], Started)
    pictures = [event.index for event in told if isinstance(event, PictureDrawn)]
    assert sorted(pictures) == [0, 1, 2]
    assert drawn(told)[1].recipe.height == 96
    assert pixels(drawn(told)[0]) != pixels(drawn(told)[2])


def test_progress_counts_every_step(context: WorkerContext) -> None:
    told = events(context, FOX, dataclasses.replace(FOX, height=96))
    steps = [(event.step, event.steps) for event in told if isinstance(event, Progress)]
    assert steps == [(number, 6) for number in range(1, 7)]  # pictures of two sizes take turns
    last = [event for event in told if isinstance(event, Progress)][-1]
    assert last.eta_s == 0.0


def test_the_file_is_in_the_outbox_and_says_how_it_was_drawn(context: WorkerContext) -> None:
    event = drawn(events(context, FOX))[0]
    path = Path(event.file.path)
    data = path.read_bytes()
    assert path.parent == context.outbox
    assert hashlib.sha256(data).hexdigest() == event.file.sha256
    assert read_recipe(data) == event.recipe
    assert event.recipe == dataclasses.replace(
        FOX,
        base=context.base.name,
        base_sha256=context.base.sha256,
        family=context.base.family,
        noise_device="cpu",
    )


def test_the_announced_recipe_repeats_the_picture(context: WorkerContext) -> None:
    first = drawn(events(context, FOX))[0]
    again = drawn(events(context, first.recipe))[0]
    assert again.file.sha256 == first.file.sha256


def test_a_style_changes_the_picture_and_weight_scales_it(
    context: WorkerContext, style: FileRef
) -> None:
    def use(weight: float) -> Recipe:
        adapter = AdapterUse(name="mira", sha256=style.sha256, weight=weight)
        return dataclasses.replace(FOX, adapters=(adapter,))

    told = drawn(events(context, FOX, use(1.0), use(0.0), files=(style,)))
    assert pixels(told[0]) != pixels(told[1])
    assert pixels(told[0]) == pixels(told[2])


def test_styles_laid_over_each_other_add_up(
    context: WorkerContext, style: FileRef, tmp_path: Path
) -> None:
    """The same file under another name: 0.5 and 0.25 of it are 0.75."""
    tensors = load_file(style.path)
    save_file(tensors, tmp_path / "twin.safetensors")
    twin = context.file_ref(tmp_path / "twin.safetensors")

    def at(*uses: AdapterUse) -> Recipe:
        return dataclasses.replace(FOX, adapters=uses)

    mira = AdapterUse(name="mira", sha256=style.sha256, weight=0.5)
    other = AdapterUse(name="twin", sha256=twin.sha256, weight=0.25)
    recipes = at(mira, other), at(dataclasses.replace(mira, weight=0.75)), at(mira)
    told = [np.frombuffer(pixels(one), np.uint8).astype(int) for one in
            drawn(events(context, *recipes, files=(style, twin))).values()]  # fmt: skip
    assert np.abs(told[0] - told[1]).max() <= 1  # rounding to whole levels
    assert np.abs(told[0] - told[2]).max() > 8


def test_a_stack_that_never_fits_is_told_before_anything_is_drawn(
    context: WorkerContext, tmp_path: Path
) -> None:
    """A slot holds rank 16."""
    base = context.base
    room = StyleSlots(base.slots.layout, base.slots.others_layout, 2)
    own = dataclasses.replace(context, base=dataclasses.replace(base, slots=room))
    files = [
        written(base, tmp_path / f"{number}.safetensors", rank=16, value=0.1 + number / 10)
        for number in range(3)
    ]
    uses = tuple(AdapterUse(name=Path(file.path).stem, sha256=file.sha256) for file in files)
    with pytest.raises(JobFailed) as failed:
        events(own, dataclasses.replace(FOX, adapters=uses), files=tuple(files))
    assert (failed.value.key, failed.value.facts) == ("style.no_room", {"needed": 3, "most": 2})
    assert not list(context.outbox.iterdir())


def test_other_programs_find_the_style(context: WorkerContext, style: FileRef) -> None:
    adapter = AdapterUse(name="mira", sha256=style.sha256, weight=0.5)
    told = events(context, dataclasses.replace(FOX, adapters=(adapter,)), files=(style,))
    with Image.open(io.BytesIO(Path(drawn(told)[0].file.path).read_bytes())) as picture:
        text = picture.info["parameters"]
    assert "<lora:mira:0.5>" in text
    assert 'Lora hashes: "mira: ' in text


def test_previews_come_before_the_pictures(context: WorkerContext) -> None:
    told = events(context, dataclasses.replace(FOX, steps=10), previews=True)
    kinds = [type(event) for event in told]
    assert kinds.count(Preview) == 2
    assert max(i for i, kind in enumerate(kinds) if kind is Preview) < kinds.index(PictureDrawn)
    shown = next(event for event in told if isinstance(event, Preview))
    with Image.open(shown.file.path) as picture:
        assert picture.size == (64, 64)


def test_few_steps_have_no_preview(context: WorkerContext) -> None:
    assert not any(isinstance(event, Preview) for event in events(context, FOX, previews=True))


def test_nobody_waits_for_previews_that_were_not_asked_for(context: WorkerContext) -> None:
    told = events(context, dataclasses.replace(FOX, steps=10))
    assert not any(isinstance(event, Preview) for event in told)
    (picture,) = drawn(told).values()
    assert list(context.outbox.iterdir()) == [Path(picture.file.path)]


def test_a_bad_recipe_fails_before_anything_is_drawn(context: WorkerContext) -> None:
    told: list[Event] = []
    bad = dataclasses.replace(FOX, sampler="lms")
    with pytest.raises(JobFailed, match=r"draw\.unknown_sampler"):
        told.extend(
            all_of(draw_runner.run(DrawRequest(request_id="r", recipes=(FOX, bad)), context))
        )
    assert not list(context.outbox.iterdir())


def test_a_missing_style_is_named(context: WorkerContext, style: FileRef) -> None:
    wanted = dataclasses.replace(FOX, adapters=(AdapterUse(name="mira", sha256="00" * 32),))
    with pytest.raises(JobFailed) as failed:
        events(context, wanted, files=(style,))
    assert (failed.value.key, failed.value.facts) == ("style.file_missing", {"style": "mira"})


def test_two_requests_interleave_without_mixing(context: WorkerContext, style: FileRef) -> None:
    adapter = AdapterUse(name="mira", sha256=style.sha256)
    styled = dataclasses.replace(FOX, adapters=(adapter,))
    requests = [
        DrawRequest(request_id="a", recipes=(FOX,)),
        DrawRequest(request_id="b", recipes=(styled,), files=(style,)),
    ]
    running = [draw_runner.run(r, context) for r in requests]
    told: list[Event] = []
    while running:
        for runner in list(running):
            event = run_on(runner)
            told.append(event) if event is not None else running.remove(runner)
    by_request = {e.request_id: e for e in told if isinstance(e, PictureDrawn)}
    alone = drawn(events(context, FOX, styled, files=(style,)))
    assert pixels(by_request["a"]) == pixels(alone[0])
    assert pixels(by_request["b"]) == pixels(alone[1])


def test_a_waiting_requests_styles_are_fetched_ahead(
    context: WorkerContext, style: FileRef
) -> None:
    known = KeptStyles()
    base = dataclasses.replace(context.base, styles=known)
    own = dataclasses.replace(context, base=base)
    use = AdapterUse(name="mira", sha256=style.sha256)
    request = DrawRequest(
        request_id="r", recipes=(dataclasses.replace(FOX, adapters=(use,)),), files=(style,)
    )
    runners._fetch(request, own)
    own.fetching.run(lambda: None).result()  # it is the next of the same thread
    known.get(style.sha256, lambda: pytest.fail("it was read again"))


def test_a_file_that_tells_no_hash_is_known_by_a1111s(
    context: WorkerContext, style: FileRef, tmp_path: Path
) -> None:
    tensors = load_file(style.path)
    bare = tmp_path / "bare.safetensors"
    save_file(tensors, bare)  # a foreign file: no metadata at all
    ref = context.file_ref(bare)
    use = AdapterUse(name="ink", sha256=ref.sha256)
    told = events(context, dataclasses.replace(FOX, adapters=(use,)), files=(ref,))
    data = bare.read_bytes()
    body = hashlib.sha256(data[8 + int.from_bytes(data[:8], "little") :]).hexdigest()
    with Image.open(io.BytesIO(Path(drawn(told)[0].file.path).read_bytes())) as picture:
        assert f'Lora hashes: "ink: {body[:12]}"' in picture.info["parameters"]


def test_a_picture_starts_from_another(context: WorkerContext, tmp_path: Path) -> None:
    path = tmp_path / "start.png"
    Image.new("RGB", (80, 40), "red").save(path)
    file = FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    part = dataclasses.replace(FOX, start_sha256=file.sha256, denoise=0.5)
    made = drawn(events(context, FOX, part, files=(file,)))
    assert pixels(made[0]) != pixels(made[1])
    assert read_recipe(Path(made[1].file.path).read_bytes()) == made[1].recipe
    assert made[1].recipe.start_sha256 == file.sha256


def test_without_its_start_it_is_refused(context: WorkerContext) -> None:
    part = dataclasses.replace(FOX, start_sha256="ab" * 32, denoise=0.5)
    with pytest.raises(JobFailed, match=r"draw\.start_missing"):
        events(context, part)
