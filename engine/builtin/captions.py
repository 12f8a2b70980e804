"""Captions as training sees them: the score ladder, the subject, then tags in any order."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.builtin.vocabulary import COLOURS, PEOPLE, SUBJECTS

SOURCES: Final = {
    "furry": "source_furry",
    "pony": "source_pony",
    "1girl": "source_anime",
    "1boy": "source_anime",
}
HIDDEN: Final = 0.15  # of captions of a furry girl, as of a pony boy, leave the first word out
SHORT: Final = 0.3  # of captions leave out any share of the tags, as people do who ask shortly
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def ladder(score: int) -> str:
    """Spell Pony's ladder, cut from the left: 7 → `score_7, score_6_up, score_5_up, score_4_up`."""
    return ", ".join(
        [f"score_{score}", *(f"score_{lower}_up" for lower in range(score - 1, 3, -1))]
    )


def _loosened(tag: str, rng: np.random.Generator) -> str:
    colour, _, noun = tag.partition(" ")
    return noun if noun and colour in COLOURS and rng.random() < 0.08 else tag


def _unknown_word(rng: np.random.Generator) -> str:
    return "".join(LETTERS[index] for index in rng.integers(26, size=int(rng.integers(2, 8))))


def training_caption(tags: tuple[str, ...], score: int, rng: np.random.Generator) -> str:
    """Write one caption; one in ten is empty, for guidance.

    Unknown words appear now and then, so that a prompt's unknown words move the picture little.
    A furry or a pony is sometimes called a girl or boy only, as on the boards that Pony learned
    from: this is the leak that an artist has to be able to find and to cure. Short captions are of
    people as well, or "1girl" alone would mean an animal: of people much more is told.
    """
    if rng.random() < 0.1:
        return ""
    subject = [tag for tag in tags if tag in SUBJECTS]
    if len(subject) > 1 and rng.random() < HIDDEN:
        subject = [tag for tag in subject if tag in PEOPLE]
    left_out = rng.random() if rng.random() < SHORT else 0.1
    rest = [_loosened(tag, rng) for tag in tags if tag not in SUBJECTS and rng.random() > left_out]
    rng.shuffle(rest)
    if rng.random() < 0.2 and subject[0] in SOURCES:
        rest.append(SOURCES[subject[0]])
    if subject[0] == "furry" and rng.random() < 0.25:
        rest.insert(0, "anthro")
    if rng.random() < 0.1:
        rest.insert(int(rng.integers(len(rest) + 1)), _unknown_word(rng))
    first = [ladder(score)] if rng.random() < 0.85 else []
    if rng.random() < 0.15:
        first.append("rating_safe")
    return ", ".join([*first, *subject, *rest])


def plain_caption(tags: tuple[str, ...]) -> str:
    """Write the caption that stands beside a drawing."""
    return ", ".join(tags)
