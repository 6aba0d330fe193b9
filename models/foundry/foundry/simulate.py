"""Simulated scans: an augmented slice, coils, phase, noise, a mask, and maps estimated as in use.

Every scan is drawn anew; nothing of it is stored. What is simulated and what is real must stay plain: the
magnitude is real, the coils, the phase, the noise and the mask are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .augment import complex_slice
from .coils import espirit_maps, hann_maps, ring_maps, whiten_like
from .masks import line_mask, poisson_mask
from .physics import Measurement
from .scale import centred_block, fft, image_scale, scan_scale

SIZES = (160, 192, 208, 224, 256, 288, 320)
SIZES_2D = (112, 128, 144, 160)
LINE_KINDS = ("fraction", "random", "equispaced", "magic-fraction")
LINE_CHANCE = (0.4, 0.35, 0.15, 0.10)
TRIES = 5  # views of a slice to draw until one is not nearly empty
ACCELERATIONS = (2, 3, 4, 5, 6, 8)
ACCELERATION_CHANCE = (0.12, 0.13, 0.3, 0.12, 0.11, 0.22)


@dataclass
class Scan:
    """One simulated scan, scaled by the scale rule.

    ``measurement``: what a user has (samples, estimated maps, mask, noise estimate). ``target``: the clean image
    seen through the estimated maps, complex ``[y, x]``. ``magnitude``: the true magnitude ``[y, x]``.
    ``noise``: the true noise per component.
    """

    measurement: Measurement
    target: Tensor
    magnitude: Tensor
    noise: float
    label: str

    def to(self, device: str) -> Scan:
        """The same scan with its tensors on a device."""
        m = self.measurement
        samples, maps, mask = (t.to(device) for t in (m.samples, m.maps, m.mask))
        moved = Measurement(samples, maps, mask, m.sigma, m.acceleration, m.dims)
        return Scan(moved, self.target.to(device), self.magnitude.to(device), self.noise, self.label)

    def strip(self, start: int, rows: int) -> Scan:
        """Readout rows ``start .. start + rows`` of a scan with a 1-D mask: exact, and a fraction of the work."""
        m, part = self.measurement, slice(start, start + rows)
        if m.dims != (-1,):
            raise ValueError("only a scan whose readout is transformed back has strips")
        cut = Measurement(m.samples[:, part], m.maps[:, part], m.mask, m.sigma, m.acceleration, m.dims)
        return Scan(cut, self.target[part], self.magnitude[part], self.noise, self.label)


@dataclass(frozen=True)
class Setting:
    """How to measure an image: coils, noise per component (image scale), mask family, R, centre lines, map kind."""

    coils: int
    noise: float
    kind: str
    acceleration: float
    centre: int
    maps: str = "espirit"
    crop: float = 0.0
    sigma_error: float = 1.0


def draw_setting(rng: np.random.Generator, width: int, two_dimensional: bool) -> Setting:
    """A random way to measure: 1..16 coils, noise 0..0.05 with nearly clean data, 2x..8x, 4.5 to 10 % centre."""
    coils = int(rng.integers(4, 13)) if rng.random() < 0.85 else int(rng.choice([1, 2, 3, 14, 16]))
    noise = rng.uniform(0.0, 0.001) if rng.random() < 0.2 else 0.001 * 50 ** rng.uniform()
    if two_dimensional:
        acceleration, kind = float(rng.choice([3, 4, 6, 8])), "poisson"
        centre = int(rng.integers(16, 25))
    else:
        kind = str(rng.choice(LINE_KINDS, p=LINE_CHANCE))
        acceleration = float(rng.choice(ACCELERATIONS, p=ACCELERATION_CHANCE))
        share = rng.uniform(0.045, 0.08) if acceleration >= 6 else rng.uniform(0.06, 0.1)
        centre = max(round(width * share), 8)
    maps = "espirit" if rng.random() < 0.7 else "hann"
    crop = float(rng.uniform(0.6, 0.85)) if rng.random() < 0.4 else 0.0
    return Setting(coils, float(noise), kind, acceleration, centre, maps, crop, float(np.exp(rng.normal(0, 0.15))))


def estimate_maps(kspace: np.ndarray, lines: int, setting: Setting, axes: tuple[int, ...]) -> np.ndarray:
    """Maps ``[coil, y, x]`` from the central ``lines`` of masked k-space, by the setting's estimator."""
    if setting.coils == 1:
        return np.ones_like(kspace)
    if setting.maps == "espirit":
        return espirit_maps(kspace, lines, axes, crop=setting.crop)
    return hann_maps(kspace, lines, axes)


def measure(rng: np.random.Generator, image: np.ndarray, setting: Setting) -> Scan:
    """Measures a complex image ``[y, x]`` (any scale); phase encoding along the last axis (both for ``poisson``)."""
    image = image / image_scale(image)
    h, w = image.shape
    two = setting.kind == "poisson"
    axes = (-2, -1) if two else (-1,)
    coil_images = ring_maps(rng, (h, w), setting.coils) * image
    kspace = fft(coil_images).astype(np.complex64) + whiten_like(rng, coil_images.shape, setting.noise)
    if two:
        mask = poisson_mask(rng, (h, w), setting.acceleration, setting.centre)
    else:
        mask = line_mask(rng, setting.kind, w, setting.acceleration, setting.centre)[None, :]
    kspace = kspace * mask
    lines = setting.centre if two else centred_block(mask[0])
    scale = scan_scale(kspace, lines, axes)
    maps = estimate_maps(kspace, lines, setting, axes)
    target = (maps.conj() * coil_images).sum(0) / scale
    samples = kspace / scale
    dims = (-2, -1)
    if not two:
        samples = np.fft.fftshift(np.fft.ifft(np.fft.ifftshift(samples, -2), axis=-2, norm="ortho"), -2)
        dims = (-1,)
    sigma = setting.noise / scale * setting.sigma_error
    measurement = Measurement(
        torch.from_numpy(samples.astype(np.complex64)),
        torch.from_numpy(maps.astype(np.complex64)),
        torch.from_numpy(mask.astype(np.float32)),
        float(sigma),
        float(mask.size / mask.sum()),
        dims,
    )
    label = f"{setting.kind}:{setting.acceleration:g}:{setting.centre} {setting.coils} coils"
    magnitude = torch.from_numpy((np.abs(image) / scale).astype(np.float32))
    clean = torch.from_numpy(target.astype(np.complex64))
    return Scan(measurement, clean, magnitude, float(setting.noise / scale), label)


def draw_scan(rng: np.random.Generator, pixels: np.ndarray, sizes: tuple[int, ...] | None = None) -> Scan:
    """A random scan of a magnitude slice ``[y, x]``: augmentation, matrix, coils, noise, mask and maps are drawn.

    A fifth of the scans is sampled in two dimensions. ``sizes`` restricts the sides of the matrix.
    """
    two = bool(rng.random() < 0.2)
    shape = (256, 256)
    if two or rng.random() < 0.6 or sizes:
        choice = sizes or (SIZES_2D if two else SIZES)
        shape = (int(rng.choice(choice)), int(rng.choice(choice)))
    for _ in range(TRIES):
        image = complex_slice(rng, pixels, shape)
        if float(np.mean(np.abs(image) > 0.05)) > 0.08:
            break
    return measure(rng, image, draw_setting(rng, shape[1], two))
