"""A command on a state folder that a bot holds is done by that bot."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.cli.work import draw, export, hands, take_in, train
from bot.config import Settings
from bot.i18n import Texts
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices
from bot.services.handover import HandoverClient
from bot.services.tasks import read_draw_task
from bot.services.wishes import DrawWish
from data.models import HOST, Job, JobId
from data.settings import Holder
from engine.fake import FakeEngine, FakeScript
from engine.lora.reading import read_header
from tests.bot.cli.asking import EN, ignore, options
from tests.bot.cli.test_redraw import carry
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.conftest import png, refuses


async def test_an_import_is_handed_over_or_done_here(
    settings: Settings,
    engine: FakeEngine,
    tmp_path: Path,
    state: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write(tmp_path / "ink.safetensors", good(), {"modelspec.trigger_phrase": "inkstyle"})
    async with open_app(settings, engine=engine) as app:
        await app.start()
        assert await take_in(settings, EN, options("import", str(file))) == 0
    assert "“ink” is imported: 1 layer, rank 4" in capsys.readouterr().out
    own = Settings(state_dir=state)
    assert await take_in(own, EN, options("import", str(file), "--style", "fog")) == 0
    assert "--style fog\nWords that call it: `inkstyle`" in capsys.readouterr().out
    out = tmp_path / "theirs.safetensors"
    spelled = options("export", "fog", "--format", "diffusers", "--out", str(out))
    assert await export(own, EN, spelled) == 0
    path = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
    assert set(read_header(out).tensors) == {f"{path}.lora_{half}.weight" for half in "AB"}
    with refuses("cli.no_file"):
        await take_in(own, EN, options("import", str(tmp_path / "none.safetensors")))


async def test_a_style_from_elsewhere_is_handed_over_with_its_drawings(
    settings: Settings,
    engine: FakeEngine,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(write(tmp_path / "ink.safetensors", good(), {"modelspec.title": "Ink wash"}))
    few = tmp_path / "few"
    few.mkdir()
    (few / "a.png").write_bytes(png(1))
    async with open_app(settings, engine=engine) as app:
        await app.start()
        with refuses("train.too_few"):
            await take_in(settings, EN, options("import", file, "--own", str(few)))
        assert await app.styles.of_owner(HOST) == (), "nothing is imported without its drawings"
        assert await take_in(settings, EN, options("import", file, "--own", str(folder))) == 0
        assert "“Ink wash” is ready (version 1)" in capsys.readouterr().out
        [style] = await app.styles.of_owner(HOST)
        assert style.source_file is None
        [kept] = await app.collection.sets(HOST)
        assert (kept.dataset.name, kept.is_draft) == ("Ink wash", False)


async def test_train_draw_and_export_are_handed_over(
    settings: Settings, engine: FakeEngine, folder: Path, tmp_path: Path
) -> None:
    picture, file = tmp_path / "a.png", tmp_path / "a.safetensors"
    async with open_app(settings, engine=engine) as app:
        await app.start()
        assert await train(settings, EN, options("train", str(folder), "--style", "ink")) == 0
        drawing = options("draw", "cat", "--style", "ink", "--out", str(picture))
        assert await draw(settings, EN, drawing) == 0
        assert await export(settings, EN, options("export", "ink", "--out", str(file))) == 0
        assert len(engine.submitted) == 2
        assert len(await app.store.jobs.of_owner(HOST)) == 2
    assert picture.is_file()
    assert file.is_file()


async def test_a_picture_is_drawn_again_by_the_bot_that_runs(
    settings: Settings, engine: FakeEngine, folder: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    async with open_app(settings, engine=engine) as app:
        await app.start()
        for name in ("mira", "ink"):
            assert await train(settings, EN, options("train", str(folder), "--style", name)) == 0
        drawing = ("draw", "cat", "--style", "mira", "--with", "ink:0.4", "--out", str(first))
        assert await draw(settings, EN, options(*drawing)) == 0
        [recipe] = read_draw_task((await draws_of(app))[-1]).recipes
        # The fake engine's pictures carry nothing; the rows know.
        file = carry(recipe, tmp_path / "carrying.png")
        again = options("draw", "--recipe", str(file), "--out", str(second))
        assert await draw(settings, EN, again) == 0
        former, latter = map(read_draw_task, await draws_of(app))
        assert (latter.recipes, latter.stack) == (former.recipes, former.stack)
        assert len(latter.stack) == 1
        missing = dataclasses.replace(recipe.adapters[1], sha256="0" * 64)
        lost = dataclasses.replace(recipe, adapters=(recipe.adapters[0], missing))
        file = carry(lost, tmp_path / "lost.png")
        with refuses("redraw.no_style") as refusal:
            await draw(settings, EN, options("draw", "--recipe", str(file), "--out", str(second)))
        assert refusal.value.facts["name"] == "ink"
    assert second.read_bytes() == first.read_bytes()


async def draws_of(app: App) -> list[Job]:
    """List the host's draws, oldest first."""
    rows = await app.db.read().fetch_all("SELECT id FROM jobs WHERE kind = 'draw' ORDER BY rowid")
    return [await app.store.jobs.get(JobId(row["id"])) for row in rows]


async def test_a_styles_settings_fill_a_draw_and_are_told(
    settings: Settings,
    engine: FakeEngine,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await train(settings, EN, options("train", str(folder), "--style", "ink"))
        [style] = await app.styles.of_owner(HOST)
        holder = Holder(style_id=style.id)
        await app.defaults.change(holder, Actor(id=HOST), lambda _: Choices(score=7, steps=9))
        drawing = options("draw", "cat", "--style", "ink", "--out", str(tmp_path / "a.png"))
        assert await draw(settings, EN, drawing) == 0
        said = "From the settings of the style “ink”: score 7, steps 9."
        assert said in capsys.readouterr().err
        assert await draw(settings, Texts("ru"), drawing) == 0
        said = "Из настроек стиля «ink»: оценка 7, шагов: 9."
        assert said in capsys.readouterr().err


async def test_a_refusal_comes_back_over_the_socket(settings: Settings, engine: FakeEngine) -> None:
    async with open_app(settings, engine=engine) as app:
        await app.start()
        with refuses("draw.score_range"):
            await HandoverClient(settings.state_dir).draw(
                DrawWish(prompt="cat score:11", style="none"), ignore
            )


async def test_a_holder_that_does_not_serve_is_named(settings: Settings) -> None:
    engine = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    async with open_app(settings, engine=engine):
        with refuses("state.busy"):
            async with hands(settings) as worker:
                await worker.draw(DrawWish(prompt="cat", style="none"), ignore)


async def test_health_says_whether_the_engine_is_up(settings: Settings, engine: FakeEngine) -> None:
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        health = await HandoverClient(settings.state_dir).health()
    assert (health.engine, health.device) == ("ready", "cpu")


async def test_health_says_why_the_engine_refuses(settings: Settings, engine: FakeEngine) -> None:
    engine.refuse_start("engine.base_missing", base="nowhere")
    async with open_app(settings, engine=engine) as app:
        await app.start()
        with refuses("engine.base_missing"):
            await app.wait_ready()
        health = await HandoverClient(settings.state_dir).health()
    assert (health.engine, health.key, health.facts) == (
        "refused", "engine.base_missing", {"base": "nowhere"},
    )  # fmt: skip
