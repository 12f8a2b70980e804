"""A message of the bot as HTML: text, embeds, components, pictures, reactions."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import discord
from PIL import Image

from bot.story.markup import Markup

Payload = Mapping[str, Any]

_BUTTONS: Final = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link"}
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")
#: The longer side of a picture in the transcript.
MAX_SIDE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """Renders one message as it is at this moment."""

    markup: Markup
    #: the bytes behind an attachment's address
    fetch: Callable[[str], bytes | None]
    files: Mapping[str, str]

    @classmethod
    def of(
        cls, message: discord.Message, markup: Markup, fetch: Callable[[str], bytes | None]
    ) -> Bubble:
        """Prepare for a message: its components name attachments by file name."""
        files = {item.filename: item.url for item in message.attachments}
        return cls(markup=markup, fetch=fetch, files=files)

    def html(self, message: discord.Message) -> str:
        """Return the message's body."""
        components = [item.to_dict() for item in message.components]
        parts = [self.markup.html(message.content)] if message.content else []
        parts += [self._embed(item) for item in message.embeds]
        if not message.flags.components_v2:
            parts.append(self._attachments(message))
        parts += [self._component(cast(Payload, item)) for item in components]
        parts.append(reactions_html(message))
        return "".join(parts)

    def _attachments(self, message: discord.Message) -> str:
        shown = {embed.image.url for embed in message.embeds}
        urls = [item.url for item in message.attachments if item.url not in shown]
        return self._gallery([url for url in urls if _is_picture(url)]) + "".join(
            f'<div class="file">📄 {html.escape(url.rsplit("/", 1)[-1])}</div>'
            for url in urls
            if not _is_picture(url)
        )

    def _embed(self, embed: discord.Embed) -> str:
        colour = f"#{embed.colour.value:06x}" if embed.colour else "#4f545c"
        parts = [f"<h4>{self.markup.html(embed.title)}</h4>"] if embed.title else []
        parts += [self.markup.html(embed.description)] if embed.description else []
        parts += [
            f"<h5>{html.escape(item.name or '')}</h5>{self.markup.html(item.value or '')}"
            for item in embed.fields
        ]
        parts += [self._gallery([embed.image.url])] if embed.image.url else []
        parts += [f"<small>{html.escape(embed.footer.text)}</small>"] if embed.footer.text else []
        return f'<div class="card" style="border-color:{colour}">{"".join(parts)}</div>'

    def _component(self, item: Payload) -> str:
        kind = discord.ComponentType(int(item["type"]))
        children = "".join(self._component(child) for child in item.get("components") or ())
        match kind:
            case discord.ComponentType.action_row:
                return f'<div class="row">{children}</div>'
            case discord.ComponentType.container:
                accent = item.get("accent_color") or 0x4F545C
                return f'<div class="card" style="border-color:#{accent:06x}">{children}</div>'
            case discord.ComponentType.section:
                side = self._component(item["accessory"])
                return f'<div class="section"><div>{children}</div>{side}</div>'
            case discord.ComponentType.text_display:
                return self.markup.html(str(item["content"]))
            case discord.ComponentType.media_gallery:
                return self._gallery([str(each["media"]["url"]) for each in item["items"]])
            case discord.ComponentType.thumbnail:
                return f'<div class="thumb">{self._picture(str(item["media"]["url"]))}</div>'
            case discord.ComponentType.separator:
                return "<hr>"
            case discord.ComponentType.file:
                name = str(item["file"]["url"]).rsplit("/", 1)[-1]
                return f'<div class="file">📄 {html.escape(name)}</div>'
            case discord.ComponentType.button:
                return _button(item)
            case _:
                return _menu(item)

    def _gallery(self, urls: Sequence[str]) -> str:
        pictures = "".join(self._picture(url) for url in urls)
        return f'<div class="gallery n{min(len(urls), 4)}">{pictures}</div>' if urls else ""

    def _picture(self, url: str) -> str:
        name = url.removeprefix("attachment://")
        data = self.fetch(self.files.get(name, url))
        if data is None:
            return f'<span class="lost">{html.escape(name)}</span>'
        return f'<img src="{data_uri(data)}" alt="{html.escape(name.rsplit("/", 1)[-1])}">'


def _menu(item: Payload) -> str:
    """Show what is chosen, and below it what there is."""
    options = cast("Sequence[Payload]", item.get("options") or ())
    chosen = [str(one["label"]) for one in options if one.get("default")]
    lines = [
        f"<small>{html.escape(str(one['label']))} · "
        f"{html.escape(str(one.get('description') or ''))}</small>"
        for one in options
    ]
    face = html.escape(", ".join(chosen) or str(item.get("placeholder") or "…"))
    return f'<span class="select">{face} ▾{"".join(lines)}</span>'


def reactions_html(message: discord.Message) -> str:
    """Return the row of reactions with their counts."""
    chips = "".join(
        f'<span class="{"mine" if reaction.me else ""}">{html.escape(str(reaction.emoji))} '
        f"{reaction.count}</span>"
        for reaction in message.reactions
    )
    return f'<div class="reactions">{chips}</div>' if chips else ""


def data_uri(data: bytes, side: int = MAX_SIDE) -> str:
    """Pack a picture into the page itself, small enough to send around.

    Tall ones keep their width, and those that move are packed as they are.
    """
    opened = Image.open(io.BytesIO(data))
    if opened.format == "WEBP" and getattr(opened, "is_animated", False):
        return f"data:image/webp;base64,{base64.b64encode(data).decode()}"
    picture = opened.convert("RGB")
    picture.thumbnail((side, 4 * side))
    packed = io.BytesIO()
    picture.save(packed, "WEBP", quality=88)
    return "data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode()


def _button(item: Payload) -> str:
    emoji = cast(Payload, item.get("emoji") or {}).get("name") or ""
    label = html.escape(f"{emoji} {item.get('label') or ''}".strip())
    state = " disabled" if item.get("disabled") else ""
    return f'<span class="button {_BUTTONS.get(int(item["style"]), "")}{state}">{label}</span>'


def _is_picture(url: str) -> bool:
    return url.lower().split("?")[0].endswith(_PICTURES)
