"""Draw heads: hair, eyes, mouths, muzzles and what is worn on them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.builtin.paths import Path, Point, blob, curve, oval, polygon, scaled
from engine.builtin.pen import Pen
from engine.builtin.vocabulary import COLOURS, RGB
from engine.builtin.wish import Wish

WHITE: RGB = (255, 255, 255)
DARK: RGB = (40, 34, 44)


def _at(corners: Sequence[Point], x: float, y: float, r: float) -> Path:
    return scaled(blob(corners), x, y, r)


def _mirrored(corners: Sequence[Point]) -> list[Point]:
    return [(-x, y) for x, y in corners]


LONG = [
    (-1.05, -0.7),
    (0, -1.3),
    (1.05, -0.7),
    (1.32, 0.6),
    (1.42, 1.9),
    (0.7, 2.1),
    (-0.7, 2.1),
    (-1.42, 1.9),
    (-1.32, 0.6),
]
SHORT = [
    (-0.95, -0.7),
    (0, -1.22),
    (0.95, -0.7),
    (1.18, 0.15),
    (0.95, 0.75),
    (0, 0.85),
    (-0.95, 0.75),
    (-1.18, 0.15),
]
PONYTAIL = [(0.5, -1.0), (1.35, -1.1), (1.95, -0.2), (1.75, 1.5), (1.25, 0.7), (1.0, -0.2)]
TWINTAIL = [(0.85, -0.75), (1.6, -0.85), (2.0, 0.3), (1.7, 1.7), (1.25, 0.7), (1.0, 0.0)]
BOY = [
    (-0.9, -0.75),
    (-0.45, -1.28),
    (0.1, -1.15),
    (0.55, -1.3),
    (0.95, -0.7),
    (1.1, 0.1),
    (0, 0.4),
    (-1.1, 0.1),
]
FACE = [
    (-0.62, -0.78),
    (0, -1.0),
    (0.62, -0.78),
    (0.92, 0.0),
    (0.66, 0.66),
    (0, 1.0),
    (-0.66, 0.66),
    (-0.92, 0.0),
]
FURRY = [
    (-0.6, -0.8),
    (0, -0.98),
    (0.6, -0.8),
    (0.95, -0.1),
    (1.22, 0.42),
    (0.72, 0.72),
    (0, 0.95),
    (-0.72, 0.72),
    (-1.22, 0.42),
    (-0.95, -0.1),
]


def draw_back_hair(pen: Pen, wish: Wish, x: float, y: float, r: float) -> None:
    """Draw the hair that lies behind body and head."""
    if wish.colour_name("hair") is None:
        return
    hair = wish.colour("hair")
    style = wish.one_of(("short hair", "long hair", "ponytail", "twintails")) or "short hair"
    if style == "long hair":
        pen.shape(_at(LONG, x, y, r), hair, shade=True)
    elif style == "ponytail":
        pen.shape(_at(PONYTAIL, x, y, r), hair, shade=True)
    elif style == "twintails":
        pen.shape(_at(TWINTAIL, x, y, r), hair, shade=True)
        pen.shape(_at(_mirrored(TWINTAIL), x, y, r), hair, shade=True)
    if style != "long hair":
        pen.shape(_at(BOY if wish.has("1boy") else SHORT, x, y, r), hair)


def _front_hair(pen: Pen, wish: Wish, x: float, y: float, r: float) -> None:
    hair = wish.colour("hair")
    side = 0.3 if wish.has("1boy") else 0.62
    fringe = [
        (1.04, side),
        (0.8, -0.16),
        (0.5, -0.36),
        (0.3, -0.08),
        (-0.05, -0.4),
        (-0.35, -0.12),
        (-0.6, -0.38),
        (-0.8, -0.1),
    ]
    top = [(-1.04, side), (-1.08, -0.45), (-0.7, -1.05), (0, -1.27), (0.7, -1.05), (1.08, -0.45)]
    pen.shape(scaled(polygon([*top, *fringe]), x, y, r), hair, shade=True)
    if pen.look.detail > 0.5:
        for start in (-0.35, 0.3):
            strand = curve([(start, -1.05), (start * 1.35, -0.7), (start * 1.3, -0.45)])
            pen.stroke(scaled(strand, x, y, r), width=0.6)


def _turn(pen: Pen, wish: Wish) -> float:
    return 0.24 * (1 if pen.chance(0.5) else -1) if wish.has("looking to the side") else 0.0


def _eye(pen: Pen, wish: Wish, x: float, y: float, r: float, *, look: float) -> None:
    size = r * pen.look.eyes
    if wish.has("closed eyes"):
        lid = [(x - 0.27 * size, y), (x, y + 0.2 * size), (x + 0.27 * size, y)]
        pen.stroke(curve(lid), width=1.25)
        return
    iris = wish.colour("eyes", "brown")
    rx, ry = min(max(3.0, 0.25 * size), 0.33 * r), max(4.0, 0.34 * size)
    pen.shape(oval(x, y, rx, ry), iris, line=0.8)
    pen.dot(oval(x + look * rx, y + 0.1 * ry, rx * 0.4, ry * 0.42), DARK)
    if size > 21:
        pen.dot(oval(x + look * rx + rx * 0.3, y - ry * 0.4, rx * 0.32, ry * 0.26), WHITE)
    if wish.has("1girl"):
        lash = [(x - rx * 1.1, y - ry * 0.6), (x, y - ry * 1.1), (x + rx * 1.1, y - ry * 0.6)]
        pen.stroke(curve(lash), width=1.4)


def _brows(pen: Pen, x: float, y: float, r: float) -> None:
    """Draw drawn-together brows, over the fringe as comics do, or nobody would see them."""
    for side in (-1, 1):
        inner, outer = (x + side * 0.14 * r, y + 0.12 * r), (x + side * 0.62 * r, y - 0.14 * r)
        pen.stroke(curve([inner, outer]), width=1.3)


def _mouth(pen: Pen, wish: Wish, x: float, y: float, r: float) -> None:
    half = max(4.0, 0.32 * r)
    if wish.has("open mouth"):
        pen.shape(oval(x, y, half * 0.7, half * 0.62), (196, 56, 66), line=0.9)
        return
    if not (wish.has("smile") or wish.has("frown")):
        pen.stroke(curve([(x - half * 0.4, y), (x + half * 0.4, y)]))
        return
    bend = half * (0.8 if wish.has("smile") else -0.75)
    line = [(x - half, y - bend * 0.5), (x, y + bend * 0.5), (x + half, y - bend * 0.5)]
    pen.stroke(curve(line), width=1.2)


def _blush(pen: Pen, x: float, y: float, r: float) -> None:
    for side in (-1, 1):
        pen.dot(oval(x + side * 0.62 * r, y + 0.5 * r, 0.24 * r, 0.15 * r), (246, 122, 126))


def _features(pen: Pen, wish: Wish, x: float, y: float, r: float, *, mouth: float) -> float:
    """Draw what is in a face; return its middle, which is where the face looks to."""
    pen.note_face(x, y, r)
    turn = _turn(pen, wish)
    middle = x + turn * r
    if wish.has("blush"):
        _blush(pen, middle, y, r)
    for side in (-1, 1):
        _eye(pen, wish, middle + side * 0.4 * r, y + 0.17 * r, r, look=turn * 1.2)
    _mouth(pen, wish, middle, y + mouth * r, r)
    if wish.has("glasses"):
        _glasses(pen, middle, y + 0.17 * r, r)
    return middle


def _glasses(pen: Pen, x: float, y: float, r: float) -> None:
    for side in (-1, 1):
        ring = oval(x + side * 0.42 * r, y, 0.38 * r, 0.42 * r)
        pen.stroke(_closed(ring), colour=(70, 40, 60), width=1.1)
    pen.stroke(curve([(x - 0.08 * r, y), (x + 0.08 * r, y)]), colour=(70, 40, 60), width=1.1)


def _closed(path: Path) -> Path:
    return path[[*range(len(path)), 0]]


def draw_face(pen: Pen, wish: Wish, x: float, y: float, r: float, *, skin: RGB) -> None:
    """Draw a human head over the body."""
    pen.shape(_at(FACE, x, y, r), skin, shade=True)
    middle = _features(pen, wish, x, y, r, mouth=0.68)
    if wish.colour_name("hair"):
        _front_hair(pen, wish, x, y, r)
    if wish.has("frown"):
        _brows(pen, middle, y - 0.24 * r, r)


def draw_muzzle_face(pen: Pen, wish: Wish, x: float, y: float, r: float, *, skin: RGB) -> None:
    """Draw an animal's head with a muzzle and pointed ears."""
    pale = tuple(round(0.4 * part + 0.6 * 255) for part in skin)
    for side in (-1, 1):
        ear = [(side * 0.28, -0.78), (side * 0.78, -1.62), (side * 0.92, -0.4)]
        inner = [(side * 0.48, -0.82), (side * 0.74, -1.32), (side * 0.8, -0.62)]
        pen.shape(scaled(polygon(ear), x, y, r), skin, shade=True)
        pen.dot(scaled(polygon(inner), x, y, r), COLOURS["pink"])
    pen.shape(_at(FURRY, x, y, r), skin, shade=True)
    pen.shape(oval(x, y + 0.6 * r, 0.48 * r, 0.34 * r), (pale[0], pale[1], pale[2]), line=0.6)
    _features(pen, wish, x, y - 0.18 * r, r, mouth=0.95)
    pen.shape(oval(x, y + 0.42 * r, max(2.4, 0.17 * r), max(1.8, 0.12 * r)), DARK, line=0.5)
    if wish.colour_name("hair"):
        tuft = [
            (-0.6, -0.75),
            (-0.3, -1.3),
            (0.1, -1.1),
            (0.45, -1.28),
            (0.6, -0.7),
            (0.25, -0.4),
            (0.05, -0.62),
            (-0.3, -0.35),
        ]
        pen.shape(_at(tuft, x, y, r), wish.colour("hair"), shade=True)


def draw_headwear(pen: Pen, wish: Wish, x: float, y: float, r: float) -> None:
    """Draw a hat with a brim."""
    if wish.colour_name("hat") is None:
        return
    hat = wish.colour("hat")
    crown = [
        (-0.78, -0.55),
        (-0.7, -1.25),
        (-0.4, -1.62),
        (0.4, -1.62),
        (0.7, -1.25),
        (0.78, -0.55),
    ]
    pen.shape(scaled(polygon(crown), x, y, r), hat, shade=True)
    pen.shape(oval(x, y - 0.58 * r, 1.3 * r, 0.24 * r), hat, shade=True)
