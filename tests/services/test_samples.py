"""What a training's samples show."""

from __future__ import annotations

from bot.app import App
from bot.services.trainplan import SAMPLE_SEED, SAMPLES, sample_recipes
from data.models import DatasetId, Drawing, DrawingId, Split


def drawing(number: int, caption: str) -> Drawing:
    return Drawing(
        id=DrawingId(str(number)),
        dataset_id=DatasetId("d"),
        ordinal=number,
        sha256=f"{number:064x}",
        file_name="a.png",
        width=64,
        height=64,
        caption=caption,
        split=Split.TRAIN,
    )


def prompts(app: App, *captions: str) -> list[str]:
    drawings = [drawing(number, caption) for number, caption in enumerate(captions, 1)]
    recipes = sample_recipes(app.base, drawings)
    assert [recipe.seed for recipe in recipes] == [SAMPLE_SEED + n for n in range(len(recipes))]
    return [recipe.prompt for recipe in recipes]


async def test_samples_are_the_shortest_words_of_each_part_of_the_set(app: App) -> None:
    words = ["a long one", "a", "bb, longer", "b", "cc, longer", "c"]
    assert prompts(app, *words) == ["a", "b", "c"]


async def test_fewer_captions_make_fewer_samples(app: App) -> None:
    assert prompts(app, "cat", "cat", "cat") == ["cat"]
    assert prompts(app, "cat", "dog, long tail", "cat") == ["cat", "dog, long tail"]
    assert len(prompts(app, *(f"cat {n}" for n in range(7)))) == SAMPLES
    assert prompts(app) == []
