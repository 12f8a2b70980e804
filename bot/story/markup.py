"""Discord's markdown as HTML, as far as the bot writes it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.i18n import Texts

_CODE: Final = re.compile(r"```(?:\w+\n)?(.+?)```|`([^`]+)`", re.DOTALL)
_INLINE: Final = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"__(.+?)__"), r"<u>\1</u>"),
    (re.compile(r"~~(.+?)~~"), r"<s>\1</s>"),
    (re.compile(r"(?<![\w*])\*(?!\s)(.+?)(?<!\s)\*(?![\w*])"), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)_(?!\s)(.+?)(?<!\s)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"&lt;/([\w -]+):\d+&gt;"), r'<span class="at">/\1</span>'),
)
_USER: Final = re.compile(r"&lt;@!?(\d+)&gt;")
_TIME: Final = re.compile(r"&lt;t:(\d+)(?::\w)?&gt;")
_BLOCKS: Final = (
    ("### ", "h4"),
    ("## ", "h3"),
    ("# ", "h2"),
    ("-# ", "small"),
    ("&gt; ", "blockquote"),
    ("- ", "li"),
    ("* ", "li"),
)
_CHANNEL: Final = re.compile(r"&lt;#\d+&gt;")
_UNITS: Final = ((3600, "count.hours"), (60, "count.minutes"), (1, "count.seconds"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """Turns message text into HTML."""

    texts: Texts
    #: what a mentioned member is called
    name_of: Callable[[int], str]
    #: seconds since 1970 at which the message is looked at
    now_s: float

    def html(self, text: str) -> str:
        """Return the text as HTML; nothing of it can become a tag by itself."""
        kept: list[str] = []

        def keep(match: re.Match[str]) -> str:
            block, inline = match.groups()
            tag = (
                f"<pre>{html.escape(block)}</pre>"
                if block
                else f"<code>{html.escape(inline)}</code>"
            )
            kept.append(tag)
            return f"\x00{len(kept) - 1}\x00"

        lines = _CODE.sub(keep, text.replace("\x00", "")).split("\n")
        body = "".join(self._line(html.escape(line, quote=False)) for line in lines)
        return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], body)

    def _line(self, line: str) -> str:
        for mark, tag in _BLOCKS:
            if line.startswith(mark):
                return f"<{tag}>{self._inline(line.removeprefix(mark))}</{tag}>"
        return f"<p>{self._inline(line)}</p>"

    def _inline(self, line: str) -> str:
        for pattern, replacement in _INLINE:
            line = pattern.sub(replacement, line)
        channel = html.escape(self.texts.say("playground.channel"))
        line = _CHANNEL.sub(f'<span class="at">#{channel}</span>', line)
        line = _USER.sub(lambda found: self._mention(int(found[1])), line)
        return _TIME.sub(lambda found: self._when(int(found[1])), line)

    def _mention(self, user_id: int) -> str:
        return f'<span class="at">@{html.escape(self.name_of(user_id))}</span>'

    def _when(self, at_s: int) -> str:
        return f'<span class="when">{relative(self.texts, at_s - self.now_s)}</span>'


def relative(texts: Texts, seconds: float) -> str:
    """Say a distance in time as Discord does: `in 2 minutes`, `5 seconds ago`."""
    size, key = next((pair for pair in _UNITS if abs(seconds) >= pair[0]), _UNITS[-1])
    words = texts.say(key, count=round(abs(seconds) / size))
    return texts.say("time.from_now" if seconds > 0 else "time.ago", duration=words)
