"""What is shipped to try things with."""

from pathlib import Path

import pytest

from bot.app import open_app
from bot.config import Settings
from bot.playground import samples
from bot.playground.samples import SampleArtist, header_facts, install_style, sample_artist
from bot.services.orders import DrawOrder
from data.models import OwnerId
from engine.fake import FakeEngine, FakeScript
from engine.scripted import style_file

ARTIST, GUEST, GUILD = OwnerId(7), OwnerId(8), 99


def test_thirty_six_drawings_are_shipped_with_their_words() -> None:
    drawings = sample_artist().drawings
    assert len(drawings) == 36
    assert all(path.with_suffix(".txt").read_text(encoding="utf-8").strip() for path in drawings)


def test_a_style_file_tells_about_itself() -> None:
    assert header_facts(style_file("mira", 40)) == {"ss_output_name": "mira", "ss_steps": "40"}


@pytest.mark.parametrize("data", [b"\xff" * 16, (2**40).to_bytes(8, "little") + b"{}"])
def test_what_is_no_style_file_tells_nothing(data: bytes) -> None:
    assert header_facts(data) == {}


async def test_the_shipped_style_is_drawn_with_by_everyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "ASSETS", tmp_path / "assets")
    artist = SampleArtist(name="mira", folder=tmp_path)
    artist.style_file.parent.mkdir(parents=True)
    artist.style_file.write_bytes(style_file("mira", 40))
    settings = Settings(state_dir=tmp_path / "state")
    engine = FakeEngine(FakeScript(outbox=tmp_path / "state" / "outbox"))
    async with open_app(settings, engine=engine) as app:
        name = await install_style(app, artist, owner_id=ARTIST, guild_id=GUILD)
        assert name == "mira"
        plan = await app.draws.plan(DrawOrder(owner_id=GUEST, guild_id=GUILD, prompt="cat"))
        assert plan.why == "only"
        assert plan.style is not None
        assert plan.style.checkpoint is not None
        stored = await app.blobs.read(plan.style.checkpoint.style_sha256)
        assert stored == artist.style_file.read_bytes()
        assert plan.style.checkpoint.step == 40
