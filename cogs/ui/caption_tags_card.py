"""The tags of a draft, counted: what is frequent, what never parts, what is everywhere."""

from __future__ import annotations

from typing import Any, Final

import discord

from bot.i18n import Texts
from bot.services.captions_stats import Pair, TagCount, TagStats
from cogs.ui.buttons import button
from cogs.ui.caption_card import page_target
from cogs.ui.card import Card, card
from cogs.ui.wording import dotted, in_code, plain, small
from data.captions import CaptionSettings
from data.models import Dataset

_TAG_CHARS: Final = 40
#: So many tags get buttons; each takes two.
_ACTED_ON: Final = 4
#: Discord's limit for a label is 80.
_LABEL_CHARS: Final = 30
#: Between a dataset's id, which is lower case, and a tag's mark.
_MARK: Final = "M"


def tag_target(dataset_id: str, mark: str) -> str:
    """Name a tag of a dataset in a button's id."""
    return f"{dataset_id}{_MARK}{mark}"


def read_tag_target(target: str) -> tuple[str, str]:
    """Read what `tag_target` wrote."""
    dataset_id, _, mark = target.partition(_MARK)
    return dataset_id, mark


def tags_card(
    texts: Texts,
    dataset: Dataset,
    stats: TagStats,
    settings: CaptionSettings,
    *,
    notice: str = "",
) -> Card:
    """Lay the counts out, a `notice` first."""
    parts = [_frequent(texts, stats), _everywhere(texts, stats), _together(texts, stats)]
    return card(
        f"### {texts.say('tagcount.heading', style=plain(dataset.name))}",
        notice,
        *(parts if stats.different else [texts.say("tagcount.none")]),
        small(texts.say("captions.tags_told" if settings.tells_tags else "captions.tags_private")),
        buttons=_buttons(texts, dataset, stats, settings),
    )


def _frequent(texts: Texts, stats: TagStats) -> str:
    listed = dotted(*(f"{_shown(one.tag)} {one.count}" for one in stats.frequent))
    drawings = texts.say("count.drawings", count=stats.drawings)
    said = texts.say("tagcount.frequent", count=stats.different, drawings=drawings)
    return f"{said}\n{listed}"


def _everywhere(texts: Texts, stats: TagStats) -> str:
    if not stats.everywhere:
        return ""
    lines = [_share(texts, one, stats.drawings) for one in stats.everywhere[:_ACTED_ON]]
    return "\n".join([f"**{texts.say('tagcount.everywhere')}**", *lines, _why(texts)])


def _share(texts: Texts, one: TagCount, drawings: int) -> str:
    return "- " + texts.say("tagcount.on", tag=_shown(one.tag), count=one.count, of=drawings)


def _why(texts: Texts) -> str:
    return small(texts.say("tagcount.everywhere_why"))


def _together(texts: Texts, stats: TagStats) -> str:
    if not stats.together:
        return ""
    lines = [f"- {_pair(one)}: {one.count}" for one in stats.together]
    why = small(texts.say("tagcount.together_why"))
    return "\n".join([f"**{texts.say('tagcount.together')}**", *lines, why])


def _pair(one: Pair) -> str:
    return f"{_shown(one.first)} + {_shown(one.second)}"


def _shown(tag: str) -> str:
    return f"`{in_code(tag, _TAG_CHARS)}`"


def _buttons(
    texts: Texts, dataset: Dataset, stats: TagStats, settings: CaptionSettings
) -> list[discord.ui.Button[Any]]:
    is_sealed = dataset.sealed_ms is not None
    made: list[discord.ui.Button[Any]] = []
    for one in stats.everywhere[:_ACTED_ON]:
        target, tag = tag_target(dataset.id, one.mark), in_code(one.tag, _LABEL_CHARS)
        for verb, key in (("capdrop", "button.leave_out"), ("captrig", "button.make_trigger")):
            label = texts.say(key, tag=tag)
            made.append(button(verb, target, texts, label=label, disabled=is_sealed))
    label = texts.say("button.keep_tags" if settings.tells_tags else "button.tell_tags")
    return [
        *made,
        button("captell", dataset.id, texts, label=label, disabled=is_sealed),
        button("captions", page_target(dataset.id, 0), texts, label=texts.say("button.back")),
    ]
