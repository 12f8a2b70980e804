"""The log: one line per event, its job, and no secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

import pytest

from bot.config import Settings
from bot.log import JsonLines, PlainLines, job_context, redact, set_up_logging

pytestmark = pytest.mark.usefixtures("log_as_before")

# Built from parts: no scanner shall take it for a leaked one.
BOT_TOKEN = ".".join(["MTAwMDAwMDAwMDAwMDAwMDAw", "GaBcDe", "x" * 38])


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_line_names_the_job_of_its_task(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "bot.log"
    set_up_logging(Settings(log_file=path))

    async def work(job: str) -> None:
        with job_context(job):
            await asyncio.sleep(0)
            logging.getLogger("bot.test").info("step %d", 1)

    async def both() -> None:
        await asyncio.gather(work("AAA"), work("BBB"))
        logging.getLogger("bot.test").info("after")

    asyncio.run(both())
    text = [line.split(" ", 2)[2] for line in lines(path)]
    assert text == ["bot.test job=AAA step 1", "bot.test job=BBB step 1", "bot.test job=- after"]


def test_trace_stays_on_one_line_and_hides_the_token(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    set_up_logging(Settings(log_file=path, discord_token="my-own-secret"))
    try:
        raise ValueError("refused my-own-secret")
    except ValueError:
        logging.getLogger("bot.test").exception("login failed")
    (line,) = lines(path)
    assert "login failed | Traceback" in line
    assert "ValueError: refused [hidden]" in line


def test_level_of_the_settings_counts_and_discord_never_debugs(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    set_up_logging(Settings(log_file=path, log_level="DEBUG"))
    logging.getLogger("bot.test").debug("shown")
    logging.getLogger("discord.http").debug("a payload")
    assert [line.rsplit(" ", 1)[1] for line in lines(path)] == ["shown"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {BOT_TOKEN} refused", "token [hidden] refused"),
        (
            f"PATCH /api/v10/webhooks/123456789012345678/{'aW50' * 20}/messages/1",
            "PATCH /api/v10/webhooks/123456789012345678/[hidden]/messages/1",
        ),
        (
            f"POST /interactions/123456789012345678/{'a.b-' * 10}/callback",
            "POST /interactions/123456789012345678/[hidden]/callback",
        ),
        ("style.safetensors of 1girl, red hair", "style.safetensors of 1girl, red hair"),
    ],
    ids=["bot", "webhook", "interaction", "nothing"],
)
def test_tokens_of_discord_are_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_json_lines_hide_a_secret_that_json_would_escape() -> None:
    record = logging.LogRecord("bot", logging.INFO, "f.py", 1, 'got "%s"', ('a"b',), None)
    event = json.loads(JsonLines(['a"b']).format(record))
    assert event["text"] == 'got "[hidden]"'
    assert event["level"] == "INFO"
    assert event["time"].endswith("Z")


def test_line_breaks_cannot_forge_a_line() -> None:
    record = logging.LogRecord("bot", logging.INFO, "f.py", 1, "a\nINFO b", (), None)
    assert "\n" not in PlainLines().format(record)


def test_default_log_goes_to_stderr() -> None:
    set_up_logging(Settings())
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
