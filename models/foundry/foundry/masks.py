"""Sampling masks: the fastMRI families by their published rules, and a 2-D Poisson disc.

1-D masks are boolean ``[lines]`` along the phase-encode axis; the central block starts at ``(W - n + 1) // 2`` and
is always acquired. Line counts follow the rules of the fastMRI challenge code, so that "4x" means what it means
there: ``fraction`` and ``random`` reach W/R lines in all, ``equispaced`` and ``magic`` keep every R-th line beside
the centre and acquire more.
"""

from __future__ import annotations

import numpy as np


def centre_count(width: int, fraction: float) -> int:
    """Lines of the central block: ``round(W f)``, halves to even. ``fraction`` of 1 or more is a count."""
    return round(width * fraction) if fraction < 1 else int(fraction)


def centre_mask(width: int, lines: int) -> np.ndarray:
    """The central block alone, ``[width]``."""
    mask = np.zeros(width, bool)
    start = (width - lines + 1) // 2
    mask[start : start + lines] = True
    return mask


def random_probability(width: int, acceleration: float, lines: int) -> float:
    """Chance of every line outside the centre, such that W/R lines are expected in all."""
    return (width / acceleration - lines) / (width - lines)


def random_mask(rng: np.random.Generator, width: int, acceleration: float, lines: int) -> np.ndarray:
    """Independent lines with :func:`random_probability`, and the centre."""
    chance = random_probability(width, acceleration, lines)
    return (rng.random(width) < chance) | centre_mask(width, lines)


def equispaced_mask(width: int, acceleration: float, lines: int, offset: int) -> np.ndarray:
    """Every R-th line from ``offset``, and the centre: more than W/R lines in all."""
    mask = centre_mask(width, lines)
    mask[offset :: round(acceleration)] = True
    return mask


def adjusted_acceleration(width: int, acceleration: float, lines: int) -> float:
    """Spacing that makes an equispaced mask reach W/R lines in all."""
    if lines * acceleration >= width:
        raise ValueError(f"{lines} centre lines of {width} leave nothing to place at {acceleration}x")
    return acceleration * (lines - width) / (lines * acceleration - width)


def fraction_mask(width: int, acceleration: float, lines: int, offset: int) -> np.ndarray:
    """Equispaced with the adjusted (fractional) spacing: W/R lines in all."""
    mask = centre_mask(width, lines)
    places = np.arange(offset, width - 1, adjusted_acceleration(width, acceleration, lines))
    mask[np.around(places).astype(int)] = True
    return mask


def magic_mask(width: int, acceleration: int, lines: int, offset: int) -> np.ndarray:
    """Equispaced with the two halves of k-space shifted against each other, and the centre."""
    even = offset % 2 == 0
    positive, negative = (offset + 1, offset + 2) if even else (offset + 2, offset - 1)
    half = (width + 1) // 2
    right, left = np.zeros(half, bool), np.zeros(width - half, bool)
    right[positive::acceleration] = True
    left[negative::acceleration] = True
    mask = np.fft.fftshift(np.concatenate([right, left[::-1]]))
    return mask | centre_mask(width, lines)


def magic_fraction(width: int, acceleration: int, lines: int) -> tuple[int, int]:
    """Centre lines and spacing of the ``magic-fraction`` mask that reaches about W/R lines in all."""
    target = round(width / acceleration)
    lines = max(min(lines, target), 1)
    if target == lines:
        raise ValueError(f"{lines} centre lines already are {acceleration}x of {width}: no spacing exists")
    return lines, round(width / (target - lines))


def magic_fraction_mask(width: int, acceleration: int, lines: int, offset: int) -> np.ndarray:
    """Magic mask with W/R lines in all (about)."""
    lines, spacing = magic_fraction(width, acceleration, lines)
    return magic_mask(width, spacing, lines, offset)


def offsets(kind: str, width: int, acceleration: float, lines: int) -> int:
    """How many offsets a family has: the offset is drawn from 0 to this number, exclusive."""
    if kind == "fraction":
        return max(round(adjusted_acceleration(width, acceleration, lines)), 1)
    if kind == "magic-fraction":
        return magic_fraction(width, int(acceleration), lines)[1]
    return max(round(acceleration), 1)


def line_mask(
    rng: np.random.Generator,
    kind: str,
    width: int,
    acceleration: float,
    lines: int,
    offset: int | None = None,
) -> np.ndarray:
    """A 1-D mask of a named family; the offset is drawn when none is given."""
    if kind == "random":
        return random_mask(rng, width, acceleration, lines)
    if offset is None:
        offset = int(rng.integers(offsets(kind, width, acceleration, lines)))
    if kind == "equispaced":
        return equispaced_mask(width, acceleration, lines, offset)
    if kind == "fraction":
        return fraction_mask(width, acceleration, lines, offset)
    if kind == "magic":
        return magic_mask(width, int(acceleration), lines, offset)
    if kind == "magic-fraction":
        return magic_fraction_mask(width, int(acceleration), lines, offset)
    raise ValueError(f"unknown mask family {kind}")


def _throw(order: np.ndarray, radius: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """One pass of dart throwing: points ``[k]`` (flat) kept in ``order`` that keep their distance to earlier ones."""
    h, w = taken.shape
    blocked = taken.copy()
    kept = []
    for place in order:
        y, x = divmod(int(place), w)
        if blocked[y, x]:
            continue
        kept.append(place)
        r = radius[y, x]
        reach = int(r)
        top, bottom, left, right = (
            max(y - reach, 0),
            min(y + reach + 1, h),
            max(x - reach, 0),
            min(x + reach + 1, w),
        )
        dy = np.arange(top, bottom)[:, None] - y
        dx = np.arange(left, right)[None, :] - x
        blocked[top:bottom, left:right] |= dy * dy + dx * dx < r * r
    return np.array(kept, int)


def poisson_mask(
    rng: np.random.Generator, shape: tuple[int, int], acceleration: float, edge: int, slope: float = 2.0
) -> np.ndarray:
    """Variable-density Poisson disc ``[ky, kx]`` with a full square of ``edge`` samples at the centre.

    Exactly ``round(size / R)`` samples: the radius is fitted in a few passes, the rest is removed or added at
    random. The corners outside the ellipse are not acquired.
    """
    h, w = shape
    y = (np.arange(h) - h // 2) / (h / 2)
    x = (np.arange(w) - w // 2) / (w / 2)
    distance = np.sqrt(y[:, None] ** 2 + x[None, :] ** 2)
    centre = np.zeros(shape, bool)
    centre[h // 2 - edge // 2 :, w // 2 - edge // 2 :][:edge, :edge] = True
    target = round(h * w / acceleration) - int(centre.sum())
    if target < 0:
        raise ValueError(f"a centre of {edge} x {edge} is more than {acceleration}x of {h} x {w} allows")
    allowed = np.flatnonzero((distance <= 1.0) & ~centre)
    order = rng.permutation(allowed)
    low, high = 0.2, 8.0
    best = order[:0]
    for _ in range(7):
        middle = (low * high) ** 0.5
        kept = _throw(order, middle * (0.4 + slope * distance / 2), centre | (distance > 1.0))
        if abs(len(kept) - target) < abs(len(best) - target) or not len(best):
            best = kept
        low, high = (middle, high) if len(kept) > target else (low, middle)
        if abs(len(best) - target) < 0.02 * target:
            break
    mask = centre.copy()
    mask.flat[rng.permutation(best)[:target]] = True
    missing = target - min(len(best), target)
    if missing:
        mask.flat[rng.permutation(np.flatnonzero((distance <= 1.0) & ~mask))[:missing]] = True
    return mask
