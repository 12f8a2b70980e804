"""Logging: one event per line, the job it belongs to, and never a secret."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import re
import sys
from collections.abc import Generator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from bot.config import Settings

_JOB: ContextVar[str] = ContextVar("job", default="-")
_HIDDEN = "[hidden]"
#: Tokens of bots, and those in the addresses of webhooks, interactions and our own page.
_TOKENS = re.compile(
    r"[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"
    r"|(?<=/file/)[\w-]{43}|(?<=/upload/)[\w-]{43}"
    r"|(?<=/)(?P<kind>webhooks|interactions)/(?P<id>\d{15,20})/[\w.-]{20,}"
)
_FILE_BYTES = 10 * 1024 * 1024
_FILES_KEPT = 5


@contextlib.contextmanager
def job_context(job_id: str) -> Generator[None]:
    """Name the job that every log line of this task, and of tasks made in it, belongs to."""
    token = _JOB.set(job_id)
    try:
        yield
    finally:
        _JOB.reset(token)


def set_up_logging(settings: Settings) -> None:
    """Send all logs to stderr, and to the file when one is set; replaces what was set up before."""
    secrets = [settings.discord_token]
    formatter = JsonLines(secrets) if settings.log_json else PlainLines(secrets)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if settings.log_file is not None:
        handlers.append(_file_handler(settings.log_file))
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(_add_job)
    logging.basicConfig(level=settings.log_level, handlers=handlers, force=True)
    # discord.py writes whole payloads at DEBUG, prompts included.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))
    logging.captureWarnings(capture=True)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """Hide the given secrets, and whatever looks like a token of Discord."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return _TOKENS.sub(_hide_token, text)


class PlainLines(logging.Formatter):
    """`2026-01-31T12:00:00.000Z INFO bot.app job=- text`, and a trace folded into the line."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without secrets and without line breaks."""
        text = " | ".join(_event(self, record).splitlines())
        line = f"{_time(record)} {record.levelname} {record.name} job={_job(record)} {text}"
        return redact(line, self._secrets)


class JsonLines(logging.Formatter):
    """The same as one JSON object a line."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, without secrets."""
        event = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "job": _job(record),
            # redacted before it is encoded: escapes could hide a secret from the search
            "text": redact(_event(self, record), self._secrets),
        }
        return json.dumps(event, ensure_ascii=False)


def _file_handler(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"
    )


def _add_job(record: logging.LogRecord) -> bool:
    record.job = _JOB.get()
    return True


def _job(record: logging.LogRecord) -> str:
    return str(getattr(record, "job", "-"))


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return the message, followed by the trace where there is one."""
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + formatter.formatException(record.exc_info)
    return text


def _hide_token(match: re.Match[str]) -> str:
    return f"{match['kind']}/{match['id']}/{_HIDDEN}" if match["kind"] else _HIDDEN
