"""36 files with everything that may be wrong with drawings, and what is said about each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.bot.decode.damage import bordered, cut, enlarged, jpeg, sample_drawings
from tests.bot.decode.pngs import chunk, huge_png, whole_png
from tests.bot.decode.profiles import swapped_profile
from tests.bot.decode.zips import bomb, many, zipped

#: What the playground, as any host who changed nothing, takes at most.
MOST_BYTES = 25_000_000
_GOOD = 6
_ORIENTATION = 0x0112
#: Held this way the picture has to be turned a quarter to the right, or upside down.
_QUARTER, _HALF = 6, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFile:
    """A file, and what an artist has to read about it on the card."""

    name: str
    data: bytes
    #: a part of the card's text; `{n}` is the drawing's number there; empty when all is well
    said: str = ""
    #: what the drawing looks like once it is taken; None for a file that is not
    becomes: Image.Image | None = None
    #: how far its pixels may be from that on average, of 255
    off_most: float = 0.0


def png(image: Image.Image, **options: object) -> bytes:
    """Save as PNG, as any program does."""
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def every_kind() -> list[BadFile]:
    """Make all 36, the good ones first."""
    ada = sample_drawings()["ada"]
    good = [
        BadFile(name=f"good-{n + 1}.png", data=png(ada[n]), becomes=ada[n]) for n in range(_GOOD)
    ]
    rest = ada[_GOOD:]
    return [*good, *_noted(rest), *_warned(ada[:_GOOD], rest[8:]), *_refused(ada), *_hostile()]


def _noted(own: tuple[Image.Image, ...]) -> Iterator[BadFile]:
    """Drawings that are put right in silence, but for a line that says so."""
    for number, (kind, turn) in enumerate(
        ((_QUARTER, Image.Transpose.ROTATE_90), (_HALF, Image.Transpose.ROTATE_180))
    ):
        exif = Image.Exif()
        exif[_ORIENTATION] = kind
        data = png(own[number].transpose(turn), exif=exif)
        name = f"turned-{number + 1}.png"
        yield BadFile(name=name, data=data, said="turned upright", becomes=own[number])
    red, green, blue = own[2].split()
    swapped = png(Image.merge("RGB", (green, red, blue)), icc_profile=swapped_profile())
    said = "`profile.png`: colour profile applied"
    # the profile has a power of 2.2, sRGB's curve is not quite one
    yield BadFile(name="profile.png", data=swapped, said=said, becomes=own[2], off_most=2.0)
    said = "`deep-grey.png`, `deep-colour.png`: brought to 8 bits a colour"
    grey = own[3].convert("L")
    deep = png(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
    yield BadFile(name="deep-grey.png", data=deep, said=said, becomes=grey.convert("RGB"))
    yield BadFile(name="deep-colour.png", data=_deep(own[4]), said=said, becomes=own[4])
    out = io.BytesIO()
    own[5].convert("CMYK").save(out, "JPEG", quality=97, subsampling=0)
    said = "`print.jpg`: print colours turned into screen colours"
    yield BadFile(name="print.jpg", data=out.getvalue(), said=said, becomes=own[5], off_most=3.0)
    said = "2 drawings were see-through and lie on white paper now."
    clear = own[6].convert("RGBA")
    clear.paste((90, 0, 0, 0), (0, 0, 128, 40))
    white = own[6].copy()
    white.paste("white", (0, 0, 128, 40))
    yield BadFile(name="clear.png", data=png(clear), said=said, becomes=white)
    few = own[7].quantize(32, dither=Image.Dither.NONE)
    first = few.getpixel((64, 64))
    shown = np.asarray(few.convert("RGB")).copy()
    shown[np.asarray(few) == first] = 255
    data = png(few, transparency=first)
    yield BadFile(name="clear-colour.png", data=data, said=said, becomes=Image.fromarray(shown))


def _deep(image: Image.Image) -> bytes:
    values = np.asarray(image).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    return whole_png(image.width, image.height, 16, 2, rows)


def _warned(good: tuple[Image.Image, ...], own: tuple[Image.Image, ...]) -> Iterator[BadFile]:
    """Drawings that are taken, and about which the artist has to decide."""
    copies = {
        "mirrored.png": good[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "rotated.png": good[1].transpose(Image.Transpose.ROTATE_90),
        "cropped.png": cut(good[2], left=0.1, bottom=0.05),
    }
    for number, (name, image) in enumerate(copies.items(), 1):
        said = f"{number} = {{n}}"
        yield BadFile(name=name, data=png(image), said=said, becomes=image)
    small = own[0].resize((80, 80), Image.Resampling.LANCZOS)
    said = "is smaller than this base draws and would be enlarged 1.6 times: {n}."
    yield BadFile(name="small.png", data=png(small), said=said, becomes=small)
    blurred = enlarged(own[1], 3, Image.Resampling.BICUBIC)
    said = "was enlarged before and is blurred by it: {n}."
    yield BadFile(name="blurred.png", data=png(blurred), said=said, becomes=blurred)
    poor = jpeg(own[2], 30)
    becomes = Image.open(io.BytesIO(poor)).convert("RGB")
    said = "was saved as a poor JPEG (quality 30): {n}."
    yield BadFile(name="poor.jpg", data=poor, said=said, becomes=becomes)
    border = bordered(own[3], 1.7)
    said = "is mostly empty border (66 %): {n}."
    yield BadFile(name="border.png", data=png(border), said=said, becomes=border)
    strip = Image.new("RGB", (5 * 128, 128))
    for place in range(5):
        strip.paste(own[4 + place], (place * 128, 0))
    said = "loses 80 % of its area: {n} (−80 %). The frames show what stays."
    yield BadFile(name="strip.png", data=png(strip), said=said, becomes=strip)
    honest = Image.open(io.BytesIO(jpeg(own[9], 95))).convert("RGB")
    yield BadFile(name="really-jpeg.png", data=jpeg(own[9], 95), becomes=honest)


def _refused(ada: tuple[Image.Image, ...]) -> Iterator[BadFile]:
    """Files that no program could make a drawing of."""
    moving = io.BytesIO()
    ada[30].save(moving, "GIF", save_all=True, append_images=[ada[31]])
    yield BadFile(name="moving.gif", data=moving.getvalue(), said="this moves.")
    tiny = ada[32].resize((40, 30))
    said = "this is only 40×30; drawings need at least 64 pixels on each side."
    yield BadFile(name="tiny.png", data=png(tiny), said=said)
    whole = png(ada[33])
    said = "`torn.png`, `corrupt.png`: this file is damaged or breaks off in the middle."
    yield BadFile(name="torn.png", data=whole[: len(whole) // 2], said=said)
    spoilt = bytearray(png(ada[34]))
    spoilt[len(spoilt) // 2 :: 7] = bytes(len(spoilt[len(spoilt) // 2 :: 7]))
    spoilt[-12:] = whole[-12:]
    yield BadFile(name="corrupt.png", data=bytes(spoilt), said=said)
    said = "this is not a picture I can read. PNG, JPEG and WebP work."
    yield BadFile(name="letter.png", data=b"Dear bot, this is no picture.\n" * 9, said=said)
    yield BadFile(name="nothing.png", data=b"", said="this file is empty")
    said = "this is a Photoshop file."
    yield BadFile(name="layers.png", data=b"8BPS\0\1" + bytes(500), said=said)
    padding = chunk(b"prVt", bytes(MOST_BYTES))
    heavy = whole[:-12] + padding + whole[-12:]
    # Pages and apps hold back a loose file of that size themselves; packed, it passes them.
    said = "`heavy.png`: this file is 25.1 MB; 25 MB is the most I take."
    yield BadFile(name="heavy.zip", data=zipped([("heavy.png", heavy)]), said=said)
    yield BadFile(name="again.png", data=png(ada[0]), said="this one is here already.")


def _hostile() -> Iterator[BadFile]:
    """Files that somebody made to do harm."""
    said = "this archive is made to unpack into far more than it holds. I do not open it."
    yield BadFile(name="bomb.zip", data=bomb(100_000_000), said=said)
    said = "files in this archive are named so that they would land elsewhere on the disk."
    yield BadFile(name="escaping.zip", data=zipped([("../../drawing.png", b"x")]), said=said)
    said = "this archive holds too many files (10000); 1000 is the most I open."
    yield BadFile(name="crowd.zip", data=many(10_000), said=said)
    said = "this is 400 megapixels; 50 is the most I take."
    yield BadFile(name="wall.png", data=huge_png(20_000, 20_000), said=said)
