"""The house members' taste."""

import io

from PIL import Image

from bot.playground.house import TASTES, favourite, favourite_checkpoint


def picture(*colour: int, lines: bool = False) -> bytes:
    image = Image.new("RGB", (32, 32), colour)
    if lines:
        image.paste((0, 0, 0), (0, 10, 32, 12))
        image.paste((0, 0, 0), (0, 20, 32, 22))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


GRID = [
    picture(200, 60, 40),
    picture(60, 60, 160, lines=True),
    picture(245, 245, 245),
]


def test_members_differ_and_keep_their_taste() -> None:
    chosen = {name: favourite(name, GRID) for name in TASTES}
    assert chosen == {"Mika": 0, "Ren": 1, "Sol": 2}
    assert chosen == {name: favourite(name, GRID) for name in TASTES}


def test_a_single_picture_is_liked_by_some_and_not_by_others() -> None:
    answers = [favourite(name, [picture(n, n, n)]) for name in TASTES for n in range(40)]
    assert 0.5 < answers.count(0) / len(answers) < 0.85
    assert set(answers) == {0, None}


def test_members_choose_a_checkpoint_that_is_there() -> None:
    def chosen(count: int) -> set[int]:
        sheets = [picture(n, n, n) for n in range(9)]
        return {favourite_checkpoint(name, sheet, count) for name in TASTES for sheet in sheets}

    assert all(chosen(count) <= set(range(count)) for count in range(1, 11))
    assert len(chosen(10)) > 2
