"""Draw what lies behind the subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.builtin.paths import blob, box, curve, oval, polygon
from engine.builtin.pen import Pen
from engine.builtin.vocabulary import RGB
from engine.builtin.wish import Wish

SKY: RGB = (150, 206, 246)
GRASS: RGB = (134, 196, 96)


def _simple(pen: Pen, wish: Wish) -> None:
    base = wish.colour("background")
    share = 0.25 if wish.colour_name("background") == "black" else 0.5
    red, green, blue = (round(part + (255 - part) * share) for part in base)
    pen.fill_sheet((red, green, blue))


def _blue_sky(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet(SKY)
    for x, y in ((22, 26), (106, 20), (110, 76)):
        x, y = x + pen.between(-10, 10), y + pen.between(-8, 8)
        cloud = [
            (x - 22, y + 6),
            (x - 12, y - 6),
            (x, y - 11),
            (x + 13, y - 5),
            (x + 22, y + 6),
            (x, y + 9),
        ]
        pen.shape(blob(cloud), (255, 255, 255), line=0.0, steady=True)


def _night_sky(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((44, 50, 104))
    x = pen.between(12, 30) + (76 if pen.chance(0.5) else 0)
    pen.shape(oval(x, 22, 14, 14), (252, 240, 180), line=0.0, steady=True)
    pen.shape(oval(x + 7, 18, 12, 12), (44, 50, 104), line=0.0, steady=True)
    for _ in range(9):
        pen.shape(
            oval(pen.between(4, 124), pen.between(4, 110), 2.2, 2.2),
            (255, 246, 200),
            line=0.0,
            steady=True,
        )


def _sunset(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((250, 176, 110))
    pen.shape(box(-10, -10, 138, 36), (236, 126, 128), line=0.0, steady=True)
    pen.shape(oval(pen.between(30, 98), 84, 26, 26), (255, 226, 120), line=0.0, steady=True)
    pen.shape(box(-10, 88, 138, 140), (150, 82, 120), line=0.0, steady=True)


def _forest(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((186, 222, 168))
    for x in (6, 34, 94, 122):
        x += pen.between(-5, 5)
        pen.shape(box(x - 6, 20, x + 6, 112), (122, 88, 64), line=0.0, steady=True)
    for x, y in ((2, 16), (34, 8), (66, 12), (98, 8), (126, 16)):
        pen.shape(oval(x, y + pen.between(-4, 4), 24, 26), (66, 132, 78), line=0.7, steady=True)
    pen.shape(box(-10, 104, 138, 140), (96, 150, 80), line=0.7, steady=True)


def _beach(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet(SKY)
    pen.shape(box(-10, 62, 138, 100), (64, 146, 204), line=0.7, steady=True)
    pen.shape(
        polygon([(-10, 92), (50, 96), (138, 88), (138, 140), (-10, 140)]),
        (248, 222, 160),
        line=0.7,
        steady=True,
    )


def _city(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((206, 220, 236))
    x = -4.0
    while x < 128:
        width, top = pen.between(22, 32), pen.between(18, 60)
        wall: RGB = (142, 150, 176) if pen.chance(0.5) else (176, 160, 168)
        pen.shape(box(x, top, x + width, 134), wall, line=0.7, steady=True)
        for row in range(3):
            for column in (0.3, 0.7):
                y = top + 9 + row * 15
                pen.shape(
                    box(x + column * width - 3, y, x + column * width + 3, y + 7),
                    (252, 236, 160),
                    line=0.0,
                    steady=True,
                )
        x += width
    pen.shape(box(-10, 112, 138, 140), (120, 120, 132), line=0.7, steady=True)


def _grass(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((208, 234, 250))
    pen.shape(
        polygon([(-10, 84), (40, 80), (90, 82), (138, 80), (138, 140), (-10, 140)]),
        GRASS,
        line=0.7,
        steady=True,
    )
    for _ in range(6):
        x, y = pen.between(6, 122), pen.between(94, 124)
        pen.stroke(curve([(x - 4, y - 5), (x, y), (x + 4, y - 6)]), colour=(70, 130, 60), width=0.8)


def _indoors(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((242, 220, 188))
    pen.shape(box(-10, 100, 138, 140), (170, 116, 84), line=0.8, steady=True)
    x = 2 if pen.chance(0.5) else 86
    pen.shape(box(x, 14, x + 38, 60), (176, 220, 250), line=1.0, steady=True)
    pen.stroke(curve([(x + 19, 14), (x + 19, 60)]))
    pen.stroke(curve([(x, 37), (x + 38, 37)]))


def _mountains(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((204, 226, 244))
    for x, top, half in ((24, 30, 50), (104, 22, 56)):
        x += pen.between(-8, 8)
        pen.shape(
            polygon([(x - half, 110), (x, top), (x + half, 110)]),
            (122, 132, 164),
            line=0.8,
            steady=True,
        )
        snow = [(x - half * 0.3, top + 26), (x, top), (x + half * 0.3, top + 26), (x, top + 20)]
        pen.shape(polygon(snow), (255, 255, 255), line=0.0, steady=True)
    pen.shape(box(-10, 104, 138, 140), (132, 172, 112), line=0.8, steady=True)


def _snow(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((170, 190, 214))
    pen.shape(
        blob([(-20, 140), (-16, 94), (40, 86), (90, 92), (148, 88), (150, 140)]),
        (252, 252, 255),
        line=0.7,
        steady=True,
    )
    for _ in range(14):
        pen.shape(
            oval(pen.between(4, 124), pen.between(4, 84), 2.4, 2.4),
            (255, 255, 255),
            line=0.0,
            steady=True,
        )


def _underwater(pen: Pen, wish: Wish) -> None:
    pen.fill_sheet((92, 172, 214))
    pen.shape(
        blob([(-20, 140), (-16, 112), (40, 106), (90, 112), (148, 106), (150, 140)]),
        (228, 206, 150),
        line=0.7,
        steady=True,
    )
    for x in (10, 22, 112):
        x += pen.between(-4, 4)
        weed = [(x, 118), (x + 4, 100), (x - 4, 84), (x + 3, 66)]
        pen.stroke(curve(weed), colour=(50, 130, 90), width=2.0)
    for _ in range(5):
        r = pen.between(2.5, 4.5)
        pen.shape(
            oval(pen.between(8, 120), pen.between(8, 60), r, r),
            (214, 240, 252),
            line=0.5,
            steady=True,
        )


PAINTERS: Final[dict[str, Callable[[Pen, Wish], None]]] = {
    "simple background": _simple,
    "blue sky": _blue_sky,
    "night sky": _night_sky,
    "sunset": _sunset,
    "forest": _forest,
    "beach": _beach,
    "city": _city,
    "grass": _grass,
    "indoors": _indoors,
    "mountains": _mountains,
    "snow": _snow,
    "underwater": _underwater,
}


def draw_background(pen: Pen, wish: Wish) -> None:
    """Draw the place; a white background is the paper itself."""
    painter = PAINTERS.get(wish.place)
    if painter is not None:
        painter(pen, wish)
    if wish.place not in {"white background", "simple background"}:
        return
    if (
        wish.subject not in {"landscape", "boat", "still life"}
        and not wish.has("portrait")
        and pen.look.detail > 0.5
    ):
        pen.shape(oval(64, 119, 38, 5), (206, 204, 212), line=0.0, steady=True)
