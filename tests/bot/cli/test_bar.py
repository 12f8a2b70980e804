"""The progress bar."""

from __future__ import annotations

import io

from bot.cli.bar import WIDTH, Bar
from bot.i18n import Texts
from bot.services.wishes import Progressed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def running(step: int) -> Progressed:
    return Progressed(kind="train", state="running", step=step, steps=100, eta_s=90)


async def test_a_terminal_has_one_line_that_is_drawn_over() -> None:
    screen = Terminal()
    bar = Bar(Texts("en"), screen)
    await bar.show(running(50))
    await bar.show(running(51))
    bar.close()
    assert screen.getvalue().count("\n") == 1
    assert f"{'█' * (WIDTH // 2)}{'·' * (WIDTH // 2)} 50/100  1:30" in screen.getvalue()


async def test_a_log_gets_a_line_for_every_tenth() -> None:
    screen = io.StringIO()
    bar = Bar(Texts("en"), screen)
    for step in range(101):
        await bar.show(running(step))
    bar.close()
    assert len(screen.getvalue().splitlines()) == 11


async def test_states_are_worded_in_the_hosts_language() -> None:
    screen = io.StringIO()
    await Bar(Texts("ru"), screen).show(Progressed(kind="draw", state="queued"))
    assert screen.getvalue() == "Ждёт.\n"
