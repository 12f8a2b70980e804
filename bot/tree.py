"""The command tree, and the one way in which errors reach people: a sentence, and a log line."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.errors import UserError, is_for_host
from bot.i18n import Texts
from data.errors import NotFound

if TYPE_CHECKING:
    from bot.client import OwnhandBot

log = logging.getLogger(__name__)

#: Discord's codes for an answer that comes too late or twice: nobody can be told any more.
_UNANSWERABLE = {10062, 40060, 10015, 50027}


def texts_of(interaction: discord.Interaction[Any]) -> Texts:
    """Speak the language that the person set in Discord."""
    return Texts(interaction.locale.value)


async def answer(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Tell one person one sentence, whether the interaction was answered before or not."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as error:
        log.info("could not answer an interaction: %s", error)


async def report(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Turn any error of a command, button or window into one sentence for the person.

    What the person cannot put right gets an incident id, in the sentence and in the log.
    """
    cause = _cause(error)
    if isinstance(cause, discord.HTTPException) and cause.code in _UNANSWERABLE:
        log.info("%s came too late: %s", _what(interaction), cause)
        return
    texts, what = texts_of(interaction), _what(interaction)
    if isinstance(cause, UserError):
        sentence = worded(texts, cause, what)
    else:
        sentence = _sentence(texts, cause) or _incident(texts, cause, what)
    await answer(interaction, sentence)


def worded(texts: Texts, error: UserError, what: str) -> str:
    """Word what a person may put right; of what only the host may, tell where the log says it."""
    if is_for_host(error.key):
        return _incident(texts, error, what)
    return texts.error(error)


def _incident(texts: Texts, error: BaseException, what: str) -> str:
    incident = secrets.token_hex(3)
    log.error("incident %s in %s", incident, what, exc_info=error)
    key = "error.internal"
    if isinstance(error, UserError):
        key = "engine.unavailable" if error.key.startswith("engine.") else "caption.unavailable"
    return texts.say(key, incident=incident)


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError):
        return error.__cause__ or error
    return error


def _sentence(texts: Texts, error: BaseException) -> str | None:
    match error:
        case NotFound():
            return texts.say("error.gone")
        case app_commands.NoPrivateMessage():
            return texts.say("error.server_only")
        case app_commands.CommandOnCooldown():
            return texts.say("error.slow_down", seconds=round(error.retry_after))
        case app_commands.CheckFailure():
            return texts.say("error.not_allowed")
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return texts.say("error.outdated")
        case discord.Forbidden():
            log.warning("Discord forbids it: %s", error)
            return texts.say("error.forbidden")
        case _:
            return None


def _what(interaction: discord.Interaction[Any]) -> str:
    if interaction.command is not None:
        return f"/{interaction.command.qualified_name}"
    data: dict[str, Any] = dict(interaction.data or {})
    return str(data.get("custom_id") or interaction.type.name)


class OwnhandTree(app_commands.CommandTree["OwnhandBot"]):
    """Reports whatever a command raises."""

    async def on_error(
        self, interaction: discord.Interaction[OwnhandBot], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with one sentence; see `report`."""
        await report(interaction, error)
