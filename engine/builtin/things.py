"""Draw houses, trees, flowers, still lifes, landscapes, boats and mushrooms."""

from __future__ import annotations

from engine.builtin.paths import blob, box, curve, oval, polygon, tube
from engine.builtin.pen import Pen
from engine.builtin.vocabulary import COLOURS, RGB
from engine.builtin.wish import Wish

CREAM: RGB = (250, 236, 206)
LEAF: RGB = (84, 156, 84)


def draw_house(pen: Pen, wish: Wish) -> None:
    """Draw a house with a door, two windows and a chimney."""
    pen.frame(
        scale=pen.between(0.95, 1.08),
        x=pen.between(-4, 4),
        y=pen.between(-2, 4),
        flip=pen.chance(0.5),
    )
    pen.shape(box(84, 18, 96, 48), COLOURS["brown"], shade=True)
    pen.shape(box(26, 56, 102, 114), CREAM, shade=True)
    pen.shape(polygon([(14, 60), (64, 14), (114, 60)]), wish.colour("roof", "red"), shade=True)
    pen.shape(box(54, 80, 74, 114), COLOURS["brown"])
    pen.dot(oval(70, 98, 1.8, 1.8), COLOURS["yellow"])
    for x in (40, 88):
        pen.shape(box(x - 8, 68, x + 8, 84), (168, 214, 246))
        if pen.look.detail > 0.4:
            pen.stroke(curve([(x, 68), (x, 84)]), width=0.7)
            pen.stroke(curve([(x - 8, 76), (x + 8, 76)]), width=0.7)


def draw_tree(pen: Pen, wish: Wish) -> None:
    """Draw one broad tree."""
    pen.frame(
        scale=pen.between(0.95, 1.08),
        x=pen.between(-6, 6),
        y=pen.between(-2, 4),
        flip=pen.chance(0.5),
    )
    leaves = wish.colour("leaves", "green")
    pen.shape(
        polygon([(54, 66), (74, 66), (76, 106), (84, 120), (44, 120), (52, 106)]),
        COLOURS["brown"],
        shade=True,
    )
    crown = [
        (20, 58),
        (16, 40),
        (32, 20),
        (56, 8),
        (82, 12),
        (104, 28),
        (112, 52),
        (100, 72),
        (74, 78),
        (40, 76),
    ]
    pen.shape(blob(crown), leaves, shade=True)
    if pen.look.detail > 0.3:
        for x, y in ((42, 36), (70, 30), (56, 56), (88, 50)):
            pen.stroke(curve([(x - 7, y + 3), (x, y - 3), (x + 7, y + 3)]), width=0.8)


def draw_flower(pen: Pen, wish: Wish) -> None:
    """Draw one large flower with two leaves."""
    pen.frame(
        scale=pen.between(0.95, 1.08),
        x=pen.between(-6, 6),
        y=pen.between(-2, 3),
        flip=pen.chance(0.5),
    )
    petals = wish.colour("petals", "pink")
    pen.shape(tube([(64, 56), (66, 90), (62, 124)], 6, 7), LEAF)
    pen.shape(blob([(64, 100), (80, 82), (100, 80), (92, 98), (66, 108)]), LEAF, shade=True)
    pen.shape(blob([(62, 110), (44, 94), (26, 94), (36, 112), (60, 116)]), LEAF, shade=True)
    for dx, dy in ((0, -24), (23, -8), (14, 19), (-14, 19), (-23, -8)):
        pen.shape(oval(64 + dx, 44 + dy, 16, 16), petals, shade=True)
    pen.shape(oval(64, 44, 11, 11), COLOURS["brown" if petals == COLOURS["yellow"] else "yellow"])


def draw_still_life(pen: Pen, wish: Wish) -> None:
    """Draw a cup, an apple and a bottle on a table."""
    pen.frame(x=pen.between(-3, 3), flip=pen.chance(0.5))
    pen.shape(box(-10, 92, 138, 140), (206, 160, 112), steady=True)
    bottle = [(82, 44), (82, 20), (94, 20), (94, 44), (104, 58), (104, 108), (72, 108), (72, 58)]
    pen.shape(polygon(bottle), COLOURS["green"], shade=True)
    pen.shape(box(74, 70, 102, 90), CREAM)
    cup = wish.colour("cup", "blue")
    pen.stroke(curve([(20, 76), (6, 80), (10, 98), (24, 100)]), width=2.0)
    pen.shape(polygon([(18, 66), (62, 66), (57, 112), (23, 112)]), cup, shade=True)
    pen.shape(oval(40, 66, 22, 6), (112, 70, 48))
    pen.shape(
        blob([(66, 92), (80, 86), (96, 92), (98, 110), (82, 120), (64, 110)]),
        COLOURS["red"],
        shade=True,
    )
    pen.stroke(curve([(81, 90), (82, 82), (86, 78)]))


def draw_landscape(pen: Pen, wish: Wish) -> None:
    """Draw hills, a field with a river, and some trees far away."""
    pen.frame(flip=pen.chance(0.5))
    field = wish.colour("field", "green")
    far = (118, 150, 132)
    pen.shape(
        blob([(-30, 140), (-20, 72), (20, 58), (64, 74), (104, 54), (150, 70), (160, 140)]),
        far,
        shade=True,
        steady=True,
    )
    pen.shape(
        blob([(-30, 150), (-24, 92), (30, 80), (84, 90), (150, 82), (160, 150)]),
        field,
        shade=True,
        steady=True,
    )
    river = [(70, 86), (78, 86), (70, 100), (96, 114), (90, 134), (52, 134), (68, 114), (56, 100)]
    pen.shape(polygon(river), (116, 182, 236))
    for x, y in ((24, 82), (40, 90), (108, 84)):
        pen.shape(box(x - 2, y, x + 2, y + 12), COLOURS["brown"])
        pen.shape(oval(x, y - 4, 10, 11), LEAF, shade=True)


def draw_boat(pen: Pen, wish: Wish) -> None:
    """Draw a sailing boat on the water."""
    pen.frame(scale=pen.between(0.95, 1.06), x=pen.between(-4, 4), flip=pen.chance(0.5))
    pen.shape(box(62, 12, 67, 92), COLOURS["brown"])
    pen.shape(polygon([(70, 14), (112, 78), (70, 82)]), wish.colour("sail", "red"), shade=True)
    pen.shape(polygon([(58, 24), (58, 80), (28, 78)]), CREAM, shade=True)
    pen.shape(polygon([(14, 88), (116, 88), (98, 112), (32, 112)]), COLOURS["brown"], shade=True)
    pen.shape(
        polygon([(-30, 108), (20, 105), (64, 110), (108, 105), (160, 108), (160, 150), (-30, 150)]),
        (78, 150, 214),
        steady=True,
    )


def draw_mushroom(pen: Pen, wish: Wish) -> None:
    """Draw a mushroom with pale spots."""
    pen.frame(
        scale=pen.between(0.95, 1.08),
        x=pen.between(-5, 5),
        y=pen.between(-2, 4),
        flip=pen.chance(0.5),
    )
    pen.shape(
        blob([(50, 60), (78, 60), (80, 100), (88, 116), (64, 120), (40, 116), (48, 100)]),
        CREAM,
        shade=True,
    )
    cap = [
        (12, 62),
        (22, 34),
        (46, 14),
        (82, 14),
        (106, 34),
        (116, 62),
        (96, 72),
        (64, 68),
        (32, 72),
    ]
    pen.shape(blob(cap), wish.colour("cap", "red"), shade=True)
    for x, y, r in ((40, 42, 8), (66, 30, 8), (90, 46, 8), (62, 54, 6)):
        pen.shape(oval(x, y, r, r * 0.85), (252, 248, 240), line=0.6)
