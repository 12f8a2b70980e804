"""Frames: a 4-byte big-endian length, then one UTF-8 JSON object `{"type": ..., ...}`.

Strict both ways: both sides run the same version, so anything that does not fit its message
exactly means a broken stream and raises `ProtocolError`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import struct
import sys
import types
import typing
from collections.abc import Callable
from enum import EnumType, StrEnum
from functools import cache
from typing import IO, Any, cast

from engine.errors import ProtocolError
from engine.protocol import Message

#: No honest frame is longer; a longer one means that the stream is broken.
MAX_FRAME_BYTES = 16 * 1024 * 1024
_FLOAT_MOST = sys.float_info.max
_HEADER = struct.Struct(">I")
_MESSAGES: dict[str, type[Message]] = {kind.__name__: kind for kind in typing.get_args(Message)}

Decoder = Callable[[object, str], Any]


# --- messages ↔ frames ----------------------------------------------------------------------


def encode(message: Message) -> bytes:
    """Make the whole frame; raises `ProtocolError` for what the other side would refuse."""
    name = type(message).__name__
    fields = _plain(message)
    _record(type(message), fields, name)  # a sender's wrong type must not look like a dead peer
    try:
        payload = json.dumps({"type": name, **fields}, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ProtocolError(f"{name} cannot be sent: {error}") from error
    _check_length(len(payload))
    return _HEADER.pack(len(payload)) + payload


def decode(payload: bytes) -> Message:
    """Read one frame's body; every field must be there, no other, each of its type."""
    try:
        tree: object = json.loads(payload, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a frame is not JSON: {error}") from error
    if not isinstance(tree, dict):
        raise ProtocolError("a frame is not an object")
    fields = cast("dict[str, object]", tree)
    name = fields.pop("type", None)
    kind = _MESSAGES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(f"unknown message type {name!r}")
    return _record(kind, fields, kind.__name__)


def _plain(message: Any) -> dict[str, object]:
    return {
        field.name: _tree(getattr(message, field.name)) for field in dataclasses.fields(message)
    }


def _tree(value: object) -> object:
    if dataclasses.is_dataclass(value):
        return _plain(value)
    if isinstance(value, tuple):
        return [_tree(item) for item in cast("tuple[object, ...]", value)]
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


# --- strict reading by type -----------------------------------------------------------------


def _record(kind: type[Any], fields: dict[str, object], where: str) -> Any:
    decoders = _decoders(kind)
    if fields.keys() != decoders.keys():
        missing = sorted(decoders.keys() - fields.keys())
        extra = sorted(fields.keys() - decoders.keys())
        raise ProtocolError(f"{where}: missing {missing}, unknown {extra}")
    return kind(**{name: read(fields[name], f"{where}.{name}") for name, read in decoders.items()})


@cache
def _decoders(kind: type[Any]) -> dict[str, Decoder]:
    hints = typing.get_type_hints(kind)
    return {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(kind)}


def _decoder(hint: Any) -> Decoder:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of([_decoder(argument) for argument in arguments])
    if origin is tuple and len(arguments) == 2 and arguments[1] is ...:
        return _sequence(_decoder(arguments[0]))
    if origin is dict and arguments[0] is str:
        return _mapping(_decoder(arguments[1]))
    if dataclasses.is_dataclass(hint):
        return _nested(cast("type[Any]", hint))
    if hint is float:
        return _number
    if isinstance(hint, EnumType):
        return _member(cast("type[StrEnum]", hint))
    if hint in (str, int, bool, type(None)):
        return _scalar(hint)
    raise TypeError(f"the wire cannot carry {hint!r}")


def _member(kind: type[StrEnum]) -> Decoder:
    def read(value: object, where: str) -> object:
        if not isinstance(value, str) or value not in list(kind):
            raise _wrong(kind.__name__, value, where)
        return kind(value)

    return read


def _scalar(kind: type[object]) -> Decoder:
    def read(value: object, where: str) -> object:
        if type(value) is not kind:  # exact: True is not 1 here
            raise _wrong(kind.__name__, value, where)
        return value

    return read


def _number(value: object, where: str) -> float:
    if type(value) not in (int, float):
        raise _wrong("float", value, where)
    number = cast("float", value)
    if not -_FLOAT_MOST <= number <= _FLOAT_MOST:  # also NaN, and an int that no float holds
        raise ProtocolError(f"{where}: {number} is no finite number")
    return float(number)


def _nested(kind: type[Any]) -> Decoder:
    def read(value: object, where: str) -> object:
        if not isinstance(value, dict):
            raise _wrong(kind.__name__, value, where)
        return _record(kind, cast("dict[str, object]", value), where)

    return read


def _sequence(item: Decoder) -> Decoder:
    def read(value: object, where: str) -> object:
        if not isinstance(value, list):
            raise _wrong("list", value, where)
        items = cast("list[object]", value)
        return tuple(item(entry, f"{where}[{index}]") for index, entry in enumerate(items))

    return read


def _mapping(item: Decoder) -> Decoder:
    def read(value: object, where: str) -> object:
        if not isinstance(value, dict):
            raise _wrong("object", value, where)
        entries = cast("dict[str, object]", value)
        return {name: item(entry, f"{where}.{name}") for name, entry in entries.items()}

    return read


def _one_of(choices: list[Decoder]) -> Decoder:
    def read(value: object, where: str) -> object:
        reasons: list[str] = []
        for choice in choices:
            try:
                return choice(value, where)
            except ProtocolError as error:
                reasons.append(str(error))
        raise ProtocolError("; ".join(reasons))

    return read


def _wrong(expected: str, value: object, where: str) -> ProtocolError:
    return ProtocolError(f"{where}: expected {expected}, got {type(value).__name__}")


# --- frames on streams ----------------------------------------------------------------------


async def read_async(reader: asyncio.StreamReader) -> Message | None:
    """Read one message; None at the end of the stream between two frames."""
    try:
        header = await reader.readexactly(_HEADER.size)
        payload = await reader.readexactly(_length(header))
    except asyncio.IncompleteReadError as error:
        if not error.partial and error.expected == _HEADER.size:
            return None
        raise ProtocolError("the stream ended inside a frame") from error
    return decode(payload)


def read_blocking(stream: IO[bytes]) -> Message | None:
    """Read one message; None at the end of the stream between two frames."""
    header = _read_up_to(stream, _HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise ProtocolError("the stream ended inside a frame")
    payload = _read_up_to(stream, length := _length(header))
    if len(payload) < length:
        raise ProtocolError("the stream ended inside a frame")
    return decode(payload)


def write_blocking(stream: IO[bytes], message: Message) -> None:
    """Write one whole frame, however little an unbuffered stream takes at a time."""
    left = memoryview(encode(message))
    while left:
        left = left[stream.write(left) :]


def _read_up_to(stream: IO[bytes], size_bytes: int) -> bytes:
    parts: list[bytes] = []
    while size_bytes and (part := stream.read(size_bytes)):
        parts.append(part)
        size_bytes -= len(part)
    return b"".join(parts)


def _length(header: bytes) -> int:
    (length,) = _HEADER.unpack(header)
    return _check_length(length)


def _check_length(length: int) -> int:
    if length > MAX_FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes is over the limit of {MAX_FRAME_BYTES}")
    return length
