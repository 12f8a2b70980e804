"""Files that are no plain picture, told by their first bytes and their names."""

from __future__ import annotations

from pathlib import PurePath

#: What Pillow may try; everything else is refused before Pillow sees it.
READABLE = ("PNG", "JPEG", "WEBP", "GIF")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS", "psd"),
    (0, b"CSFCHUNK", "clip"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"gimp xcf", "xcf"),
    (0, b"BM", "bmp"),
    (0, b"%PDF", "pdf"),
    (0, b"\0\0\0\x0cjP  ", "jp2"),
    (0, b"Rar!", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gz"),
    (257, b"ustar", "tar"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_SUFFIXES = {
    ".psd": "psd",
    ".psb": "psd",
    ".clip": "clip",
    ".lip": "clip",
    ".kra": "kra",
    ".ora": "kra",
    ".procreate": "procreate",
    ".heic": "heic",
    ".heif": "heic",
    ".avif": "avif",
    ".sai": "sai",
    ".sai2": "sai",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".xcf": "xcf",
    ".bmp": "bmp",
    ".pdf": "pdf",
    ".jp2": "jp2",
    ".svg": "svg",
    ".mdp": "mdp",
}
#: Formats with a sentence of their own on what to do; the others share one.
_OWN_SENTENCE = frozenset({"psd", "clip", "kra", "procreate", "heic"})
#: What unpacks into many files; the first is the kind that we open.
_ZIP = "zip"
_ARCHIVES = frozenset({_ZIP, "rar", "7z", "gz", "tar"})


def is_readable(data: bytes) -> bool:
    """Tell whether the first bytes are those of a format that we decode."""
    return (
        data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    )  # fmt: skip


def foreign_format(name: str, data: bytes) -> str | None:
    """Name the format of a file that a program has to export first; None when there is no sign.

    The content decides; a suffix only when the content says nothing.
    """
    if is_readable(data):
        return None
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    if data[4:8] == b"ftyp":
        return _iso_brand(data[8:12])
    suffix = PurePath(name).suffix.lower()
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data, suffix)
    return _SUFFIXES.get(suffix)


def _iso_brand(brand: bytes) -> str:
    if brand in _HEIF_BRANDS:
        return "heic"
    return "avif" if brand in (b"avif", b"avis") else "mp4"


def _zipped(data: bytes, suffix: str) -> str:
    if b"application/x-krita" in data[:200] or b"image/openraster" in data[:200]:
        return "kra"
    return _SUFFIXES.get(suffix, _ZIP)


def archive_format(name: str, data: bytes) -> str | None:
    """Name the kind of an archive; None for everything else."""
    kind = foreign_format(name, data)
    return kind if kind in _ARCHIVES else None


def is_zip(name: str, data: bytes) -> bool:
    """Tell whether a file is an archive of the one kind that is opened."""
    return foreign_format(name, data) == _ZIP


def refusal_key(kind: str) -> str:
    """Name the sentence for a foreign format."""
    if kind in _ARCHIVES:
        return "intake.format_archive"
    return f"intake.format_{kind}" if kind in _OWN_SENTENCE else "intake.format_other"
