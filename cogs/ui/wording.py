"""Small pieces of text that cards are put together from."""

from __future__ import annotations

from typing import Final

import discord

from bot.errors import is_for_host
from bot.i18n import Texts
from data.models import Job, JobState

#: Discord's limit for all texts of one message is 4,000; what people typed gets its share.
PROMPT_CHARS: Final = 600
NAME_CHARS: Final = 60
_BAR_CELLS: Final = 14
#: Of the 2,000 characters that Discord takes in one answer.
_LISTED_CHARS: Final = 1700


def mention(person_id: int) -> str:
    """Name a person; nobody is pinged, the bot allows no mentions."""
    return f"<@{person_id}>" if person_id else "CLI"


def channel_mention(channel_id: int) -> str:
    """Name a channel or thread."""
    return f"<#{channel_id}>"


def relative(at_ms: int) -> str:
    """Show a moment; each Discord client counts down by itself."""
    return f"<t:{at_ms // 1000}:R>"


def plain(text: str, most: int = PROMPT_CHARS) -> str:
    """Show what a person typed as it is: no markdown, one line, not too long."""
    line = " ".join(text.split())
    if len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return discord.utils.escape_markdown(line)


def plain_within(text: str, most: int) -> str:
    """Show what a person typed as `plain` does, not too long with what escaping adds to it."""
    kept = most
    while len(said := plain(text, kept)) > most:
        kept -= max(1, (len(said) - most) // 2)
    return said


def in_code(text: str, most: int = NAME_CHARS) -> str:
    """Make a text safe between backticks."""
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= most else line[: most - 1] + "…"


def bar(step: int, steps: int) -> str:
    """Draw how far something is."""
    done = round(_BAR_CELLS * min(step, steps) / steps) if steps else 0
    return "▰" * done + "▱" * (_BAR_CELLS - done)


def duration(texts: Texts, seconds: int) -> str:
    """Word a length of time as a person would."""
    if seconds < 45:
        return texts.say("time.under_a_minute")
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        length = texts.say("count.minutes", count=minutes)
    else:
        length = texts.say("count.hours", count=round(minutes / 60))
    return texts.say("time.about", duration=length)


def queue_line(texts: Texts, position: int | None) -> str:
    """Say when a waiting job's turn comes."""
    if position is None or position <= 1:
        return texts.say("job.queued_next")
    return texts.say("job.queued", position=position)


def eta(texts: Texts, job: Job) -> str:
    """Say when a running job will be ready, once that is known."""
    if job.eta_at_ms is None:
        return ""
    return texts.say("job.ready_at", when=relative(job.eta_at_ms))


def failure(texts: Texts, job: Job) -> str:
    """Word why a job failed; of what is for the host alone, the log has the job's id."""
    key = job.error_key or "engine.internal"
    if is_for_host(key):
        return texts.say("engine.unavailable", incident=job.id)
    return texts.say(key, **job.error_facts)


def small(text: str) -> str:
    """Set a line in Discord's small, faint letters."""
    return f"-# {text}"


def dotted(*parts: str) -> str:
    """Put short facts side by side."""
    return " · ".join(part for part in parts if part)


ACCENTS: Final = {
    JobState.QUEUED: discord.Colour(0x8A8F98),
    JobState.RUNNING: discord.Colour(0xE8A33D),
    JobState.DONE: discord.Colour(0x3FA66B),
    JobState.FAILED: discord.Colour(0xC94F4F),
    JobState.CANCELLED: discord.Colour(0x8A8F98),
}


def listed(texts: Texts, lines: list[str]) -> str:
    """Put as many lines under each other as an answer takes; of the rest the number is told."""
    shown: list[str] = []
    left = _LISTED_CHARS
    for line in lines:
        left -= len(line) + len("- \n")
        if left < 0:
            break
        shown.append(f"- {line}")
    if len(shown) < len(lines):
        shown.append(texts.say("style.more", count=len(lines) - len(shown)))
    return "\n".join(shown)
