"""The tags of one picture: asked for, completed at random, and read by the drawing code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.builtin.vocabulary import (
    BACKGROUNDS,
    BOTTOMS,
    CLOTH,
    COLOURS,
    DRY,
    EXPRESSIONS,
    EYES,
    FRAMINGS,
    FUR,
    GARMENTS,
    HAIR,
    LENGTHS,
    PARTS,
    PEOPLE,
    PLACES,
    POSES,
    RGB,
    SUBJECTS,
    person_tags,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Tags in caption order, the subject first."""

    tags: tuple[str, ...]

    def has(self, tag: str) -> bool:
        """Say whether the tag was asked for."""
        return tag in self.tags

    def one_of(self, tags: Iterable[str]) -> str | None:
        """Return the first of the wish's tags that is among these."""
        among = set(tags)
        return next((tag for tag in self.tags if tag in among), None)

    def colour_name(self, noun: str) -> str | None:
        """Return `red` for `red coat`."""
        for tag in self.tags:
            colour, _, rest = tag.partition(" ")
            if rest == noun and colour in COLOURS:
                return colour
        return None

    def colour(self, noun: str, default: str = "grey") -> RGB:
        """Return the palette colour of a noun; hair and fur may be `blonde`."""
        return COLOURS[self.colour_name(noun) or default]

    @property
    def subject(self) -> str:
        """Name what is drawn; `furry` and `pony` win over the `1girl` beside them."""
        return self.one_of(("furry", "pony")) or self.one_of(SUBJECTS) or "1girl"

    @property
    def place(self) -> str:
        """The background tag."""
        return self.one_of(BACKGROUNDS) or "white background"


IMPLIED: Final = {
    "pony": {"mane", "wings", "horn"},
    "furry": {"fur", "animal ears", "tail"},
    "1girl": {"skirt", "dress", "twintails"},
}


WITH_BOTTOM: Final = ("shirt", "sweater")
WHOLE: Final = ("full body", "chibi")


class _Builder:
    """Keeps asked-for tags and fills each open choice once."""

    def __init__(self, rng: np.random.Generator, asked: Sequence[str]) -> None:
        self.rng = rng
        self.asked = list(asked)
        self.tags: list[str] = []

    def pick(self, options: Sequence[str], chance: float = 1.0) -> str | None:
        """Take the asked-for option, else one at random (or none, by chance)."""
        chosen = next((tag for tag in self.asked if tag in options), None)
        if chosen is None and self.rng.random() < chance:
            chosen = options[int(self.rng.integers(len(options)))]
        if chosen is not None:
            self.tags.append(chosen)
        return chosen

    def pick_coloured(self, noun: str, colours: Sequence[str], chance: float = 1.0) -> str | None:
        """Take `colour noun`; a bare asked-for noun gets a colour."""
        options = [f"{colour} {noun}" for colour in colours]
        return self.pick(options, 1.0 if noun in self.asked else chance)

    def asked_noun(self, nouns: Sequence[str]) -> str | None:
        """Find which of these was asked for, with or without a colour."""
        last = {tag.partition(" ")[2] for tag in self.asked} | set(self.asked)
        return next((noun for noun in nouns if noun in last), None)

    def add(self, tag: str, chance: float) -> None:
        """Add a tag when asked for, or by chance."""
        if tag in self.asked or self.rng.random() < chance:
            self.tags.append(tag)


def _implied(builder: _Builder) -> str | None:
    """Guess the subject that an asked-for tag needs: a mane a pony, a roof a house."""
    nouns = {tag.partition(" ")[2] or tag for tag in builder.asked} | set(builder.asked)
    for subject, needs in IMPLIED.items():
        if nouns & needs:
            return subject
    things = [subject for subject, (noun, _) in PARTS.items() if noun in nouns]
    if "no humans" in nouns:
        things.append("cat")
    if things:
        return things[0]
    return PEOPLE[int(builder.rng.integers(2))] if nouns & set(person_tags()) else None


def _subject(builder: _Builder) -> str:
    weights = np.asarray([5, 5, 3, 3] + [1] * len(PARTS), dtype=np.float64)
    chosen = next((tag for tag in ("furry", "pony", *SUBJECTS) if tag in builder.asked), None)
    chosen = chosen or _implied(builder)
    if chosen is None:
        chosen = SUBJECTS[int(builder.rng.choice(len(SUBJECTS), p=weights / weights.sum()))]
    builder.tags.append(chosen)
    if chosen == "furry":
        builder.pick(PEOPLE)
    elif chosen == "pony":
        builder.pick(PEOPLE, 0.5)
    return chosen


def _clothes(builder: _Builder) -> None:
    bottom = builder.asked_noun(BOTTOMS)
    boy = "1boy" in builder.tags
    options = [noun for noun in GARMENTS if not (boy and noun == "dress")]
    if bottom:
        options = list(WITH_BOTTOM)
    garment = builder.asked_noun(GARMENTS) or options[int(builder.rng.integers(len(options)))]
    builder.pick_coloured(garment, CLOTH)
    if garment in WITH_BOTTOM and set(builder.tags) & set(WHOLE):
        skirt = not boy and builder.rng.random() < 0.6
        builder.pick_coloured(bottom or ("skirt" if skirt else "pants"), CLOTH)
    builder.pick_coloured("hat", CLOTH, 0.16)
    builder.pick_coloured("scarf", CLOTH, 0.16)
    builder.add("glasses", 0.15)


def _face(builder: _Builder) -> None:
    free = builder.asked_noun(("eyes",)) is None
    if "closed eyes" in builder.asked or (builder.rng.random() < 0.06 and free):
        builder.tags.append("closed eyes")
    else:
        builder.pick_coloured("eyes", EYES)
    builder.pick(EXPRESSIONS, 0.85)
    builder.add("blush", 0.2)


def _framings(builder: _Builder) -> Sequence[str]:
    """Leave out the framings in which an asked-for tag could not be seen."""
    if any(tag in builder.asked for tag in FRAMINGS):
        return FRAMINGS
    if builder.asked_noun(BOTTOMS):
        return WHOLE
    return FRAMINGS[1:] if any(tag in builder.asked for tag in POSES) else FRAMINGS


def _person(builder: _Builder, subject: str) -> None:
    builder.pick(_framings(builder))
    if subject == "furry":
        builder.pick_coloured("fur", FUR)
        builder.tags.extend(("animal ears", "tail"))
        if builder.rng.random() < 0.4 or any("hair" in tag for tag in builder.asked):
            builder.pick_coloured("hair", HAIR)
            builder.pick(LENGTHS)
    else:
        builder.pick_coloured("hair", HAIR)
        free = "1girl" in builder.tags or builder.asked_noun(LENGTHS)
        builder.pick(LENGTHS if free else LENGTHS[:1] * 4 + LENGTHS[1:3])
    _face(builder)
    _clothes(builder)
    if "portrait" not in builder.tags:
        builder.pick(POSES)
    builder.add("looking to the side", 0.25)


def _pony(builder: _Builder) -> None:
    builder.pick(("portrait", "full body"), 0.8)
    builder.pick_coloured("fur", FUR)
    builder.pick_coloured("mane", HAIR)
    builder.pick_coloured("eyes", EYES)
    builder.pick(EXPRESSIONS[:2], 0.8)
    builder.add("horn", 0.3)
    builder.add("wings", 0.3)
    builder.add("tail", 0.7 if "portrait" not in builder.tags else 0.0)


def complete(rng: np.random.Generator, asked: Sequence[str] = ()) -> Wish:
    """Add what the picture needs besides the asked-for tags; unknown tags are left out."""
    builder = _Builder(rng, asked)
    subject = _subject(builder)
    if subject in PARTS:
        builder.pick_coloured(*PARTS[subject])
        builder.tags.append("no humans")
    elif subject == "pony":
        _pony(builder)
    else:
        _person(builder, subject)
    asked_place = [place for place in BACKGROUNDS if place in builder.asked]
    if not asked_place and builder.asked_noun(("background",)):
        asked_place = ["simple background"]
    place = builder.pick(asked_place or PLACES.get(subject, DRY))
    if place == "simple background":
        builder.pick_coloured("background", CLOTH)
    return Wish(tuple(dict.fromkeys(builder.tags)))
