"""Pictures and menus of a message, as the transcript keeps them."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from bot.story.bubbles import MAX_SIDE, data_uri
from cogs.ui.theatre.loop import Stage, loop


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def packed(data: bytes) -> Image.Image:
    kind, _, body = data_uri(data).partition(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_a_tall_picture_keeps_its_width() -> None:
    assert packed(png(788, 1400)).width == MAX_SIDE
    assert packed(png(2000, 1000)).size == (MAX_SIDE, MAX_SIDE // 2)


def test_what_moves_still_moves(tmp_path: Path) -> None:
    stages: list[Stage] = []
    for number, colour in enumerate(((200, 30, 30), (30, 200, 30))):
        path = tmp_path / f"{number}.png"
        path.write_bytes(png(64, 64, colour))
        stages.append(Stage(label="a", sample=path, done=number))
    assert packed(loop(stages).data).is_animated  # type: ignore[attr-defined]
