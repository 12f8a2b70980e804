"""What is shipped to try things with: an artist's drawings, and a style trained on them."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from data.models import OwnerId

if TYPE_CHECKING:
    from bot.app import App

ASSETS: Final = Path(__file__).resolve().parents[2] / "data" / "assets"
#: safetensors puts its header's length into the first eight bytes; more than this is no header
MAX_HEADER: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArtist:
    """One made-up artist."""

    name: str
    folder: Path

    @property
    def drawings(self) -> tuple[Path, ...]:
        """The drawings in the artist's own order."""
        return tuple(sorted(self.folder.glob("*.png")))

    def faces(self, names: Sequence[str]) -> dict[str, bytes]:
        """Lend people portraits from the drawings, one each as far as they go."""
        portraits = [path for path in self.drawings if "portrait" in self.words(path)]
        return {name: path.read_bytes() for name, path in zip(names, portraits, strict=False)}

    def words(self, drawing: Path) -> str:
        """Return what a drawing shows."""
        return drawing.with_suffix(".txt").read_text(encoding="utf-8").strip()

    @property
    def style_file(self) -> Path:
        """The style that was trained on the drawings; not every copy has it."""
        return ASSETS / "styles" / f"{self.name}.safetensors"


def sample_artist() -> SampleArtist:
    """Return the artist of the sample style, or the first one where no style is shipped.

    Raises FileNotFoundError when the drawings are missing.
    """
    folders = sorted(path for path in (ASSETS / "artists").glob("*") if path.is_dir())
    artists = [SampleArtist(name=folder.name, folder=folder) for folder in folders]
    artists = [artist for artist in artists if artist.drawings]
    if not artists:
        raise FileNotFoundError("data/assets/artists holds no drawings")
    return next((artist for artist in artists if artist.style_file.exists()), artists[0])


async def install_style(app: App, artist: SampleArtist, *, owner_id: OwnerId, guild_id: int) -> str:
    """Put the shipped style into the store, shared with the server; return its name."""
    styles, name = app.store.styles, artist.name
    data = artist.style_file.read_bytes()
    facts = header_facts(data)
    now = app.clock.now_ms()
    style = await styles.create(owner_id, name, guild_id, now)
    version = await styles.add_version(
        style.id,
        base="builtin",
        base_sha256=facts.get("ownhand.base_sha256", ""),
        family="builtin",
        dataset_id=None,
        job_id=None,
        recipe_json="{}",
        now=now,
    )
    steps = int(facts.get("ss_steps", "1"))
    checkpoint = await app.store.checkpoints.add(
        version.id,
        None,
        step=steps,
        steps=steps,
        loss=None,
        held_out_loss=None,
        style_sha256=await app.blobs.put_bytes(data),
        state_sha256=None,
        sample_sha256s=(),
        now=now,
    )
    if checkpoint is not None:
        await app.store.checkpoints.publish(checkpoint.id)
        await styles.share(version.id, now)
    return name


def header_facts(data: bytes) -> dict[str, str]:
    """Read what a safetensors file says about itself; empty when it says nothing."""
    (length,) = struct.unpack("<Q", data[:8])
    if length > MAX_HEADER:
        return {}
    header = cast("dict[str, Any]", json.loads(data[8 : 8 + length]))
    return dict(header.get("__metadata__") or {})
