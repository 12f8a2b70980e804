"""A style's name becomes a file name that every system and LoRA loader takes."""

from __future__ import annotations

import dataclasses

import pytest

from bot.app import App
from bot.services.filenames import file_stem
from data.models import Style, StyleId
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.services.conftest import ANA, BO, GUILD, House, trained

STYLE = Style(
    id=StyleId("7k3m9p2q4r"), owner_id=ANA, name="", guild_id=GUILD, created_ms=5, deleted_ms=None
)


def named(name: str) -> Style:
    return dataclasses.replace(STYLE, name=name)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("mira", "mira"),
        ("Мира", "Mira"),
        ("ёж", "yozh"),
        ("е\u0308ж", "yozh"),
        ("Щука и объект", "Shchuka-i-obekt"),
        ("Їжак", "Yizhak"),
        ("Éva", "Eva"),
        ("my style.2", "my-style.2"),
        ("漫画", "style-7k3m9p2q4r"),
        ("漫画 2", "2"),
        ("...", "style-7k3m9p2q4r"),
        ("щ" * 32, "shch" * 10),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_a_name_is_spelled_in_plain_letters(name: str, stem: str) -> None:
    assert file_stem(named(name), ()) == stem


@pytest.mark.parametrize("other", ["mira", "MIRA", "Мира", "míra"])
def test_the_later_of_two_that_read_alike_carries_its_id(other: str) -> None:
    earlier = dataclasses.replace(STYLE, id=StyleId("zzzzzzzzzz"), name=other, created_ms=1)
    later = named("mira")
    assert file_stem(later, (earlier, later)) == "mira-7k3m9p2q4r"
    assert "zzz" not in file_stem(earlier, (earlier, later))


async def test_the_file_and_what_is_written_in_it_have_one_name(
    app: App, house: House, engine: FakeEngine
) -> None:
    for name, stem in (("Мира", "Mira"), ("mira", "mira-")):
        house.clock.advance(1000)
        view = await trained(app, name=name)
        assert view.style is not None
        request = engine.submitted[-1]
        assert isinstance(request, TrainRequest)
        assert request.name.startswith(stem)
        file = await app.sharing.style_file(view.style.id, ANA)
        assert file.file_name.startswith(f"{request.name}-v1-")
    await trained(app, owner=BO, name="mira")
    request = engine.submitted[-1]
    assert isinstance(request, TrainRequest)
    assert request.name == "mira", "another person's"
