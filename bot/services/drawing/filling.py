"""What fills an order where nobody said it: a preset, then the style's defaults, one's own, ...

Said counts most, then the preset, the style's artist, the person, the server, and last the family
of the base. The preset is the one that was said, else the first that one of these three names; it
counts just behind whoever names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import UserError
from bot.services.drawing.checks import MAX_PROMPT_CHARS
from bot.services.drawing.choices import Choices
from bot.services.drawing.presets import folded, unknown_preset
from bot.services.drawing.samplers import sampler_named
from bot.services.inline import is_nothing
from bot.services.orders import DrawOrder
from bot.services.stacks import parse_stack
from bot.services.tasks import Filled, Whose
from engine.base.families import Family

_FIELDS: Final = ("score", "shape", "count", "weight", "steps", "guidance", "sampler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The defaults of one holder."""

    whose: Whose
    choices: Choices
    #: what is stored under the name of the preset that it names
    preset: Choices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rank:
    choices: Choices
    #: None where it was said
    whose: Whose | None = None
    is_preset: bool = False


def with_style(order: DrawOrder, preset: Choices | None) -> DrawOrder:
    """Put the styles of a preset that was said where the order names none."""
    if preset is None:
        return order
    stack = order.stack
    if stack is None and preset.stack is not None:
        stack = parse_stack(preset.stack)
    return dataclasses.replace(order, style=order.style or preset.style, stack=stack)


def filled(
    order: DrawOrder,
    family: Family,
    *,
    preset: Choices | None = None,
    known: Sequence[str] = (),
    defaults: Sequence[Layer] = (),
    has_style: bool = True,
) -> tuple[DrawOrder, tuple[Filled, ...]]:
    """Fill an order, which then names no preset any more, and tell what defaults filled.

    `preset` is what is stored under the name that the order says, `known` all such names. What a
    base cannot obey is left out, and so are the styles of a preset that a default names, and its
    texts where they make a prompt too long. A settled order takes no defaults. UserError
    draw.preset_none (preset, presets), draw.no_presets (base).
    """
    said = _said_preset(order, family, preset, known)
    ranks = tuple(_fitting(rank, order) for rank in _ranks(order, family, said, defaults))
    notes: list[Filled] = []
    changes: dict[str, Any] = {}
    for name in _FIELDS:
        for rank in ranks if _is_open(order, name, has_style=has_style) else ():
            value = _obeyed(name, rank.choices, family)
            if value is not None:
                changes[name] = value
                notes += _note(name, rank)
                break
    negative, noted = _negative(order, family, ranks)
    active = next((rank for rank in ranks if rank.is_preset), None)
    notes += noted
    if active is not None and active.whose is not None and not active.choices.is_empty:
        notes += _preset_note(active.whose, defaults)
    words = active.choices.words if active is not None else None
    # An empty prompt stays empty, so that it is refused.
    prompt = _joined(words, order.prompt) if order.prompt else ""
    full = dataclasses.replace(order, preset=None, prompt=prompt, negative=negative, **changes)
    return full, tuple(notes)


def _ranks(
    order: DrawOrder, family: Family, said: Choices | None, defaults: Sequence[Layer]
) -> Iterator[_Rank]:
    """List what may fill it, what counts most first."""
    if said is not None:
        yield _Rank(choices=said, is_preset=True)
    may_name = order.preset is None
    for layer in () if order.settled else defaults:
        yield _Rank(choices=layer.choices, whose=layer.whose)
        preset = _named(layer.choices.preset, family, layer.preset) if may_name else None
        if preset is not None:
            may_name = False
            yield _Rank(choices=preset, whose=layer.whose, is_preset=True)


def _fitting(rank: _Rank, order: DrawOrder) -> _Rank:
    """Take the texts of a preset that nobody said only where they make nothing too long."""
    if rank.whose is None or not rank.is_preset:
        return rank
    own, texts = rank.choices, {"words": order.prompt, "negative": order.negative}
    too_long = {
        name: None
        for name, said in texts.items()
        if len(_joined(getattr(own, name), said)) > MAX_PROMPT_CHARS
    }
    return dataclasses.replace(rank, choices=dataclasses.replace(own, **too_long))


def _said_preset(
    order: DrawOrder, family: Family, stored: Choices | None, known: Sequence[str]
) -> Choices | None:
    if order.preset is None or is_nothing(order.preset):
        return None
    found = _named(order.preset, family, stored)
    if found is not None:
        return found
    names = (*family.presets, *known)
    if not names:
        raise UserError("draw.no_presets", base=family.title)
    raise unknown_preset(order.preset, names)


def _named(name: str | None, family: Family, stored: Choices | None) -> Choices | None:
    """Take the family's of that name, else the stored one."""
    ready = family.presets.get(folded(name or ""))
    if ready is not None:
        return Choices(words=ready.words or None, negative=ready.negative or None)
    return stored


def _is_open(order: DrawOrder, name: str, *, has_style: bool) -> bool:
    if name == "score":
        return order.score is None and not order.no_score
    if name == "shape":  # a picture to start from has its own
        return order.shape is None and order.size is None and order.start is None
    if name == "weight":
        return order.weight is None and has_style
    return getattr(order, name) is None


def _obeyed(name: str, choices: Choices, family: Family) -> Any:
    value = getattr(choices, name)
    if value is None:
        return None
    match name:
        case "score":
            return value if value in family.scores else None
        case "shape":
            return value if value in family.sizes else None
        case "sampler":
            return _sampler(value)
        case _:
            return value


def _sampler(name: str) -> tuple[str, str] | None:
    try:
        return sampler_named(name)
    except UserError:
        return None


def _negative(
    order: DrawOrder, family: Family, ranks: Sequence[_Rank]
) -> tuple[str | None, list[Filled]]:
    """Let what is left out begin with the preset's words and end with whose counts most."""
    own, notes = order.negative, list[Filled]()
    if own is None:
        for rank in ranks:
            if not rank.is_preset and rank.choices.negative is not None:
                own, notes = rank.choices.negative, _note("negative", rank)
                break
    for rank in ranks:
        # Nothing is said to be left out: then what was said as well counts, and no default.
        is_barred = order.negative == "" and rank.whose is not None
        if rank.is_preset and rank.choices.negative and not is_barred:
            left_out = family.negative if own is None else own
            return _joined(rank.choices.negative, left_out), notes
    return own, notes


def _note(name: str, rank: _Rank) -> list[Filled]:
    if rank.whose is None or rank.is_preset:
        return []
    value = getattr(rank.choices, name)
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return [Filled(name=name, value=said, whose=rank.whose)]


def _preset_note(whose: Whose, defaults: Sequence[Layer]) -> list[Filled]:
    named = (layer.choices.preset or "" for layer in defaults if layer.whose is whose)
    return [Filled(name="preset", value=name, whose=whose) for name in named]


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
