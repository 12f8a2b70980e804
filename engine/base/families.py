"""Base families as data: what a score means, how a family is drawn, how it is recognised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from engine.base.signs import VELOCITY, Signs, read_signs
from engine.errors import JobFailed


def _ladder(score: int) -> str:
    """Cut Pony's ladder from the left: 7 → `score_7, score_6_up, score_5_up, score_4_up`."""
    if score < 4:
        return f"score_{score}"
    ups = (f"score_{rung}_up" for rung in range(score - 1, 3, -1))
    return ", ".join((f"score_{score}", *ups))


_PONY: Final = MappingProxyType({score: _ladder(score) for score in range(1, 10)})

#: Illustrious' and NoobAI's own quality scales, spread over nine scores.
_ILLUSTRIOUS: Final = MappingProxyType(
    {
        9: "masterpiece, best quality",
        8: "best quality",
        7: "best quality, good quality",
        6: "good quality",
        5: "average quality",
        4: "average quality, bad quality",
        3: "bad quality",
        2: "bad quality, worst quality",
        1: "worst quality",
    }
)
_NOOBAI: Final = MappingProxyType(
    {
        9: "masterpiece, best quality",
        8: "best quality",
        7: "best quality, good quality",
        6: "good quality",
        5: "good quality, normal quality",
        4: "normal quality",
        3: "normal quality, worst quality",
        2: "worst quality",
        1: "worst quality, bad quality",
    }
)

_NOOBAI_QUALITY: Final = "newest, absurdres, highres"
#: Its authors' own, without the words for animals: those are for people who turn out as such.
_NOOBAI_NEGATIVE: Final = (
    "nsfw, worst quality, old, early, low quality, lowres, signature, username, logo, bad hands,"
    " mutated hands"
)

Size = tuple[int, int]
#: SDXL's own buckets nearest to 2:3, 1:1, 3:2, 9:16 and 16:9, by the names that people give shapes.
_SDXL_SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "portrait": (832, 1216),
        "square": (1024, 1024),
        "landscape": (1216, 832),
        "tall": (768, 1344),
        "wide": (1344, 768),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Words put before a prompt, and before what is left out."""

    words: str = ""
    negative: str = ""


#: In pictures of these bases' training, words for people stand beside animals, too.
HUMAN: Final = "human"
_PONY_HUMAN: Final = Preset(
    words="source_anime", negative="furry, pony, source_furry, source_pony, anthro"
)
_NOOBAI_HUMAN: Final = Preset(negative="mammal, anthro, furry")


def _human(preset: Preset) -> Mapping[str, Preset]:
    return MappingProxyType({HUMAN: preset})


class Dialect(StrEnum):
    """The language of the captions that a family was trained on."""

    PONY = "pony"  #: tags, and Pony's own: `score_`, `source_`, `rating_`
    TAGS = "tags"  #: tags of drawing boards
    SENTENCES = "sentences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of SDXL-layout bases.

    `scores` maps 1..9 to the words that the text encoders read; empty: the family has no scores.
    Names of samplers and schedules are ComfyUI's.
    """

    name: str
    title: str
    scores: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    #: scores that the family's authors never trained; drawn as asked, and named so
    untrained_scores: frozenset[int] = frozenset()
    #: words that the authors put beside any score; without a score nothing is added
    quality: str = ""
    dialect: Dialect = Dialect.TAGS
    steps: int
    guidance: float
    sampler: str
    schedule: str
    width: int = 1024
    height: int = 1024
    #: (width, height) of each shape that it draws, by its name
    sizes: Mapping[str, Size] = field(default_factory=lambda: _SDXL_SIZES, hash=False)
    #: the hidden state that the U-Net reads, as ComfyUI counts: the last but one in all of SDXL,
    #: which other programs call clip skip 2
    clip_layer: int = -2
    #: what its bases predict where they do not say so themselves, by diffusers' names
    prediction: str = "epsilon"
    #: whether their last training step is noise alone (zero terminal SNR), then
    to_pure_noise: bool = False
    #: the negative prompt when nobody gives one
    negative: str = ""
    #: ready-made choices by their names
    presets: Mapping[str, Preset] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    #: whether it was taught of pictures' first sizes and of where they were cut
    told_of_cuts: bool = True
    #: whether it can draw a picture over at twice its own size without drawing it several times
    grows: bool = True

    @property
    def takes_score(self) -> bool:
        """Whether `score` means anything here."""
        return bool(self.scores)

    def ladder(self, score: int) -> str:
        """Word a score; KeyError outside 1..9 and in a family without scores."""
        return self.scores[score]

    def compose(self, prompt: str, score: int | None) -> str:
        """Put the score's words before the prompt; a family without scores ignores them."""
        if score is None or not self.takes_score:
            return prompt.strip()
        words = (self.ladder(score), self.quality, prompt.strip())
        return ", ".join(part for part in words if part)


FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        name="builtin",
        title="the built-in toy model",
        scores=_PONY,
        untrained_scores=frozenset({1, 2, 3}),
        dialect=Dialect.PONY,
        steps=20,
        guidance=4.0,
        sampler="euler_ancestral",
        schedule="normal",
        width=128,
        height=128,
        # It was taught squares alone. In narrower shapes than these it loses heads.
        sizes=MappingProxyType(
            {"portrait": (112, 144), "square": (128, 128), "landscape": (144, 112)}
        ),
        presets=_human(Preset(negative="furry, pony")),  # more it was not taught
        told_of_cuts=False,
        grows=False,
    ),
    Family(
        name="pony",
        title="Pony Diffusion V6 XL",
        presets=_human(_PONY_HUMAN),
        scores=_PONY,
        untrained_scores=frozenset({1, 2, 3}),
        dialect=Dialect.PONY,
        steps=25,
        guidance=7.0,
        sampler="euler_ancestral",
        schedule="normal",
    ),
    Family(
        name="sdxl",
        title="SDXL 1.0",
        dialect=Dialect.SENTENCES,
        steps=30,
        guidance=7.0,
        sampler="dpmpp_2m",
        schedule="karras",
    ),
    Family(
        name="illustrious",
        title="Illustrious XL",
        scores=_ILLUSTRIOUS,
        steps=28,
        guidance=5.0,
        sampler="euler_ancestral",
        schedule="normal",
        negative="worst quality, bad quality, lowres, jpeg artifacts, signature, username",
    ),
    Family(
        name="noobai",
        title="NoobAI XL",
        presets=_human(_NOOBAI_HUMAN),
        scores=_NOOBAI,
        quality=_NOOBAI_QUALITY,
        steps=28,
        guidance=5.0,
        sampler="euler_ancestral",
        schedule="normal",
        negative=_NOOBAI_NEGATIVE,
    ),
    Family(
        name="noobai-v",
        title="NoobAI XL (v-prediction)",
        presets=_human(_NOOBAI_HUMAN),
        scores=_NOOBAI,
        quality=_NOOBAI_QUALITY,
        steps=28,
        guidance=5.0,
        sampler="euler",  # its authors' advice: others do not go well with it
        schedule="normal",
        negative=_NOOBAI_NEGATIVE,
        prediction=VELOCITY,
        to_pure_noise=True,
    ),
)
#: What recognises a family in a title or a file's name; the first that is there counts.
_MARKS: Final = (
    ("builtin", "builtin"),
    ("pony", "pony"),
    ("noob", "noobai"),
    ("illustrious", "illustrious"),
)
_VELOCITY_MARK: Final = re.compile(r"v[-_ ]?pred")
_BY_NAME: Final = {family.name: family for family in FAMILIES}
FAMILY_NAMES: Final = tuple(_BY_NAME)


def guess_family(place: Path, name: str = "") -> str:
    """Tell the family of a base: its list of words, what its file says, its name, else SDXL.

    `name` where the place is called otherwise, as in the hub's cache. What cannot be read says
    nothing here; whoever loads it says why.
    """
    if (place / "words.json").is_file():
        return "builtin"
    try:
        signs = read_signs(place)
    except JobFailed:
        signs = Signs()
    for text in (signs.title.lower(), (name or place.name).lower()):
        family = next((family for mark, family in _MARKS if mark in text), None)
        if family is not None:
            return "noobai-v" if family == "noobai" and _predicts_v(signs, text) else family
    return "sdxl"


def _predicts_v(signs: Signs, text: str) -> bool:
    if signs.prediction is None:
        return bool(_VELOCITY_MARK.search(text))
    return signs.prediction == VELOCITY


def family_of(name: str) -> Family:
    """Find a family by its name; KeyError when there is none."""
    return _BY_NAME[name]


def dialect_of(name: str) -> Dialect:
    """Tell the language of a family; tags where nobody knows the family any more."""
    return _BY_NAME[name].dialect if name in _BY_NAME else Dialect.TAGS
