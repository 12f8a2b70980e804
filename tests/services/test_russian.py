"""Prompts in Russian become tags."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.drawing.lexicon import Standing, lexicon
from bot.services.drawing.russian import is_russian, translate
from bot.services.orders import Stacked
from bot.services.tasks import Translated, UnknownWord, read_draw_task
from engine.base.prompt_weights import check_prompt
from engine.builtin.vocabulary import all_tags
from tests.services.conftest import ANA, GUILD, png, upload
from tests.services.test_draws import order


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        pytest.param("лиса", "fox", id="a word"),
        pytest.param("Лисой", "fox", id="a noun in another case"),
        pytest.param("ЁЖИК, ежами", "hedgehog, hedgehog", id="with and without dots"),
        pytest.param("котёнок, котят", "kitten, kitten", id="a listed form"),
        pytest.param("на островах у храма", "island, church", id="endings that look like roots"),
        pytest.param("лошадью, платьем", "horse, dress", id="soft nouns"),
        pytest.param("синяя шляпа", "blue hat", id="feminine"),
        pytest.param("в синем пальто", "blue coat", id="neuter, another case"),
        pytest.param("голубыми глазами", "blue eyes", id="plural, another case"),
        pytest.param("волосы рыжие", "orange hair", id="adjective behind its noun"),
        pytest.param("длинные рыжие волосы", "long hair, orange hair", id="several adjectives"),
        pytest.param("улыбающаяся ведьма", "smile, witch", id="a reflexive participle"),
        pytest.param("под ночным небом", "night sky", id="a phrase"),
        pytest.param("с закрытыми глазами", "closed eyes", id="a phrase in another case"),
        pytest.param("смотрит в сторону", "looking to the side", id="a phrase with a joining word"),
        pytest.param("без людей", "no humans", id="without"),
        pytest.param(
            "девочка с рыжими волосами и зелёными глазами в лесу",
            "1girl, orange hair, green eyes, forest",
            id="a sentence",
        ),
        pytest.param("cute лиса, red hair", "cute fox, red hair", id="among Latin words"),
        pytest.param("(лиса:1.2), ((кот))", "(fox:1.2), ((cat))", id="weights"),
        pytest.param("лиса BREAK кот BREAK 2 cats", "fox BREAK cat BREAK 2 cats", id="BREAK"),
        pytest.param(r"лиса \(зверь\)", r"fox \(animal\)", id="literal parentheses"),
        pytest.param("  a (cat:1.05)  , b ", "  a (cat:1.05)  , b ", id="no Russian"),
    ],
)
def test_words_are_drawn_by_tags(typed: str, drawn: str) -> None:
    said = translate(typed)
    assert said.text == drawn
    assert said.unknown == ()


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("лиса в лесу", "лиса, forest"),
        ("рыжая Лиса, кот", "orange Лиса, cat"),
        ("(лиса:1.2), лисы", "(лиса:1.2), fox"),
        ("тушь и лес, большая кисть", "тушь, forest, большая кисть"),
        ("большая шляпа", "large hat"),
    ],
)
def test_what_a_style_was_trained_on_stays(typed: str, drawn: str) -> None:
    said = translate(typed, frozenset({"лиса", "тушь", "Большая кисть"}))
    assert (said.text, said.unknown) == (drawn, ())


def test_unknown_words_stay_and_are_named_with_the_nearest() -> None:
    said = translate("драконн, мурзик с хвостом, кот-баюн")
    assert said.text == "драконн, мурзик, tail, кот-баюн"
    assert said.translated == (Translated(typed="хвостом", drawn="tail"),)
    assert [word.word for word in said.unknown] == ["драконн", "мурзик", "кот-баюн"]
    assert said.unknown[0] == UnknownWord(word="драконн", nearest="дракон")


def test_every_tag_of_the_built_in_base_can_be_said_in_russian() -> None:
    entries = lexicon().forms.values()
    nouns = {entry.tag for entry in entries if entry.standing is Standing.NOUN}
    before = {entry.tag for entry in entries if entry.standing is Standing.BEFORE}
    joined = {f"{first} {noun}" for first in before for noun in nouns}
    assert set(all_tags()) - nouns - joined == set()


def test_every_listed_form_means_what_its_line_says() -> None:
    for form, entry in lexicon().forms.items():
        assert translate(" ".join(form)).text == entry.tag, form


def test_tags_of_the_table_carry_no_marks_and_no_commas() -> None:
    for entry in lexicon().forms.values():
        check_prompt(entry.tag)
        assert not set(entry.tag) & set("(),:\\")


async def test_the_recipe_keeps_what_was_typed(app: App) -> None:
    plan = await app.draws.plan(order("лиса в лесу, мурзик --no шляпа", seed=5))
    first = plan.recipes[0]
    assert first.prompt == "лиса в лесу, мурзик"
    assert first.positive == "fox, forest, мурзик"
    assert first.negative == "hat"
    job = await app.draws.request(plan)
    task = read_draw_task(await app.store.jobs.get(job.id))
    assert [(pair.typed, pair.drawn) for pair in task.translated] == [
        ("лиса", "fox"),
        ("лесу", "forest"),
        ("шляпа", "hat"),
    ]
    assert task.unknown[0].word == "мурзик"


async def trained_under(app: App, name: str, trigger: str) -> None:
    report = await app.datasets.add(
        ANA, [upload(f"{n}.png", png(n)) for n in range(6)], name=name, guild_id=GUILD
    )
    await app.captions.set_trigger(report.dataset.id, ANA, trigger)
    job = await app.trainings.start(report.dataset.id, owner_id=ANA)
    await app.jobs.wait(job.id)


async def test_the_trigger_words_of_all_styles_of_a_picture_stay(app: App) -> None:
    await trained_under(app, "mira", "лиса")
    await trained_under(app, "ink", "лес")
    over = (Stacked(name="ink"),)
    for style, stack, positive in (
        ("none", (), "fox, forest, cat"),
        ("mira", (), "лиса, forest, cat"),
        ("mira", over, "лиса, лес, cat"),
    ):
        plan = await app.draws.plan(order("лиса, лес, кот", style=style, stack=stack))
        assert plan.recipes[0].positive == positive
        assert not any(is_russian(word.word) for word in plan.unknown)


async def test_a_job_of_an_earlier_version_is_read(app: App) -> None:
    job = await app.draws.request(await app.draws.plan(order("fox")))
    async with app.db.write() as tx:
        await tx.execute(
            "UPDATE jobs SET request_json = json_remove(request_json, '$.translated')", ()
        )
    assert read_draw_task(await app.store.jobs.get(job.id)).translated == ()
