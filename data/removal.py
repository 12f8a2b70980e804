"""A message that Discord still shows and should not."""

from __future__ import annotations

from typing import NamedTuple


class Removal(NamedTuple):
    """A message that is to be deleted, and when that was asked for."""

    channel_id: int
    message_id: int
    asked_ms: int
