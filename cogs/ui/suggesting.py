"""Styles offered while somebody types: by name, and by id where a name is not enough."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import discord
from discord import app_commands

from bot.services.numbering import with_number
from bot.services.orders import NOTHING
from bot.services.styles import Suggestion
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.place import server_name
from data.models import OwnerId

#: Discord takes no more choices.
_CHOICES: Final = 25
_CHOICE_CHARS: Final = 100
#: Of the three seconds in which Discord wants an answer.
_NAMES_S: Final = 1.5
#: A choice has up to 100 characters, and so has a server's name.
_SERVER_CHARS: Final = 40


async def suggest_styles(
    interaction: BotInteraction, typed: str, *, also: tuple[str, ...] = ()
) -> list[app_commands.Choice[str]]:
    """Offer the styles that this person may draw with here, then the words in `also`."""
    found = await interaction.client.app.styles.suggest(
        typed, OwnerId(interaction.user.id), interaction.guild_id
    )
    choices = await _choices(interaction, found[: _CHOICES - len(also)])
    extra = [word for word in also if word.startswith(typed.lower())]
    return choices + [app_commands.Choice(name=word, value=word) for word in extra]


async def suggest_stack(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer what the last of several styles may be, behind those that are typed already."""
    before, comma, last = typed.rpartition(",")
    if ":" in last:  # its weight is being typed
        return []
    lead = f"{before.rstrip()}{comma} " if comma else ""
    offered = await suggest_styles(interaction, last.strip())
    whole = [
        app_commands.Choice(name=f"{lead}{one.name}", value=f"{lead}{one.value}") for one in offered
    ]
    return [one for one in whole if max(len(one.name), len(one.value)) <= _CHOICE_CHARS]


def suggest_shapes(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the base's shapes, each with its size."""
    texts = texts_of(interaction)
    choices: list[app_commands.Choice[str]] = []
    for name, (width, height) in interaction.client.app.bases.first.family.sizes.items():
        said = texts.say(f"draw.shape_{name}", width=width, height=height)
        if typed.strip().lower() in f"{name} {said}".lower():
            choices.append(app_commands.Choice(name=said, value=name))
    return choices


async def suggest_presets(
    interaction: BotInteraction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer the ready-made choices of the base, one's own, and this server's."""
    app, texts = interaction.client.app, texts_of(interaction)
    choices = {name: texts.say(f"draw.preset_{name}") for name in app.bases.first.family.presets}
    for one in await app.presets.usable(OwnerId(interaction.user.id), interaction.guild_id):
        said = one.name if one.is_servers else texts.say("preset.choice_own", name=one.name)
        choices.setdefault(one.name, said)
    choices[NOTHING] = texts.say("draw.preset_off")
    fitting = [
        app_commands.Choice(name=said, value=name)
        for name, said in choices.items()
        if typed.strip().lower() in f"{name} {said}".lower()
    ]
    return fitting[:_CHOICES]


async def suggest_own_styles(
    interaction: BotInteraction, typed: str, *, numbered: bool = True
) -> list[app_commands.Choice[str]]:
    """Offer the person's own styles, and their versions where one of them can be meant."""
    own = await interaction.client.app.styles.suggest_own(
        typed, OwnerId(interaction.user.id), interaction.guild_id
    )
    offered = [one for one in own if numbered or one.number is None]
    return await _choices(interaction, offered[:_CHOICES])


async def suggest_shared_styles(
    interaction: BotInteraction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer the styles that everybody here may draw with."""
    shared = await interaction.client.app.styles.suggest_shared(
        typed, OwnerId(interaction.user.id), interaction.guild_id
    )
    return await _choices(interaction, shared[:_CHOICES])


def suggest_bases(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the bases that the host has."""
    wanted = typed.strip().lower()
    labels = [base.label for base in interaction.client.app.bases if wanted in base.label.lower()]
    return [app_commands.Choice(name=label[:100], value=label[:100]) for label in labels[:_CHOICES]]


async def suggest_sets(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the person's sets of drawings, those that may still be changed first."""
    texts = texts_of(interaction)
    mine = await interaction.client.app.collection.sets(OwnerId(interaction.user.id))
    found = [one for one in mine if typed.strip().lower() in one.dataset.name.lower()]
    choices: list[app_commands.Choice[str]] = []
    for one in found[:_CHOICES]:
        key = "drawings.choice_open" if one.is_draft else "drawings.choice_sealed"
        facts = {"name": one.dataset.name, "version": one.dataset.version}
        said = texts.say(key, count=len(one.drawings), **facts)
        choices.append(app_commands.Choice(name=said, value=one.dataset.id))
    return choices


async def _choices(
    interaction: BotInteraction, found: Sequence[Suggestion]
) -> list[app_commands.Choice[str]]:
    labels = await asyncio.gather(*(_label(interaction, one) for one in found))
    return [
        app_commands.Choice(name=label, value=_value(one))
        for label, one in zip(labels, found, strict=True)
    ]


def _value(one: Suggestion) -> str:
    return with_number(one.style.name if one.is_unique else one.style.id, one.number)


async def _label(interaction: BotInteraction, one: Suggestion) -> str:
    """Say whose it is where several have that name; Discord shows no mentions in choices."""
    style, texts = one.style, texts_of(interaction)
    name = with_number(style.name, one.number)
    if one.is_unique:
        return name
    if style.owner_id == interaction.user.id and style.guild_id == interaction.guild_id:
        return texts.say("style.choice_own", style=name)
    if style.owner_id == interaction.user.id:
        server = server_name(interaction, style.guild_id)[:_SERVER_CHARS]
        return texts.say("style.choice_elsewhere", style=name, server=server)
    person = await _name(interaction, style.owner_id)
    return texts.say("style.choice_other", style=name, person=person)


async def _name(interaction: BotInteraction, person_id: OwnerId) -> str:
    """Ask Discord what a member is called; who has left keeps the end of their number."""
    try:
        if interaction.guild is not None:
            async with asyncio.timeout(_NAMES_S):
                return (await interaction.guild.fetch_member(person_id)).display_name
    except (discord.HTTPException, TimeoutError):
        pass
    return f"…{person_id % 10_000:04}"
