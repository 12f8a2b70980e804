"""Base families as data: what a score means, and how a family likes to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final


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
    steps: int
    guidance: float
    sampler: str
    schedule: str
    width: int = 1024
    height: int = 1024
    #: the negative prompt when nobody gives one
    negative: str = ""
    #: whether it was taught of pictures' first sizes and of where they were cut
    told_of_cuts: bool = True

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
        return ", ".join(part for part in (self.ladder(score), prompt.strip()) if part)


FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        name="builtin",
        title="the built-in toy model",
        scores=_PONY,
        untrained_scores=frozenset({1, 2, 3}),
        steps=20,
        guidance=4.0,
        sampler="euler_ancestral",
        schedule="normal",
        width=128,
        height=128,
        told_of_cuts=False,
    ),
    Family(
        name="pony",
        title="Pony Diffusion V6 XL",
        scores=_PONY,
        untrained_scores=frozenset({1, 2, 3}),
        steps=25,
        guidance=7.0,
        sampler="euler_ancestral",
        schedule="normal",
    ),
    Family(
        name="sdxl",
        title="SDXL 1.0",
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
    ),
    Family(
        name="noobai",
        title="NoobAI XL",
        scores=_NOOBAI,
        steps=28,
        guidance=5.0,
        sampler="euler_ancestral",
        schedule="normal",
    ),
)
#: What recognises a family in a folder's name.
_MARKS: Final = (
    ("builtin", "builtin"),
    ("pony", "pony"),
    ("noob", "noobai"),
    ("illustrious", "illustrious"),
)
_BY_NAME: Final = {family.name: family for family in FAMILIES}


def guess_family(folder: Path) -> str:
    """Tell the family of a base by its folder: its list of words, else its name, else SDXL."""
    if (folder / "words.json").is_file():
        return "builtin"
    name = folder.name.lower()
    return next((family for mark, family in _MARKS if mark in name), "sdxl")


def family_of(name: str) -> Family:
    """Find a family by its name; KeyError when there is none."""
    return _BY_NAME[name]
