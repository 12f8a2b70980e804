"""Every message crosses the wire unchanged, and nothing else gets through."""

from __future__ import annotations

import json
import subprocess
import sys
import typing
from typing import Any

import pytest

from engine.errors import ProtocolError
from engine.framing import MAX_FRAME_BYTES, decode, encode
from engine.pictures.recipe import AdapterUse, Recipe
from engine.protocol import (
    BareDrawn,
    Cancel,
    Cancelled,
    Captioned,
    CaptionRequest,
    CheckpointSaved,
    Done,
    DrawRequest,
    Failed,
    FileRef,
    Lost,
    Message,
    PictureDrawn,
    Ping,
    Pong,
    Preview,
    Progress,
    Ready,
    Shutdown,
    Started,
    StartFailed,
    StyleShown,
    TrainDrawing,
    TrainRecipe,
    TrainRequest,
)
from engine.training.footprint import Footprint

FILE = FileRef(path="out/кот.png", sha256="ab" * 32, size_bytes=7)
USE = AdapterUse(name="mira", sha256="cd" * 32, weight=0.75, text_weight=-0.5)
RECIPE = Recipe(
    prompt="1girl, «дом», 🏠",
    positive="score_9, 1girl",
    score=7,
    seed=2**64 - 1,
    guidance=4.5,
    adapters=(USE, USE),
)
PLAIN = Recipe(prompt="cat", positive="cat")

EXAMPLES: tuple[Message, ...] = (
    DrawRequest(request_id="a", recipes=(RECIPE, PLAIN), files=(FILE,)),
    DrawRequest(request_id="a", recipes=()),
    TrainRequest(
        request_id="t",
        name="mira",
        drawings=(TrainDrawing(file=FILE, caption="", held_out=True),),
        recipe=TrainRecipe(),
        samples=(RECIPE,),
        resume=FILE,
    ),
    TrainRequest(request_id="t", name="mira", drawings=(), recipe=TrainRecipe(steps=3)),
    TrainRequest(request_id="t", name="mira", drawings=(), recipe=TrainRecipe(), finished=FILE),
    CaptionRequest(
        request_id="c", files=(FILE,), captioner="wd", model="SmilingWolf/wd", threshold=0.35
    ),
    CaptionRequest(request_id="c", files=(), captioner="blip", model=""),
    Captioned(request_id="c", index=0, general={"1girl": 0.9, "^_^": 0.5}, ratings={"general": 1}),
    Captioned(request_id="c", index=1, sentence="a cat on a table"),
    Cancel(request_id="a"),
    Ping(),
    Shutdown(),
    Ready(version=1, device="cpu", base="builtin", base_sha256="ef" * 32, family="builtin"),
    Ready(
        version=1,
        device="cuda",
        base="pony",
        base_sha256="ef" * 32,
        family="pony",
        footprint=Footprint(
            held_bytes=9,
            number_bytes=22,
            linears=8,
            style_block=7,
            locon=6,
            convolutions=5,
            row_bytes=4,
            rows=0,
        ),
    ),
    StartFailed(key="engine.base_missing", facts={"path": "models/pony"}),
    Pong(busy_s=0.5),
    Started(request_id="a"),
    Progress(request_id="a", step=1, steps=20),
    Progress(request_id="a", step=1, steps=20, eta_s=3.5, loss=0.125, parts=4),
    Preview(request_id="a", index=0, file=FILE),
    PictureDrawn(request_id="a", index=1, file=FILE, recipe=RECIPE),
    BareDrawn(request_id="t", samples=(FILE, FILE)),
    CheckpointSaved(
        request_id="t", step=5, steps=10, loss=0.5, held_out_loss=None, style=FILE, state=FILE
    ),
    CheckpointSaved(
        request_id="t",
        step=10,
        steps=10,
        loss=0.5,
        held_out_loss=0.75,
        style=FILE,
        state=FILE,
        samples=(FILE, FILE),
    ),
    StyleShown(request_id="t", held_out_loss=None),
    StyleShown(request_id="t", held_out_loss=0.75, samples=(FILE,)),
    Done(request_id="a"),
    Failed(request_id="a", key="engine.internal", facts={"error": "ValueError"}),
    Cancelled(request_id="a"),
    Lost(request_id="a"),
)


def body(message: Message) -> dict[str, Any]:
    return json.loads(encode(message)[4:])


def read(tree: object) -> Message:
    return decode(json.dumps(tree).encode())


def name_of(message: Message) -> str:
    return type(message).__name__


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_message_survives_the_wire(message: Message) -> None:
    frame = encode(message)
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    back = decode(frame[4:])
    assert back == message
    assert type(back) is type(message)


def test_every_message_has_an_example() -> None:
    assert {type(message) for message in EXAMPLES} == set(typing.get_args(Message))


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_missing_and_extra_fields_are_refused(message: Message) -> None:
    whole = body(message)
    with pytest.raises(ProtocolError):
        read(whole | {"surprise": 1})
    for field in whole:
        with pytest.raises(ProtocolError):
            read({name: value for name, value in whole.items() if name != field})


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
@pytest.mark.parametrize("wrong", [[], {"x": 1}, True], ids=["list", "object", "bool"])
def test_wrong_types_are_refused(message: Message, wrong: object) -> None:
    whole = body(message)
    for field, value in whole.items():
        if isinstance(value, type(wrong)):
            continue
        with pytest.raises(ProtocolError):
            read(whole | {field: wrong})


def test_a_wrong_type_deep_inside_is_named() -> None:
    whole = body(DrawRequest(request_id="a", recipes=(PLAIN, RECIPE)))
    whole["recipes"][1]["adapters"][0]["weight"] = "much"
    with pytest.raises(ProtocolError, match=r"recipes\[1\].adapters\[0\].weight: expected float"):
        read(whole)


def test_a_whole_number_is_a_float_but_not_the_other_way() -> None:
    whole = body(Progress(request_id="a", step=1, steps=2, eta_s=3.5))
    back = read(whole | {"eta_s": 3})
    assert isinstance(back, Progress)
    assert type(back.eta_s) is float
    with pytest.raises(ProtocolError):
        read(whole | {"step": 1.0})


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"type": 3}',
        b'{"type": "Nonsense"}',
        b'{"type": ["Ping"]}',
        b'{"type": "Pong", "busy_s": NaN}',
        b'{"type": "Pong", "busy_s": 1e999}',
        b'{"type": "Pong", "busy_s": 1' + b"0" * 400 + b"}",
        b'{"type": "Ping"} x',
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(payload)


@pytest.mark.parametrize(
    "message",
    [
        Pong(busy_s=float("nan")),
        Pong(busy_s=float("inf")),
        Done(request_id="\ud800"),
        Progress(request_id="a", step=typing.cast("int", 1.5), steps=2),
        Failed(request_id="a", key="k", facts={"n": typing.cast("str", 3)}),
        Done(request_id="x" * (MAX_FRAME_BYTES + 1)),
    ],
    ids=["nan", "infinity", "surrogate", "float-step", "int-fact", "oversize"],
)
def test_what_the_other_side_would_refuse_is_not_sent(message: Message) -> None:
    with pytest.raises(ProtocolError):
        encode(message)


def test_the_bots_side_of_the_engine_loads_no_torch() -> None:
    code = (
        "import sys, engine.fake, engine.framing, engine.supervisor\n"
        "assert not {'torch', 'diffusers', 'transformers', 'peft'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
