"""The private panel of `/settings`: what is set, for whom, and what else fills a draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.drawing.actor import Actor
from bot.services.drawing.checks import MAX_COUNT
from bot.services.drawing.choices import Choices
from cogs.ui.buttons import button, custom_id
from cogs.ui.card import Card, card
from cogs.ui.choices_words import choice_label, choices_said
from cogs.ui.wording import plain, small
from data.models import Style, StyleId
from data.settings import Holder

#: What an option of a menu says to leave the choice open.
OPEN: Final = "-"
_MINE, _SERVERS, _STYLES = "m", "g", "s"
#: Discord takes no more in one menu.
_OPTIONS_MOST: Final = 25
_LABEL_CHARS: Final = 100


def target_of(holder: Holder) -> str:
    """Spell whose settings a button is about; a server is the one where it is pressed."""
    if holder.style_id is not None:
        return f"{_STYLES}{holder.style_id}"
    return _MINE if holder.guild_id is None else _SERVERS


def holder_of(target: str, actor: Actor) -> Holder:
    """Read what `target_of` wrote, for whoever presses."""
    if target.startswith(_STYLES):
        return Holder(style_id=StyleId(target.removeprefix(_STYLES)))
    if target == _SERVERS and actor.guild_id is not None:
        return Holder(guild_id=actor.guild_id)
    return Holder(person_id=actor.id)


async def settings_card(app: App, texts: Texts, actor: Actor, holder: Holder) -> Card:
    """Lay it out for somebody who may set it; UserError as `DefaultService.check`."""
    style = await app.defaults.check(holder, actor)
    choices, target = await app.defaults.of(holder), target_of(holder)
    menus = (
        _menu(texts, "setscore", target, "settings.open_score", _scores(texts), choices.score),
        _menu(texts, "setshape", target, "settings.open_shape", _shapes(app, texts), choices.shape),
        _menu(texts, "setcount", target, "settings.open_count", _counts(texts), choices.count),
        _menu(
            texts,
            "setpreset",
            target,
            "settings.open_preset",
            await _presets(app, texts, actor, holder),
            choices.preset,
        ),
    )
    return card(
        await _said(app, texts, actor, holder, style),
        *(discord.ui.ActionRow[Any](menu) for menu in menus),
        small(texts.say("settings.order")),
        rows=[await _buttons(app, texts, actor, holder, choices)],
    )


def styles_card(texts: Texts, styles: Sequence[Style]) -> Card:
    """Ask for which of one's styles: the newest, where there are more than a menu holds."""
    back = [button("setmine", _MINE, texts)]
    if not styles:
        return card(texts.say("settings.no_style"), buttons=back)
    said = texts.say("settings.which_style")
    if len(styles) > _OPTIONS_MOST:
        most = texts.say("settings.newest_styles", most=_OPTIONS_MOST, count=len(styles))
        said = f"{said}\n{small(most)}"
    newest = sorted(styles, key=lambda style: style.created_ms, reverse=True)
    options = [
        discord.SelectOption(label=style.name[:_LABEL_CHARS], value=style.id)
        for style in newest[:_OPTIONS_MOST]
    ]
    menu = discord.ui.Select[Any](custom_id=custom_id("setstyle", _STYLES), options=options)
    return card(said, discord.ui.ActionRow[Any](menu), buttons=back)


async def _said(app: App, texts: Texts, actor: Actor, holder: Holder, style: Style | None) -> str:
    """Say what is set here, and what is set beside it."""
    mine, servers = Holder(person_id=actor.id), Holder(guild_id=actor.guild_id)
    lines: list[tuple[str, Holder]] = []
    if style is not None:
        lines.append((texts.say("settings.of_style", style=plain(style.name)), holder))
    lines.append((texts.say("settings.of_person"), mine))
    if actor.guild_id is not None:
        lines.append((texts.say("settings.of_server"), servers))
    lines.sort(key=lambda line: line[1] != holder)
    told: list[str] = []
    for name, whose in lines:
        said = choices_said(texts, await app.defaults.of(whose)) or texts.say("settings.nothing")
        told.append(f"**{name}**: {said}" if whose == holder else small(f"{name}: {said}"))
    return "\n".join(told)


async def _buttons(
    app: App, texts: Texts, actor: Actor, holder: Holder, choices: Choices
) -> list[discord.ui.Button[Any]]:
    target = target_of(holder)
    no_styles = not await app.styles.of_owner(actor.id)
    is_servers = holder.guild_id is not None
    return [
        button("setmine", _MINE, texts, disabled=holder.person_id is not None),
        button("setserver", _SERVERS, texts, disabled=is_servers or not actor.is_manager),
        button("setstyles", _STYLES, texts, disabled=no_styles),
        button("setmore", target, texts),
        button("setforget", target, texts, disabled=choices.is_empty),
    ]


def _scores(texts: Texts) -> dict[str, str]:
    return {f"{n}": choice_label(texts, "score", f"{n}") for n in range(1, 10)}


def _counts(texts: Texts) -> dict[str, str]:
    return {f"{n}": choice_label(texts, "count", f"{n}") for n in range(1, MAX_COUNT + 1)}


def _shapes(app: App, texts: Texts) -> dict[str, str]:
    """Name the shapes of all bases, each with its size on the first that draws it."""
    said: dict[str, str] = {}
    for base in app.bases:
        for name, (width, height) in base.family.sizes.items():
            said.setdefault(name, texts.say(f"draw.shape_{name}", width=width, height=height))
    return said


async def _presets(app: App, texts: Texts, actor: Actor, holder: Holder) -> dict[str, str]:
    ready = dict.fromkeys(name for base in app.bases for name in base.family.presets)
    names = (*ready, *await app.defaults.choosable(holder, actor))
    return {name: choice_label(texts, "preset", name) for name in names}


def _menu(
    texts: Texts, verb: str, target: str, open_key: str, said: dict[str, str], now: object
) -> discord.ui.Select[Any]:
    """Offer to leave it open, then what there is; what is set is always among it."""
    chosen = None if now is None else str(now)
    offered = list(said.items())[: _OPTIONS_MOST - 1]
    if chosen is not None and chosen not in dict(offered):
        offered[_OPTIONS_MOST - 2 :] = [(chosen, said.get(chosen, chosen))]
    options = [discord.SelectOption(label=texts.say(open_key), value=OPEN, default=chosen is None)]
    options += [
        discord.SelectOption(label=label[:_LABEL_CHARS], value=value, default=value == chosen)
        for value, label in offered
    ]
    return discord.ui.Select(custom_id=custom_id(verb, target), options=options)
