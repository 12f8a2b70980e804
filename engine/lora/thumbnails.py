"""Put a picture into a style's file, where other programs look for one; torch-free."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Final

from engine.lora.reading import FileHeader, read_header
from engine.lora.streaming import MAX_HEADER_BYTES, PIECE_BYTES, TensorKind, header_bytes

#: A picture of 256 pixels has 20 KB, one of noise 50. It is in the header twice, in four letters
#: for three bytes, so that with everything else the header stays below `MAX_HEADER_BYTES`.
MOST_THUMBNAIL_BYTES: Final = 64 * 1024
#: Stability's specification; and where ComfyUI and A1111 look for a preview.
_THUMBNAIL, _COVERS = "modelspec.thumbnail", "ssmd_cover_images"


def with_thumbnail(source: Path, target: Path, jpeg: bytes, sha256: str) -> str:
    """Write the source again with a picture in its header; return the new file's sha256.

    The tensors stay byte for byte, so hashes over them stay true. `sha256` is the source's: what
    the disk has changed is not passed on. ValueError then, and where the picture has no room;
    JobFailed `lora.…` for no LoRA file.
    """
    header = read_header(source)
    spelled = header_bytes(_kinds(header), {**header.metadata, **_pictured(jpeg)})
    if len(jpeg) > MOST_THUMBNAIL_BYTES or len(spelled) > MAX_HEADER_BYTES:
        raise ValueError(f"a picture of {len(jpeg)} bytes, a header of {len(spelled)}")
    with source.open("rb") as file, target.open("wb") as copy:
        before = hashlib.sha256(file.read(header.data_start))
        after = hashlib.sha256(spelled)
        copy.write(spelled)
        while piece := file.read(PIECE_BYTES):
            before.update(piece)
            after.update(piece)
            copy.write(piece)
    if before.hexdigest() != sha256:
        raise ValueError("the file is damaged")
    return after.hexdigest()


def plain_sha256(path: Path, header: FileHeader) -> str | None:
    """Tell the sha256 that `with_thumbnail` was given for this file; None where it made none."""
    metadata = dict(header.metadata)
    if not (metadata.pop(_THUMBNAIL, "") and metadata.pop(_COVERS, "")):
        return None
    try:
        digest = hashlib.sha256(header_bytes(_kinds(header), metadata))
    except ValueError:
        return None
    with path.open("rb") as file:
        file.seek(header.data_start)
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _pictured(jpeg: bytes) -> dict[str, str]:
    text = base64.b64encode(jpeg).decode()
    return {_THUMBNAIL: f"data:image/jpeg;base64,{text}", _COVERS: json.dumps([text])}


def _kinds(header: FileHeader) -> dict[str, TensorKind]:
    """Say what is in the file; ValueError when it lies in another order than by name."""
    by_place = sorted(header.tensors, key=lambda name: (header.tensors[name].start, name))
    if by_place != sorted(header.tensors):
        raise ValueError("tensors in an order of their own")
    return {
        name: TensorKind(dtype=one.dtype, shape=one.shape, size_bytes=one.end - one.start)
        for name, one in header.tensors.items()
    }
