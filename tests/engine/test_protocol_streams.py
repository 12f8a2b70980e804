"""Frames on real streams: cut anywhere, glued together, too long."""

from __future__ import annotations

import asyncio
import io
from typing import Any, BinaryIO, cast

import pytest

from engine.errors import ProtocolError
from engine.framing import MAX_FRAME_BYTES, encode, read_async, read_blocking, write_blocking
from engine.protocol import Cancel, Done, Message, Ping

FRAMES = (Ping(), Cancel(request_id="ю"), Done(request_id="b" * 70_000))


class Trickle(io.RawIOBase):
    """Takes and gives three bytes at a time, like a full pipe."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)

    def read(self, size: int = -1, /) -> bytes:
        part = bytes(self.data[: min(3, size)])
        del self.data[: len(part)]
        return part

    def write(self, data: Any, /) -> int:
        part = bytes(memoryview(data)[:3])
        self.data += part
        return len(part)


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def test_frames_glued_together_are_read_one_by_one() -> None:
    glued = b"".join(map(encode, FRAMES))
    reader, stream = fed(glued), io.BytesIO(glued)
    for message in (*FRAMES, None, None):
        assert await read_async(reader) == message
        assert read_blocking(stream) == message


def test_a_stream_that_takes_a_little_at_a_time_gets_whole_frames() -> None:
    stream = Trickle()
    for message in FRAMES:
        write_blocking(_binary(stream), message)
    back: list[Message | None] = [read_blocking(_binary(stream)) for _ in (*FRAMES, None)]
    assert back == [*FRAMES, None]


@pytest.mark.parametrize("size", range(1, len(encode(Cancel(request_id="ab")))))
async def test_a_stream_cut_inside_a_frame_is_an_error(size: int) -> None:
    cut = encode(Cancel(request_id="ab"))[:size]
    with pytest.raises(ProtocolError, match="ended inside"):
        await read_async(fed(cut))
    with pytest.raises(ProtocolError, match="ended inside"):
        read_blocking(io.BytesIO(cut))


async def test_an_oversize_length_is_refused_before_its_body_is_read() -> None:
    header = (MAX_FRAME_BYTES + 1).to_bytes(4, "big")
    reader = asyncio.StreamReader()
    reader.feed_data(header)
    with pytest.raises(ProtocolError, match="over the limit"):
        await asyncio.wait_for(read_async(reader), 5)
    with pytest.raises(ProtocolError, match="over the limit"):
        read_blocking(io.BytesIO(header))


def _binary(stream: Trickle) -> BinaryIO:
    return cast("BinaryIO", stream)
