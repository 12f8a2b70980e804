"""Samplers by the names that people know: A1111's `Euler a`, ComfyUI's `dpmpp_2m karras`."""

from __future__ import annotations

from typing import Final

from bot.errors import UserError
from engine.pictures.metadata import SAMPLER_TITLES, SCHEDULE_TITLES, sampler_title

__all__ = ["sampler_named", "sampler_title"]

_PLAIN: Final = {"ddim": "ddim_uniform"}


def sampler_named(text: str) -> tuple[str, str]:
    """Find ComfyUI's sampler and schedule; UserError draw.sampler_none (name, names).

    A sampler alone takes the schedule that it has in A1111.
    """
    known = _names().get(_folded(text))
    if known is None:
        names = ", ".join(SAMPLER_TITLES.values())
        raise UserError("draw.sampler_none", name=text[:40], names=names)
    return known


def _names() -> dict[str, tuple[str, str]]:
    pairs = [(sampler, schedule) for sampler in SAMPLER_TITLES for schedule in SCHEDULE_TITLES]
    names = {_folded(f"{sampler} {schedule}"): (sampler, schedule) for sampler, schedule in pairs}
    names |= {_folded(sampler_title(*pair)): pair for pair in pairs}
    return names | {one: (one, _PLAIN.get(one, "normal")) for one in SAMPLER_TITLES}


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("/", " ").split())
