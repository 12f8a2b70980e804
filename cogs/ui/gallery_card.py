"""A server's best-liked pictures, or its newest while too few people voted."""

from __future__ import annotations

import asyncio

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.gallery import Gallery, GalleryEntry
from cogs.ui.card import Card, Shown, card, file_name
from cogs.ui.pictures import for_gallery
from cogs.ui.wording import dotted, mention, plain, small
from data.models import Place

_PROMPT_CHARS = 70
#: A prompt becomes a link's text; its own brackets could end that and begin another link.
_NO_LINK = str.maketrans("[]", "()")


async def gallery_card(app: App, texts: Texts, gallery: Gallery, *, alone: bool = False) -> Card:
    """Lay out the pictures, numbered, and a line about each; `alone` for the asker only."""
    if not gallery.entries:
        return card(texts.say("gallery.empty"))
    title = "gallery.title_ranked" if gallery.ranked else "gallery.title_newest"
    pictures = [
        await _picture(app, number, entry) for number, entry in enumerate(gallery.entries, 1)
    ]
    lines = [_line(texts, number, entry) for number, entry in enumerate(gallery.entries, 1)]
    missing = gallery.missing_voters
    return card(
        f"### {texts.say(title)}",
        "\n".join(lines),
        small(texts.say("gallery.missing", count=missing)) if missing else "",
        small(texts.say("gallery.alone")) if alone else "",
        pictures=pictures,
        colour=discord.Colour.gold() if gallery.ranked else None,
    )


async def _picture(app: App, number: int, entry: GalleryEntry) -> Shown:
    data = await app.blobs.read(entry.picture.sha256)
    copy = await asyncio.to_thread(for_gallery, data, number)
    alt = plain(entry.recipe.prompt, 200)
    name = file_name(f"{number}-{entry.picture.id}.{copy.suffix}", spoiler=entry.spoiler)
    return Shown(name=name, data=copy.data, alt=alt)


def _line(texts: Texts, number: int, entry: GalleryEntry) -> str:
    prompt = plain(entry.recipe.prompt.translate(_NO_LINK), _PROMPT_CHARS)
    link = message_link(entry.place)
    style = plain(entry.style_name) if entry.style_name else ""
    return f"**{number}.** " + dotted(
        f"[{prompt}]({link})" if link else prompt,
        mention(entry.owner_id),
        texts.say("gallery.line_style", style=style) if style else "",
        texts.say("count.votes", count=entry.votes) if entry.votes else "",
    )


def message_link(place: Place) -> str | None:
    """Tell where a message is, for people in that server."""
    if place.channel_id is None or place.message_id is None:
        return None
    server = place.guild_id or "@me"
    return f"https://discord.com/channels/{server}/{place.channel_id}/{place.message_id}"
