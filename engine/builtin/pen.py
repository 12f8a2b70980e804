"""Put paths on paper in a look, with the faults that a low score asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from engine.builtin.look import Look
from engine.builtin.paths import Path
from engine.builtin.vocabulary import RGB

SIDE = 128
OVER = 3  # supersampling; 3 is enough for lines of two pixels after LANCZOS
# The edges' softness, as a Gaussian's deviation in pixels: an 8x codec of four channels cannot
# hold harder ones (measured: 2.5 dB for the same codec), and pictures are shown enlarged.
SOFTNESS = 0.8


#: The middle of a head and its radius, in pixels.
Face = tuple[float, float, float]


@dataclass(slots=True)
class Faults:
    """What a low score did to one picture, as lengths in pixels and counts of shapes."""

    shapes: int = 0
    moved_px: float = 0.0
    spilled_px: float = 0.0
    unfinished: float = 0.0
    gaps: float = 0.0
    scribbles: int = 0

    @property
    def total(self) -> float:
        """One figure for all faults, per shape; 0 for a picture without any."""
        each = (
            self.moved_px + self.spilled_px + 4 * self.unfinished + 6 * self.gaps + self.scribbles
        )
        return each / max(1, self.shapes)


class Pen:
    """Draws on one supersampled sheet; the hand and the faults use separate random streams."""

    def __init__(
        self, *, look: Look, mess: float, hand: np.random.Generator, slips: np.random.Generator
    ) -> None:
        self.look = look
        self.mess = mess
        self.faults = Faults()
        self.face: Face | None = None
        self._hand = hand
        self._slips = slips
        self._sheet = Image.new("RGB", (SIDE * OVER, SIDE * OVER), look.tone((255, 255, 255)))
        self._draw = ImageDraw.Draw(self._sheet)
        self._shadow = Image.new("L", self._sheet.size, 0)
        self._scale, self._shift, self._flip = 1.0, (0.0, 0.0), False

    def frame(
        self, *, scale: float = 1.0, x: float = 0.0, y: float = 0.0, flip: bool = False
    ) -> None:
        """Draw all that follows scaled around the middle, then moved, then mirrored."""
        self._scale, self._shift, self._flip = scale, (x, y), flip

    def note_face(self, x: float, y: float, r: float) -> None:
        """Remember where the head is; training looks closer there."""
        middle = self._placed(np.asarray([(x, y)]))[0]
        self.face = (float(middle[0]), float(middle[1]), r * self._scale)

    def fill_sheet(self, colour: RGB) -> None:
        """Cover the whole paper; no fault spares the paper, so none is applied."""
        self._draw.rectangle((0, 0, *self._sheet.size), fill=self.look.tone(colour))

    def shape(
        self,
        path: Path,
        colour: RGB,
        *,
        line: float = 1.0,
        shade: bool = False,
        steady: bool = False,
    ) -> None:
        """Fill a closed path and outline it; `steady` keeps faults off things of the background."""
        mess = self.mess * (0.4 if steady else 1.0)
        outline = self._wobbled(self._moved(self._placed(path), mess))
        tone = self.look.tone(colour)
        self._fill(outline, tone, mess, shade=shade)
        if line:
            ink = self.look.line_colour(tone)
            self._line(
                np.concatenate([outline, outline[:1]]), ink, self.look.line_width * line, mess
            )

    def stroke(self, path: Path, *, colour: RGB | None = None, width: float = 1.0) -> None:
        """Draw an open line in the ink, or in a palette colour."""
        ink = self.look.ink if colour is None else self.look.tone(colour)
        line = self._wobbled(self._moved(self._placed(path), self.mess))
        self._line(line, ink, self.look.line_width * width, self.mess)

    def dot(self, path: Path, colour: RGB) -> None:
        """Fill a small closed path in exactly this colour, without an outline."""
        self.shape(path, colour, line=0.0)

    def chance(self, share: float) -> bool:
        """Decide something that belongs to the hand."""
        return bool(self._hand.random() < share)

    def between(self, low: float, high: float) -> float:
        """Pick a number that belongs to the hand."""
        return float(self._hand.uniform(low, high))

    def finish(self) -> Image.Image:
        """Multiply the shadows in, shrink to 128 pixels, and add brush streaks and grain."""
        shadow = (
            np.asarray(self._shadow.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)[
                ..., None
            ]
            / 255
        )
        small = self._sheet.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        picture = np.asarray(small.filter(ImageFilter.GaussianBlur(SOFTNESS)), dtype=np.float32)
        tint = np.asarray(self.look.shadow, dtype=np.float32) / 255
        strength = 0.85 if self.look.shadow_depth else 0.0
        picture = picture * (1 - shadow * strength * (1 - tint)) + self._texture()
        return Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))

    def _texture(self) -> np.ndarray:
        grain = self._hand.standard_normal((SIDE, SIDE, 1)) * self.look.grain
        coarse = self._hand.standard_normal((SIDE // 4, SIDE // 16)).astype(np.float32)
        streaks = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        return grain.astype(np.float32) + streaks[..., None] * self.look.streaks

    def _placed(self, path: Path) -> Path:
        middle = SIDE / 2
        placed = (path - middle) * self._scale + middle + np.asarray(self._shift)
        if self._flip:
            placed = placed * (-1, 1) + (SIDE, 0)
        return placed

    def _moved(self, path: Path, mess: float) -> Path:
        size = float(np.ptp(path, axis=0).max())
        slip = self._slips.standard_normal(2) * mess * min(3.4, 0.3 * size)
        self.faults.shapes += 1
        self.faults.moved_px += float(np.hypot(*slip))
        return path + slip

    def _wobbled(self, path: Path) -> Path:
        t = np.linspace(0, 2 * np.pi, len(path), endpoint=False)[:, None, None]
        phase = self._hand.uniform(0, 2 * np.pi, (1, 2, 3))
        waves = np.sin(t * np.asarray([2, 3, 5]) + phase) @ np.asarray([0.6, 0.5, 0.35])
        size = float(np.ptp(path, axis=0).max())
        return path + waves * min(self.look.wobble, 0.06 * size)

    def _fill(self, outline: Path, tone: RGB, mess: float, *, shade: bool) -> None:
        size = float(np.ptp(outline, axis=0).max())
        slip = self._slips.standard_normal(2) * mess * min(3.6, 0.2 * size)
        cut, side = self._slips.random(2)
        self.faults.spilled_px += float(np.hypot(*slip))
        points = (outline + slip) * OVER
        left, top = (int(v) for v in np.clip(np.floor(points.min(0)), 0, SIDE * OVER - 1))
        right, bottom = (int(v) + 1 for v in np.clip(np.ceil(points.max(0)), 1, SIDE * OVER))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        local = points - (left, top)
        ImageDraw.Draw(mask).polygon(local.ravel().tolist(), fill=255)
        if size > 6 and cut < 0.55 * mess:
            self._leave_unfinished(mask, mess, side)
        self._sheet.paste(tone, (left, top, right, bottom), mask)
        self._cast(mask, local, (left, top, right, bottom), size if shade else 0.0)

    def _leave_unfinished(self, mask: Image.Image, mess: float, side: float) -> None:
        share = 0.25 + 0.5 * mess * side
        width, height = mask.size
        lean = 0.35 * (side - 0.5) * height
        edge = height * (1 - share)
        corners = [(0, edge - lean), (width, edge + lean), (width, height + 1), (0, height + 1)]
        ImageDraw.Draw(mask).polygon(corners, fill=0)
        self.faults.unfinished += share

    def _cast(
        self, mask: Image.Image, local: Path, where: tuple[int, int, int, int], size: float
    ) -> None:
        crescent = Image.new("L", mask.size, 255 if size else 0)
        if size:
            step = self.look.shadow_depth * size * OVER
            lit = local - (step * self.look.shadow_side, step * 0.5)
            ImageDraw.Draw(crescent).polygon(lit.ravel().tolist(), fill=0)
        if size == 0 or self.look.shadow_depth == 0:
            crescent.paste(0, (0, 0, *mask.size))
        self._shadow.paste(crescent, where, mask)

    def _line(self, path: Path, ink: RGB, width: float, mess: float) -> None:
        start, length, again = self._slips.random(3)
        slip = self._slips.standard_normal((1, 2)) * 2.2
        gap = round(0.55 * mess * (0.4 + 0.6 * length) * len(path))
        self.faults.gaps += gap / len(path)
        first = int(start * len(path))
        kept = [path] if gap < 2 else [path[:first], path[first + gap :]]
        for piece in kept:
            self._ink_line(piece, ink, width)
        if again < 0.7 * mess - 0.1:
            self.faults.scribbles += 1
            self._ink_line(path[first // 2 :] + slip * mess, ink, width * 0.7)

    def _ink_line(self, path: Path, ink: RGB, width: float) -> None:
        if len(path) < 2:
            return
        points = path * OVER
        if self.look.taper == 0 or len(path) < 6:
            self._draw.line(
                points.ravel().tolist(), fill=ink, width=max(1, round(width * OVER)), joint="curve"
            )
            return
        swell = np.sin(np.linspace(0.12, np.pi - 0.12, len(points) - 1))
        widths = width * OVER * (1 - self.look.taper * (1 - swell))
        for a, b, w in zip(points[:-1], points[1:], widths, strict=True):
            self._draw.line((*a, *b), fill=ink, width=max(1, round(w)))
            self._draw.ellipse((*(b - w / 2), *(b + w / 2)), fill=ink)
