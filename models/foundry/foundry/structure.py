"""Structure check: how much of a small lesion's contrast survives a reconstruction.

The same slice is measured twice with the same coils, noise and mask, once with a small Gaussian lesion in the tissue.
What a method keeps of it is the projection of the difference of its two images on the true difference: 1 keeps all,
0 loses it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .augment import phase
from .physics import Measurement
from .simulate import Scan, Setting, measure
from .streams import stream

Method = Callable[[Measurement], Tensor]


def lesion(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A Gaussian spot in tissue, float32 ``[y, x]``: 3 to 6 pixels wide, 10 to 30 % of the tissue, bright or dark."""
    local = _smooth(image)
    tissue = np.argwhere(local > 0.3 * np.percentile(local, 98))
    cy, cx = tissue[int(rng.integers(len(tissue)))]
    width = rng.uniform(3.0, 6.0) / 2.355
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    spot = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
    return (rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 0.3) * local[cy, cx] * spot).astype(np.float32)


def _smooth(image: np.ndarray, size: int = 9) -> np.ndarray:
    kernel = np.ones(size) / size
    rows = np.apply_along_axis(np.convolve, 1, image, kernel, "same")
    return np.apply_along_axis(np.convolve, 0, rows, kernel, "same")


def pair(name: str, pixels: np.ndarray, setting: Setting) -> tuple[Scan, Scan]:
    """The slice without and with a lesion, measured alike; ``name`` chooses place, coils and noise."""
    label = f"{name} {setting.kind} {setting.acceleration:g}"
    spot = lesion(stream(13, f"lesion {name}"), pixels)
    angles = phase(stream(13, f"phase {name}"), pixels.shape)
    first, second = (np.maximum(m, 0.0) * np.exp(1j * angles) for m in (pixels, pixels + spot))
    return measure(stream(13, label), first, setting), measure(stream(13, label), second, setting)


@torch.no_grad()
def kept_contrast(scans: tuple[Scan, Scan], method: Method) -> float:
    """Share of the true difference of magnitudes that the difference of reconstructions holds."""
    truth = scans[1].magnitude - scans[0].magnitude
    # Only around the lesion: the two scans may differ by a hair in scale everywhere else.
    truth = torch.where(truth.abs() > 0.02 * truth.abs().max(), truth, 0.0)
    found = method(scans[1].measurement).abs() - method(scans[0].measurement).abs()
    return float((found * truth).sum() / truth.square().sum())
