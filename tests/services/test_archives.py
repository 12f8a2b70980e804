"""Drawings that come in one archive."""

from __future__ import annotations

import dataclasses

import pytest

from bot.app import App
from bot.services import decoding as decoding_module
from tests.bot.decode.pngs import huge_png
from tests.bot.decode.zips import bomb, many, zipped
from tests.services.conftest import ANA, House, png, upload


async def test_an_archive_brings_its_drawings_with_their_words(app: App) -> None:
    whole = zipped(
        [
            ("art/cat.png", png(1)),
            ("art/cat.txt", "кошка, cat".encode()),
            ("other/cat.png", png(2)),
            ("other/Cat.txt", b"\xef\xbb\xbfanother cat"),
            ("dog.png", png(3)),
        ]
    )
    report = await app.datasets.add(
        ANA, [upload("all.zip", whole)], name="ink", caption="ink sketch"
    )
    assert report.refused == ()
    assert [(one.file_name, one.caption) for one in report.drawings] == [
        ("cat.png", "кошка, cat"),
        ("dog.png", "ink sketch"),
        ("cat.png", "another cat"),
    ]


async def test_bad_files_in_an_archive_are_refused_alone(app: App) -> None:
    whole = zipped(
        [
            ("a.png", png(1)),
            ("b.png", b"no picture"),
            ("c.zip", zipped([("x.png", png(7))])),
            ("d.rar", b"Rar!\x1a\7" + bytes(20)),
            ("e.png", huge_png(20_000, 20_000)),
            ("f.png", png(1)),
            ("g.png", png(2)),
        ]
    )
    report = await app.datasets.add(ANA, [upload("all.zip", whole)], name="ink")
    assert [one.file_name for one in report.accepted] == ["a.png", "g.png"]
    assert [(one.file_name, one.key) for one in report.refused] == [
        ("b.png", "intake.not_picture"),
        ("c.zip", "intake.zip_nested"),
        ("d.rar", "intake.zip_nested"),
        ("e.png", "intake.too_large"),
        ("f.png", "intake.duplicate"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("a.zip", bomb(250_000_000), "intake.zip_bomb"),
        ("a.png", bomb(250_000_000), "intake.zip_bomb"),
        ("a.zip", many(10_000), "intake.zip_many"),
        ("a.zip", zipped([("../a.png", b"x")]), "intake.zip_path"),
        ("a.zip", zipped([("a.txt", b"only words")]), "intake.zip_empty"),
        ("a.zip", zipped([]), "intake.zip_empty"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "intake.format_archive"),
    ],
    ids=["bomb", "bomb called png", "10,000 files", "traversal", "words only", "empty", "7z"],
)
async def test_a_bad_archive_is_refused_and_what_else_came_is_kept(
    app: App, name: str, data: bytes, key: str
) -> None:
    report = await app.datasets.add(
        ANA, [upload(name, data), upload("good.png", png(9))], name="ink"
    )
    assert [(one.file_name, one.key) for one in report.refused] == [(name, key)]
    assert [one.file_name for one in report.accepted] == ["good.png"]


async def test_an_archive_fills_up_to_the_limit(house: House) -> None:
    few = House(
        settings=dataclasses.replace(house.settings, max_drawings=3),
        clock=house.clock,
        outbox=house.outbox,
    )
    files = [(f"art/{number}.png", png(number)) for number in range(6)]
    async with few.open() as app:
        report = await app.datasets.add(
            ANA, [upload("all.zip", zipped(files)), upload("z.png", png(9))], name="ink"
        )
        assert len(report.drawings) == 3
        assert [(one.file_name, one.key) for one in report.refused] == [
            (name, "intake.too_many") for name in ("3.png", "4.png", "5.png", "z.png")
        ]
        assert {one.facts["most"] for one in report.refused} == {3}


async def test_a_file_that_takes_the_child_along_costs_only_itself(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = decoding_module._Child.ask  # type: ignore[attr-defined]

    async def ask(self, question, data):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if question.name == "b.png":
            self._process.kill()
        return await original(self, question, data)

    # A decoder that dies needs a fault in Pillow, which no test can bring along.
    monkeypatch.setattr(decoding_module._Child, "ask", ask)  # type: ignore[attr-defined]
    whole = zipped([(name, png(number)) for number, name in enumerate(("a.png", "b.png", "c.png"))])
    report = await app.datasets.add(ANA, [upload("all.zip", whole)], name="ink")
    assert [one.file_name for one in report.accepted] == ["a.png", "c.png"]
    assert [(one.file_name, one.key) for one in report.refused] == [("b.png", "intake.too_heavy")]
