"""Pictures as numbers: CIELAB, where equal steps look about equally large."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: sRGB's primaries and white D65 (IEC 61966-2-1), each row divided by the white's own X, Y, Z.
_XYZ: Final = np.asarray(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ]
)
_LINEAR_BELOW: Final = (6 / 29) ** 3
_BLACK: Final = 0.02  # added to all channels, so that a dark pixel's noise is no step


def pixels_of(picture: Image.Image) -> NDArray[np.float64]:
    """Return (H, W, 3) sRGB values from 0 to 1."""
    return np.asarray(picture.convert("RGB"), dtype=np.float64) / 255


def lab_of(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn (…, 3) sRGB from 0 to 1 into (…, 3) CIELAB: lightness 0 to 100, a* and b*."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _XYZ.T
    f = np.where(xyz > _LINEAR_BELOW, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def chroma_of(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how colourful each pixel is, from 0 for grey to about 130."""
    return np.hypot(lab[..., 1], lab[..., 2])


def logarithms_of(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return natural logarithms of sRGB values: a multiply layer adds the same to all of them."""
    return np.log(rgb + _BLACK)
