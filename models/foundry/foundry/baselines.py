"""Methods without learning, as yardsticks: CG-SENSE, L1-wavelet, wavelet shrinkage.

Their one number (a weight or a threshold) is chosen on the tune split, like every choice of the networks.
"""

from __future__ import annotations

import numpy as np
import pywt
import torch
from torch import Tensor

from .physics import Measurement, cg

SENSE_WEIGHTS = (0.0003, 0.001, 0.003, 0.01, 0.03)
WAVELET_WEIGHTS = (0.001, 0.002, 0.005, 0.01, 0.02)


@torch.no_grad()
def cg_sense(scan: Measurement, weight: float, iterations: int = 12) -> Tensor:
    """argmin ||A x - y||^2 + weight ||x||^2, complex ``[y, x]``."""
    back = scan.adjoint(scan.samples)
    return cg(lambda x: scan.normal(x) + weight * x, back, torch.zeros_like(back), iterations)


def shrink(image: np.ndarray, threshold: float, wavelet: str = "db4", levels: int = 4) -> np.ndarray:
    """Soft threshold of the detail coefficients of a complex image ``[y, x]``, magnitude-wise."""
    parts = pywt.wavedec2(image, wavelet, mode="periodization", level=levels)
    out = [parts[0]]
    for details in parts[1:]:
        kept = []
        for d in details:
            size = np.abs(d)
            kept.append(d * np.maximum(1.0 - threshold / np.maximum(size, 1e-12), 0.0))
        out.append(tuple(kept))
    return pywt.waverec2(out, wavelet, mode="periodization")


def _shifted_shrink(rng: np.random.Generator, image: np.ndarray, threshold: float) -> np.ndarray:
    shift = tuple(int(v) for v in rng.integers(0, 16, 2))
    h, w = image.shape
    wide = np.pad(image, ((0, -h % 16), (0, -w % 16)))
    out = np.roll(shrink(np.roll(wide, shift, (0, 1)), threshold), (-shift[0], -shift[1]), (0, 1))
    return out[:h, :w]


@torch.no_grad()
def l1_wavelet(scan: Measurement, weight: float, iterations: int = 40) -> Tensor:
    """argmin 1/2 ||A x - y||^2 + weight ||W x||_1 by FISTA with random shifts (db4, 4 levels)."""
    rng = np.random.default_rng(0)
    back = scan.adjoint(scan.samples)
    x = ahead = back
    t = 1.0
    for _ in range(iterations):
        step = ahead - scan.normal(ahead) + back
        new = torch.from_numpy(_shifted_shrink(rng, step.numpy(), weight).astype(np.complex64))
        t_new = (1.0 + (1.0 + 4.0 * t * t) ** 0.5) / 2.0
        ahead = new + (t - 1.0) / t_new * (new - x)
        x, t = new, t_new
    return x


def wavelet_denoise(image: np.ndarray, sigma: float, factor: float, shifts: int = 8) -> np.ndarray:
    """Shift-averaged wavelet shrinkage of a complex image; threshold = factor x sigma."""
    rng = np.random.default_rng(0)
    return np.mean([_shifted_shrink(rng, image, factor * sigma) for _ in range(shifts)], axis=0)
