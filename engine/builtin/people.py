"""Draw people and furry characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.builtin.faces import draw_back_hair, draw_face, draw_headwear, draw_muzzle_face
from engine.builtin.paths import blob, box, curve, oval, polygon, tube
from engine.builtin.pen import Pen
from engine.builtin.vocabulary import COLOURS, GARMENTS, RGB, SKIN
from engine.builtin.wish import Wish


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions in pixels; `top` and `half` are the shoulders, `x` is the middle."""

    head_y: float
    head_r: float
    top: float
    half: float
    torso: float
    leg: float
    limb: float
    x: float = 64.0

    @property
    def hip(self) -> float:
        """Where the legs begin."""
        return self.top + self.torso


BUILDS: Final[dict[str, Build]] = {
    "portrait": Build(head_y=58, head_r=34, top=92, half=40, torso=70, leg=40, limb=24),
    "upper body": Build(head_y=42, head_r=25, top=66, half=25, torso=62, leg=40, limb=17),
    "full body": Build(head_y=31, head_r=20, top=49, half=13, torso=33, leg=35, limb=10),
    "chibi": Build(head_y=44, head_r=32, top=73, half=14, torso=24, leg=20, limb=11),
}


def _build(pen: Pen, wish: Wish) -> Build:
    plain = BUILDS[wish.one_of(BUILDS) or "full body"]
    wide = 1.12 if wish.has("1boy") else 1.0
    return Build(
        head_y=plain.head_y,
        head_r=plain.head_r * pen.look.head,
        top=plain.top,
        half=plain.half * wide,
        torso=plain.torso,
        leg=plain.leg,
        limb=plain.limb,
        x=64 + pen.between(-4, 4),
    )


def _arm(pen: Pen, b: Build, side: float, *, raised: bool, sleeve: RGB, hand: RGB) -> None:
    shoulder = (b.x + side * b.half * 0.86, b.top + b.limb * 0.55)
    if raised:
        reach = max(b.half * 1.25, b.head_r * 0.75)
        elbow = (b.x + side * (b.half + reach * 0.55), b.top + b.limb * 0.2)
        wrist = (b.x + side * (b.half + reach * 0.75), b.top - b.head_r * 0.95)
    else:
        elbow = (b.x + side * b.half * 1.25, b.top + b.torso * 0.5)
        wrist = (b.x + side * b.half * 1.3, b.top + b.torso * 0.98)
    pen.shape(oval(*wrist, b.limb * 0.52, b.limb * 0.58), hand)
    pen.shape(tube([shoulder, elbow, wrist], b.limb * 1.05, b.limb * 0.95), sleeve, shade=True)


def _legs(pen: Pen, b: Build, colour: RGB, shoe: RGB) -> None:
    foot = b.hip + b.leg
    for side in (-1, 1):
        x = b.x + side * b.half * 0.48
        pen.shape(
            tube([(x, b.hip - 5), (x, b.hip + b.leg / 2), (x, foot)], b.limb * 1.15, b.limb),
            colour,
            shade=True,
        )
        pen.shape(oval(x + side * b.limb * 0.3, foot, b.limb * 0.85, b.limb * 0.45), shoe)


def _torso(b: Build, low: float, flare: float) -> np.ndarray:
    bottom, wide, waist = b.top + low, b.half * flare, b.half * 0.78
    middle = b.top + min(low, b.torso) * 0.6
    corners = [
        (b.x - b.half, b.top + b.limb * 0.3),
        (b.x - b.half * 0.4, b.top - 1),
        (b.x + b.half * 0.4, b.top - 1),
        (b.x + b.half, b.top + b.limb * 0.3),
        (b.x + waist, middle),
        (b.x + wide, bottom),
        (b.x - wide, bottom),
        (b.x - waist, middle),
    ]
    return polygon(corners)


def _skirt(b: Build, low: float) -> np.ndarray:
    waist, hem = b.top + b.torso * 0.72, b.hip + low
    return polygon(
        [
            (b.x - b.half * 0.8, waist),
            (b.x + b.half * 0.8, waist),
            (b.x + b.half * 1.45, hem),
            (b.x - b.half * 1.45, hem),
        ]
    )


def _clothe(pen: Pen, wish: Wish, b: Build, garment: str, colour: RGB) -> None:
    if garment == "dress":
        pen.shape(_torso(b, b.torso + b.leg * 0.5, 1.7), colour, shade=True)
        pen.shape(
            box(
                b.x - b.half * 0.8,
                b.top + b.torso * 0.55,
                b.x + b.half * 0.8,
                b.top + b.torso * 0.67,
            ),
            (250, 248, 244),
        )
    elif garment == "coat":
        low = b.torso + b.leg * 0.45
        pen.shape(_torso(b, low, 1.3), colour, shade=True)
        pen.stroke(
            np.asarray(curve([(b.x, b.top + 2), (b.x + 0.5, b.top + low / 2), (b.x, b.top + low)]))
        )
        for side in (-1, 1):
            lapel = [
                (b.x, b.top + b.torso * 0.4),
                (b.x + side * b.half * 0.5, b.top - 1),
                (b.x + side * 1, b.top - 1),
            ]
            pen.shape(polygon(lapel), COLOURS["white"])
    else:
        if wish.has("portrait") or wish.has("upper body"):
            pen.shape(_torso(b, b.torso, 1.0), colour, shade=True)
        elif wish.colour_name("skirt"):
            pen.shape(_skirt(b, b.leg * 0.25), wish.colour("skirt"), shade=True)
            pen.shape(_torso(b, b.torso * 0.8, 0.82), colour, shade=True)
        else:
            pen.shape(_torso(b, b.torso, 0.95), colour, shade=True)
        _neckline(pen, b, garment)


def _neckline(pen: Pen, b: Build, garment: str) -> None:
    if garment == "shirt":
        for side in (-1, 1):
            collar = [
                (b.x, b.top + b.limb * 0.7),
                (b.x + side * b.half * 0.5, b.top - 1),
                (b.x, b.top - 2),
            ]
            pen.shape(polygon(collar), (250, 248, 244))
        return
    for share in (0.4, 0.62):
        y = b.top + b.torso * share
        pen.stroke(
            curve([(b.x - b.half * 0.7, y), (b.x, y + 2), (b.x + b.half * 0.7, y)]),
            colour=(250, 248, 244),
            width=1.6,
        )


def _body(pen: Pen, wish: Wish, b: Build, skin: RGB) -> None:
    garment = next((noun for noun in GARMENTS if wish.colour_name(noun)), "shirt")
    cloth = wish.colour(garment)
    bare = garment == "dress" or (garment != "coat" and wish.colour_name("skirt") is not None)
    legs = skin if bare else wish.colour("pants", "grey" if wish.has("1boy") else "brown")
    _legs(pen, b, legs, COLOURS["brown" if garment == "coat" else "black"])
    pen.shape(
        box(b.x - b.head_r * 0.24, b.head_y, b.x + b.head_r * 0.24, b.top + b.limb * 0.5), skin
    )
    raised = 2 if wish.has("arms up") else int(wish.has("waving"))
    for index, side in enumerate((-1.0, 1.0)):
        if index >= raised:
            _arm(pen, b, side, raised=False, sleeve=cloth, hand=skin)
    _clothe(pen, wish, b, garment, cloth)
    for index, side in enumerate((-1.0, 1.0)):
        if index < raised:
            _arm(pen, b, side, raised=True, sleeve=cloth, hand=skin)


def _scarf(pen: Pen, b: Build, colour: RGB) -> None:
    width, high = max(b.half * 0.75, b.head_r * 0.5), min(8.0, max(6.0, b.limb * 0.5))
    y, low = b.top + 0.55 * high, b.top + b.torso * 0.6
    end = [(b.x + width * 0.3, y), (b.x + width * 0.95, y), (b.x + width, low)]
    pen.shape(polygon([*end, (b.x + width * 0.45, low)]), colour, shade=True)
    pen.shape(oval(b.x, y, width, high), colour, shade=True)


def _furry_tail(pen: Pen, b: Build, fur: RGB) -> None:
    x, y, s = b.x + b.half * 0.9, b.hip, b.head_r
    tail = [
        (x, y - 4),
        (x + s * 0.9, y - s * 0.2),
        (x + s * 1.25, y - s * 1.3),
        (x + s * 1.75, y - s * 0.5),
    ]
    pen.shape(blob([*tail, (x + s * 1.3, y + s * 0.45), (x, y + s * 0.25)]), fur, shade=True)


def draw_person(pen: Pen, wish: Wish) -> None:
    """Draw a girl or a boy, or a furry character when the wish says so."""
    b = _build(pen, wish)
    furry = wish.has("furry")
    skin = wish.colour("fur", "orange") if furry else SKIN[min(3, int(pen.between(0, 1) ** 2 * 4))]
    if furry and not wish.has("portrait"):
        _furry_tail(pen, b, skin)
    head = (b.x, b.head_y, b.head_r)
    draw_back_hair(pen, wish, *head)
    _body(pen, wish, b, skin)
    if furry:
        draw_muzzle_face(pen, wish, *head, skin=skin)
    else:
        draw_face(pen, wish, *head, skin=skin)
    if wish.colour_name("scarf"):
        _scarf(pen, b, wish.colour("scarf"))
    draw_headwear(pen, wish, *head)
