"""Name every tag that the generator can draw, and which tags belong to which subject."""

from __future__ import annotations

from typing import Final

RGB = tuple[int, int, int]

COLOURS: Final[dict[str, RGB]] = {
    "red": (216, 56, 52),
    "orange": (240, 142, 48),
    "yellow": (248, 214, 74),
    "green": (82, 164, 84),
    "blue": (66, 122, 214),
    "purple": (140, 88, 188),
    "pink": (246, 150, 182),
    "brown": (138, 90, 58),
    "black": (56, 54, 66),
    "white": (246, 244, 240),
    "grey": (156, 158, 166),
    "blonde": (248, 218, 112),
}
CLOTH: Final = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "grey",
)
HAIR: Final = (
    "black",
    "brown",
    "blonde",
    "red",
    "orange",
    "pink",
    "blue",
    "green",
    "purple",
    "white",
    "grey",
)
FUR: Final = (
    "orange",
    "brown",
    "grey",
    "white",
    "black",
    "yellow",
    "pink",
    "blue",
    "purple",
    "green",
    "red",
)
EYES: Final = ("blue", "green", "brown", "red", "purple", "yellow")

LENGTHS: Final = ("short hair", "long hair", "ponytail", "twintails")
GARMENTS: Final = ("coat", "dress", "shirt", "sweater")
BOTTOMS: Final = ("skirt", "pants")
EXPRESSIONS: Final = ("smile", "frown", "open mouth")
FRAMINGS: Final = ("portrait", "upper body", "full body", "chibi")
POSES: Final = ("standing", "waving", "arms up")
BACKGROUNDS: Final = (
    "white background",
    "simple background",
    "blue sky",
    "night sky",
    "sunset",
    "forest",
    "beach",
    "city",
    "grass",
    "indoors",
    "mountains",
    "snow",
    "underwater",
)
PEOPLE: Final = ("1girl", "1boy")

# The one coloured part of a subject that is no person: "cat, orange fur".
PARTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "cat": ("fur", ("orange", "brown", "grey", "white", "black")),
    "dog": ("fur", ("orange", "brown", "grey", "white", "black")),
    "bird": ("feathers", ("red", "yellow", "green", "blue", "white", "black", "pink")),
    "fish": ("scales", ("red", "orange", "yellow", "green", "blue", "purple")),
    "house": ("roof", ("red", "brown", "blue", "green", "purple", "orange")),
    "tree": ("leaves", ("green", "orange", "yellow", "pink", "red")),
    "flower": ("petals", ("red", "orange", "yellow", "blue", "purple", "pink", "white")),
    "still life": ("cup", ("red", "yellow", "green", "blue", "white", "purple")),
    "landscape": ("field", ("green", "yellow", "purple", "orange")),
    "boat": ("sail", ("red", "orange", "yellow", "green", "white", "purple")),
    "mushroom": ("cap", ("red", "orange", "brown", "purple", "blue")),
}
SUBJECTS: Final = (*PEOPLE, "furry", "pony", *PARTS)
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "fish": ("underwater", "underwater", "underwater", "white background", "simple background"),
    "boat": (
        "beach",
        "beach",
        "sunset",
        "night sky",
        "blue sky",
        "white background",
        "simple background",
    ),
    "landscape": ("blue sky", "night sky", "sunset", "mountains", "snow"),
    "still life": ("indoors", "white background", "simple background"),
}
DRY: Final = tuple(place for place in BACKGROUNDS if place != "underwater")
SKIN: Final[tuple[RGB, ...]] = ((255, 226, 202), (250, 212, 182), (226, 176, 138), (176, 122, 88))
SCORES: Final = (4, 5, 6, 7, 8, 9)


def coloured(noun: str, colours: tuple[str, ...]) -> tuple[str, ...]:
    """Spell a noun in each of its colours: `red hair`, `blue hair`, …."""
    return tuple(f"{colour} {noun}" for colour in colours)


def person_tags() -> tuple[str, ...]:
    """Every tag that says something about a person or a furry character."""
    clothes = (*GARMENTS, *BOTTOMS, "hat", "scarf")
    return (
        *coloured("hair", HAIR),
        *LENGTHS,
        *coloured("eyes", EYES),
        "closed eyes",
        *(tag for noun in clothes for tag in coloured(noun, CLOTH)),
        *EXPRESSIONS,
        *FRAMINGS,
        *POSES,
        "glasses",
        "blush",
        "looking to the side",
    )


def all_tags() -> tuple[str, ...]:
    """Every tag that the generator may put into a caption, each once."""
    tags = [
        *SUBJECTS,
        *person_tags(),
        *coloured("fur", FUR),
        *coloured("mane", HAIR),
        *("wings", "horn", "animal ears", "tail"),
        *(tag for noun, colours in PARTS.values() for tag in coloured(noun, colours)),
        *BACKGROUNDS,
        *coloured("background", CLOTH),
        "no humans",
    ]
    return tuple(dict.fromkeys(tags))
