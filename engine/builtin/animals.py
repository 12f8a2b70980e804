"""Draw ponies, cats, dogs, birds and fish."""

from __future__ import annotations

from engine.builtin.paths import blob, curve, oval, polygon, tube
from engine.builtin.pen import Pen
from engine.builtin.vocabulary import COLOURS, RGB
from engine.builtin.wish import Wish

WHITE: RGB = (255, 255, 255)
DARK: RGB = (40, 34, 44)


def _pale(colour: RGB, share: float = 0.5) -> RGB:
    red, green, blue = (round(part + (255 - part) * share) for part in colour)
    return red, green, blue


def _place(pen: Pen, wish: Wish) -> None:
    near = wish.has("portrait")
    pen.frame(
        scale=1.62 if near else pen.between(0.95, 1.08),
        x=36 if near else pen.between(-3, 3),
        y=22 if near else pen.between(-2, 2),
        flip=pen.chance(0.5),
    )


def draw_pony(pen: Pen, wish: Wish) -> None:
    """Draw a pony from the side, its large head turned a little to the viewer."""
    _place(pen, wish)
    fur, mane = wish.colour("fur", "pink"), wish.colour("mane", "purple")
    if wish.has("tail") or not wish.has("portrait"):
        pen.shape(
            blob([(88, 68), (104, 56), (119, 72), (113, 108), (102, 112), (103, 86), (92, 80)]),
            mane,
            shade=True,
        )
    for x in (56, 92):
        pen.shape(tube([(x, 84), (x + 1, 100), (x, 116)], 12, 13), _pale(fur, -0.14), shade=False)
    pen.shape(
        blob([(46, 72), (66, 62), (94, 66), (99, 84), (86, 96), (60, 97), (46, 90)]),
        fur,
        shade=True,
    )
    for x in (64, 84):
        pen.shape(tube([(x, 86), (x, 102), (x - 1, 118)], 13, 14), fur, shade=True)
    if wish.has("wings"):
        pen.shape(
            blob([(62, 78), (68, 52), (92, 44), (106, 50), (96, 62), (88, 74), (74, 82)]),
            _pale(fur),
            shade=True,
        )
    _pony_head(pen, wish, fur, mane)


def _pony_head(pen: Pen, wish: Wish, fur: RGB, mane: RGB) -> None:
    pen.shape(
        blob([(40, 14), (60, 12), (74, 30), (76, 58), (70, 80), (60, 72), (58, 40)]),
        mane,
        shade=True,
    )
    pen.shape(polygon([(48, 26), (57, 6), (63, 28)]), fur, shade=True)
    pen.shape(
        blob(
            [
                (24, 34),
                (38, 20),
                (56, 24),
                (63, 42),
                (55, 60),
                (40, 65),
                (25, 63),
                (17, 56),
                (20, 48),
            ]
        ),
        fur,
        shade=True,
    )
    if wish.has("horn"):
        pen.shape(polygon([(31, 26), (28, 2), (40, 22)]), (252, 236, 170))
    pen.note_face(40, 45, 22)
    rx, ry = 7.2 * pen.look.eyes, 9.2 * pen.look.eyes
    pen.shape(oval(42, 43, rx, ry), wish.colour("eyes", "blue"), line=0.8)
    pen.dot(oval(41, 44, rx * 0.4, ry * 0.45), DARK)
    pen.dot(oval(44, 39.6, rx * 0.32, ry * 0.26), WHITE)
    if wish.has("frown"):
        pen.stroke(curve([(30, 39), (48, 29)]), width=1.3)
    bend = 5.0 if wish.has("smile") else -5.0 if wish.has("frown") else 0.0
    pen.stroke(curve([(20, 58 - bend * 0.4), (27, 58 + bend * 0.5), (35, 58 - bend * 0.5)]))
    pen.dot(oval(19.5, 51, 1.5, 1.7), DARK)
    pen.shape(
        blob([(30, 24), (38, 10), (54, 12), (60, 26), (52, 30), (44, 28), (38, 36), (32, 34)]),
        mane,
        shade=True,
    )


def draw_cat(pen: Pen, wish: Wish) -> None:
    """Draw a cat that sits and looks at the viewer."""
    pen.frame(scale=pen.between(0.98, 1.1), x=pen.between(-5, 5), y=1, flip=pen.chance(0.5))
    fur = wish.colour("fur", "orange")
    pen.shape(tube([(88, 110), (108, 104), (112, 82), (102, 70)], 12, 8), fur, shade=True)
    pen.shape(
        blob([(48, 66), (64, 60), (80, 66), (94, 98), (86, 118), (42, 118), (34, 98)]),
        fur,
        shade=True,
    )
    pen.shape(
        blob([(54, 78), (64, 74), (74, 78), (72, 96), (64, 102), (56, 96)]),
        _pale(fur, 0.6),
        line=0.0,
    )
    for x in (53, 75):
        pen.shape(oval(x, 115, 9, 6), fur)
    for side in (-1, 1):
        x = 64 + side * 20
        pen.shape(polygon([(x - 11, 28), (x + side * 7, 6), (x + 9, 34)]), fur, shade=True)
        pen.dot(polygon([(x - 5, 27), (x + side * 5, 13), (x + 5, 30)]), COLOURS["pink"])
    pen.shape(
        blob([(38, 30), (64, 22), (90, 30), (100, 52), (84, 70), (64, 74), (44, 70), (28, 52)]),
        fur,
        shade=True,
    )
    _snout(pen, 64, 46, whiskers=True)


def _snout(pen: Pen, x: float, y: float, *, whiskers: bool) -> None:
    for side in (-1, 1):
        rx, ry = 5.2 * pen.look.eyes, 7.0 * pen.look.eyes
        pen.shape(oval(x + side * 16, y, rx, ry), COLOURS["yellow"], line=0.8)
        pen.dot(oval(x + side * 16, y, 2.4 if whiskers else rx * 0.7, ry * 0.72), DARK)
        mouth = [(x, y + 15), (x + side * 5, y + 19), (x + side * 9, y + 15)]
        pen.stroke(curve(mouth))
        if whiskers:
            for rise in (-3, 4):
                pen.stroke(
                    curve([(x + side * 22, y + 12 + rise / 2), (x + side * 42, y + 11 + rise * 2)]),
                    width=0.6,
                )
    pen.shape(oval(x, y + 11, 4.2, 3.2), COLOURS["pink"] if whiskers else DARK, line=0.5)


def draw_dog(pen: Pen, wish: Wish) -> None:
    """Draw a dog that sits, its ears hanging and its tongue out."""
    pen.frame(scale=pen.between(0.98, 1.1), x=pen.between(-5, 5), y=1, flip=pen.chance(0.5))
    fur = wish.colour("fur", "brown")
    pen.shape(tube([(86, 104), (104, 92), (114, 74)], 10, 6), fur, shade=True)
    pen.shape(
        blob([(46, 66), (64, 60), (82, 66), (90, 98), (84, 118), (44, 118), (38, 98)]),
        fur,
        shade=True,
    )
    for x in (53, 75):
        pen.shape(tube([(x, 88), (x, 102), (x, 116)], 12, 13), fur, shade=True)
    pen.shape(
        blob([(40, 24), (64, 16), (88, 24), (94, 48), (82, 66), (64, 72), (46, 66), (34, 48)]),
        fur,
        shade=True,
    )
    pen.shape(oval(64, 58, 17, 13), _pale(fur, 0.6), line=0.6)
    pen.shape(blob([(58, 64), (70, 64), (70, 78), (64, 82), (58, 78)]), (236, 104, 118), line=0.7)
    for side in (-1, 1):
        ear = [
            (64 + side * 22, 20),
            (64 + side * 36, 26),
            (64 + side * 42, 54),
            (64 + side * 34, 66),
            (64 + side * 28, 44),
        ]
        pen.shape(blob(ear), _pale(fur, -0.3), shade=True)
    _snout(pen, 64, 41, whiskers=False)


def draw_bird(pen: Pen, wish: Wish) -> None:
    """Draw a round bird on a twig."""
    pen.frame(
        scale=pen.between(0.95, 1.1),
        x=pen.between(-4, 4),
        y=pen.between(-3, 2),
        flip=pen.chance(0.5),
    )
    feathers = wish.colour("feathers", "blue")
    pen.shape(tube([(2, 112), (60, 106), (128, 110)], 7, 6), COLOURS["brown"])
    pen.shape(polygon([(88, 78), (124, 84), (120, 98), (84, 94)]), feathers, shade=True)
    for x in (58, 72):
        pen.stroke(curve([(x, 94), (x, 108)]), colour=COLOURS["orange"], width=1.3)
    pen.shape(polygon([(26, 40), (6, 50), (28, 56)]), COLOURS["orange"])
    pen.shape(
        blob([(26, 36), (44, 20), (64, 28), (84, 54), (98, 82), (76, 98), (48, 96), (30, 74)]),
        feathers,
        shade=True,
    )
    pen.shape(
        blob([(30, 66), (42, 60), (58, 74), (62, 92), (48, 95), (34, 80)]),
        _pale(feathers, 0.65),
        line=0.0,
    )
    pen.shape(
        blob([(58, 56), (78, 58), (98, 84), (82, 88), (66, 80)]), _pale(feathers, -0.22), shade=True
    )
    pen.dot(oval(40, 42, 5.4 * pen.look.eyes, 6 * pen.look.eyes), WHITE)
    pen.dot(oval(39, 43, 3.2 * pen.look.eyes, 3.8 * pen.look.eyes), DARK)


def draw_fish(pen: Pen, wish: Wish) -> None:
    """Draw a fish from the side."""
    pen.frame(
        scale=pen.between(0.95, 1.12),
        x=pen.between(-4, 4),
        y=pen.between(-8, 8),
        flip=pen.chance(0.5),
    )
    scales = wish.colour("scales", "orange")
    pen.shape(
        polygon([(86, 64), (116, 38), (110, 64), (118, 92)]), _pale(scales, -0.15), shade=True
    )
    pen.shape(blob([(46, 42), (62, 20), (82, 28), (78, 46)]), _pale(scales, -0.15))
    pen.shape(
        blob([(8, 66), (28, 44), (56, 38), (84, 52), (96, 64), (84, 78), (56, 92), (28, 86)]),
        scales,
        shade=True,
    )
    pen.shape(polygon([(56, 66), (76, 60), (74, 78)]), _pale(scales, 0.4))
    pen.stroke(curve([(42, 50), (47, 64), (42, 80)]))
    pen.shape(oval(27, 60, 6 * pen.look.eyes, 6.4 * pen.look.eyes), WHITE, line=0.8)
    pen.dot(oval(26, 61, 3.2 * pen.look.eyes, 3.6 * pen.look.eyes), DARK)
    pen.stroke(curve([(10, 72), (18, 75), (24, 72)]))
