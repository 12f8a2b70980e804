"""Command names, descriptions, options and choices in the person's language."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.i18n import DEFAULT_LANGUAGE, LANGUAGES, Texts, language_of

_KEY = "key"


def named(key: str) -> app_commands.locale_str:
    """Name something of a command by its key in the catalogues."""
    return app_commands.locale_str(Texts(DEFAULT_LANGUAGE).say(key), key=key)


class CommandTranslator(app_commands.Translator):
    """Answers from the catalogues when the commands are synced."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Translate what `named` made; None leaves Discord with the English default."""
        del context
        key = string.extras.get(_KEY)
        language = language_of(locale.value)
        if key is None or language == DEFAULT_LANGUAGE or language not in LANGUAGES:
            return None
        return Texts(language).say(str(key))
