"""The picture that tells the story."""

from PIL import Image, ImageChops

from bot.story.reveal import CELL, GAP, LABELS, Row, reveal

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200))


def test_every_picture_is_in_its_row_and_column() -> None:
    rows = [
        Row(title=str(n), about="", pictures=[Image.new("RGB", (64, 64), c) for c in COLOURS])
        for n in range(3)
    ]
    sheet = reveal(rows, ["a", "b", "c"])
    for row in range(3):
        for column, colour in enumerate(COLOURS):
            left = LABELS + GAP + column * (CELL + GAP)
            top = GAP + row * (CELL + GAP)
            assert sheet.getpixel((left + CELL // 2, top + CELL // 2)) == colour


def test_a_long_prompt_stays_in_its_column() -> None:
    row = Row(title="t", about="", pictures=[Image.new("RGB", (8, 8))])
    words = "1girl, long hair, green eyes, " * 2
    one, two = (reveal([row], [text, ""]) for text in ("", words))
    box = ImageChops.difference(one, two).getbbox()
    assert box is not None
    assert box[2] < LABELS + GAP + CELL + GAP
