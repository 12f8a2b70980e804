"""How a grid was drawn, in words."""

from __future__ import annotations

from bot.i18n import Texts
from bot.services.drawing.lengths import Count
from bot.services.drawing.samplers import sampler_title
from bot.services.stacks import weight_text
from bot.services.tasks import DrawTask
from cogs.ui.wording import PROMPT_CHARS, in_code, plain, small

_TEXT_CHARS = 350
#: Escaping doubles a text at worst; three of them and the rest must fit Discord's 2,000.
_ESCAPED_CHARS = 450
#: So many characters are told, and so much of each.
_CAST_MOST = 3
_CAST_CHARS = 60


def recipe_text(
    texts: Texts, task: DrawTask, about_files: str = "", *, length: Count | None = None
) -> str:
    """List everything that is needed to draw the same again; `length` is what the base read."""
    first = task.recipes[0]
    same = (
        texts.say("recipe.same_series")
        if task.is_series
        else texts.say("recipe.same", seed=first.seed)
    )
    lines = [
        f"**{texts.say('recipe.title')}**",
        *_read(texts, task),
    ]
    if length is not None and not task.is_series:
        lines.append(length_text(texts, "recipe.length", length))
    lines += [
        texts.say("recipe.character", name=plain(one.name), words=plain(one.words, _CAST_CHARS))
        for one in task.cast[:_CAST_MOST]
    ]
    if first.negative:
        lines.append(texts.say("recipe.negative", negative=_short(first.negative)))
    lines += [
        texts.say(
            "recipe.style",
            style=in_code(use.name),
            weight=weights_text(task)
            if task.weights and use is task.first_style
            else weight_text(use),
        )
        for use in first.adapters
    ]
    lines += [
        texts.say(
            "recipe.settings",
            sampler=sampler_title(first.sampler, first.schedule),
            steps=texts.say("count.steps", count=first.steps),
            guidance=f"{first.guidance:g}",
            width=first.width,
            height=first.height,
        ),
        texts.say("recipe.seeds", seeds=", ".join(str(recipe.seed) for recipe in task.recipes)),
        small(f"{same} {about_files}".strip()),
    ]
    return "\n".join(lines)


def length_text(texts: Texts, key: str, length: Count) -> str:
    """Word a prompt's length."""
    tokens = texts.say("count.tokens", count=length.tokens)
    windows = texts.say("count.windows", count=length.windows)
    return texts.say(key, tokens=tokens, windows=windows, room=length.room)


def heading(texts: Texts, task: DrawTask, most: int = PROMPT_CHARS) -> str:
    """Name what is drawn: the prompt, or how many make a series."""
    if task.is_series:
        return texts.say("series.heading", count=len(task.recipes))
    return plain(task.prompt, most)


def _read(texts: Texts, task: DrawTask) -> list[str]:
    """Tell what was typed and what the base read; of a series only what was typed."""
    first = task.recipes[0]
    if task.is_series:
        prompts = " / ".join(recipe.prompt for recipe in task.recipes)
        return [texts.say("recipe.prompts", prompts=_short(prompts))]
    return [
        texts.say("recipe.prompt", prompt=_short(first.prompt)),
        texts.say("recipe.positive", positive=_short(first.positive)),
    ]


def weights_text(task: DrawTask) -> str:
    """Tell how strong the style is, picture by picture."""
    return ", ".join(f"{weight:g}" for weight in task.weights)


def _short(text: str) -> str:
    """Show the beginning of a text, however much of it has to be escaped."""
    shown = plain(text, _TEXT_CHARS)
    return shown if len(shown) <= _ESCAPED_CHARS else plain(text, _ESCAPED_CHARS // 2)
