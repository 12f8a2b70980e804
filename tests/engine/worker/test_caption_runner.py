"""Captions in the worker: a tagger loaded once, drawings read beside the steps."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest
from PIL import Image

from engine.captions.wd import WdTagger
from engine.errors import JobFailed
from engine.protocol import (
    Captioned,
    CaptionRequest,
    Done,
    DrawRequest,
    FileRef,
    Progress,
    Request,
    Started,
)
from engine.worker.background import Background
from engine.worker.caption_runner import run
from engine.worker.captioners import Captioners
from engine.worker.wire import Wake
from engine.worker.work import Steps, Wait
from tests.contract.requests import drawing, of_kind
from tests.engine.captions.conftest import write_tagger
from tests.engine.worker.conftest import all_of
from tests.engine.worker.served import Served

ASSETS = Path(__file__).parents[3] / "data" / "assets"


@pytest.fixture
def captioners() -> Captioners:
    return Captioners(Background(lambda: None), threads=2)


def request_(folder: Path, *colours: str, name: str = "wd-vit-tagger-v3") -> CaptionRequest:
    tagger = write_tagger(folder / name)
    files: list[FileRef] = []
    for number, colour in enumerate(colours):
        path = folder / f"{number}.png"
        Image.new("RGB", (30, 30), colour).save(path)
        files.append(FileRef(path=str(path), sha256="0" * 64))
    return CaptionRequest(
        request_id="c", files=tuple(files), captioner="wd", model=str(tagger), owner="7"
    )


def test_every_drawing_is_told_in_order(tmp_path: Path, captioners: Captioners) -> None:
    told = all_of(run(request_(tmp_path, "white", "blue"), captioners))
    assert isinstance(told[0], Started)
    white, blue = of_kind(told, Captioned)
    assert (white.index, blue.index) == (0, 1)
    assert list(white.general) == ["long hair", "^_^"]
    assert white.characters == pytest.approx({"hatsune miku": 1.0}, abs=0.01)
    assert list(blue.general) == ["long hair"]  # its outputs: blue, green, red
    assert blue.ratings == {"general": 1.0}
    assert of_kind(told, Progress)[-1].step == 2


def test_the_hosts_threshold_wins(tmp_path: Path, captioners: Captioners) -> None:
    asked = request_(tmp_path, "#404040")
    [own] = of_kind(all_of(run(asked, captioners)), Captioned)
    assert own.general == {}
    lower = CaptionRequest(
        request_id="d", files=asked.files, captioner="wd", model=asked.model, threshold=0.2
    )
    [low] = of_kind(all_of(run(lower, captioners)), Captioned)
    assert list(low.general) == ["long hair", "^_^"]


def test_the_tagger_is_loaded_once(
    tmp_path: Path, captioners: Captioners, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Path] = []
    original = WdTagger.__init__

    def counted(self: WdTagger, folder: Path, **settings: object) -> None:
        loads.append(folder)
        original(self, folder, **settings)  # pyright: ignore[reportArgumentType] - handed on

    # Counted, not replaced: the real one still loads.
    monkeypatch.setattr(WdTagger, "__init__", counted)
    asked = request_(tmp_path, "white", "black")
    all_of(run(asked, captioners))
    all_of(run(asked, captioners))
    assert len(loads) == 1


def test_files_that_are_not_there_are_named(tmp_path: Path, captioners: Captioners) -> None:
    asked = CaptionRequest(
        request_id="c",
        files=(FileRef(path=str(tmp_path / "gone.png"), sha256="0" * 64),),
        captioner="wd",
        model=str(tmp_path / "nothing"),
    )
    with pytest.raises(JobFailed, match=r"caption\.model_missing"):
        all_of(run(asked, captioners))
    there = request_(tmp_path, "white")
    gone = CaptionRequest(request_id="c", files=asked.files, captioner="wd", model=there.model)
    with pytest.raises(JobFailed, match=r"caption\.unreadable"):
        all_of(run(gone, captioners))


def test_the_built_in_tagger_reads_the_sample_drawings(captioners: Captioners) -> None:
    path = ASSETS / "artists" / "ada" / "03.png"
    asked = CaptionRequest(
        request_id="c",
        files=(FileRef(path=str(path), sha256="0" * 64),),
        captioner="wd",
        model=str(ASSETS / "tagger"),
    )
    [told] = of_kind(all_of(run(asked, captioners)), Captioned)
    drawn = path.with_suffix(".txt").read_text().strip().split(", ")
    assert len(set(told.general) & set(drawn)) >= len(drawn) / 2
    assert len(told.ratings) == 4


def test_drawing_goes_on_while_a_drawing_is_read(served: Served) -> None:
    order: list[str] = []
    read: Future[str] = Future()
    read.add_done_callback(lambda _: served.inbox.put(Wake()))

    def steps(request: Request) -> Steps:
        if isinstance(request, DrawRequest):
            for _ in range(3):
                order.append("draw")
                yield None
            threading.Timer(0.02, read.set_result, ["cat"]).start()
        else:
            yield Wait(read)
            order.append(read.result())

    caption = CaptionRequest(request_id="c", files=(), captioner="wd", model="")
    served.serve(steps, caption, drawing("a"), ends=2)
    assert order == ["draw", "draw", "draw", "cat"]


def test_endless_captions_starve_nobody(served: Served) -> None:
    turns: list[str] = []

    def steps(request: Request) -> Steps:
        for _ in range(20):
            turns.append(request.request_id)
            yield None

    caption = CaptionRequest(request_id="c", files=(), captioner="wd", model="")
    served.serve(steps, caption, drawing("a"), ends=2)
    assert turns[:8].count("a") == 4
    assert len(of_kind(served.seen, Done)) == 2
