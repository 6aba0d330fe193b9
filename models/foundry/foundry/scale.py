"""The scale rule: a scan is divided by the 99.5th percentile of its own low-resolution image.

Training, evaluation and the engine use this one rule. It needs nothing a user does not have: only the central
block of acquired lines (at most 24), never the fully sampled maximum.
"""

from __future__ import annotations

import numpy as np

LINES = 24
PERCENTILE = 99.5


def centred_block(mask: np.ndarray) -> int:
    """Acquired samples in one run around the centre ``floor(N/2)`` of a 1-D mask; 0 when the centre is missing."""
    n = mask.shape[0]
    centre = n // 2
    if not mask[centre]:
        return 0
    low = high = centre
    while low > 0 and mask[low - 1]:
        low -= 1
    while high < n - 1 and mask[high + 1]:
        high += 1
    below, above = centre - low, high - centre
    # An even block has one line more below the centre than above, an odd one as many; take the larger that fits.
    return max(2 * min(below, above) + 1, 2 * min(below, above + 1))


def central_slice(n: int, lines: int) -> slice:
    """The ``lines`` central samples of an axis of ``n``, centred at ``floor(n/2)``."""
    start = n // 2 - lines // 2
    return slice(max(start, 0), min(start + lines, n))


def fft(x: np.ndarray, axes: tuple[int, ...] = (-2, -1)) -> np.ndarray:
    """Centred orthonormal FFT, complex in, complex out, along ``axes``."""
    return np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(x, axes), axes=axes, norm="ortho"), axes)


def ifft(k: np.ndarray, axes: tuple[int, ...] = (-2, -1)) -> np.ndarray:
    """Inverse of :func:`fft`."""
    return np.fft.fftshift(np.fft.ifftn(np.fft.ifftshift(k, axes), axes=axes, norm="ortho"), axes)


def low_resolution(kspace: np.ndarray, lines: int, axes: tuple[int, ...] = (-1,)) -> np.ndarray:
    """Coil images made from the central ``lines`` of the phase-encode ``axes``; kspace ``[coil, ky, kx]``."""
    kept = np.zeros_like(kspace)
    index: list[slice] = [slice(None)] * kspace.ndim
    for axis in axes:
        index[axis] = central_slice(kspace.shape[axis], lines)
    kept[tuple(index)] = kspace[tuple(index)]
    return ifft(kept)


def scan_scale(kspace: np.ndarray, lines: int, axes: tuple[int, ...] = (-1,)) -> float:
    """The factor a scan is divided by: kspace ``[coil, ky, kx]`` in its own unit, lines available at the centre."""
    image = low_resolution(kspace, min(LINES, lines), axes)
    factor = float(np.percentile(np.sqrt((np.abs(image) ** 2).sum(0)), PERCENTILE))
    if not factor > 0:
        raise ValueError("the low-resolution image is empty: no scale can be derived")
    return factor


def image_scale(image: np.ndarray, axis: int = -1) -> float:
    """The same factor for a complex image ``[y, x]`` that stands for a scan of one perfect coil."""
    return scan_scale(fft(image)[None], LINES, (axis,))
