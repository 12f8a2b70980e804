"""How tests ask as the command line does."""

from __future__ import annotations

import argparse

from bot.cli.arguments import parse
from bot.i18n import Texts
from bot.services.wishes import Progressed

EN = Texts("en")


def options(*arguments: str) -> argparse.Namespace:
    """Read the arguments of a command."""
    return parse(EN, arguments)


async def ignore(_progressed: Progressed) -> None:
    """Look away."""
