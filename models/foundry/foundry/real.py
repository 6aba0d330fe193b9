"""Real k-space that was in no training: a fully sampled head, masked afterwards, beside L1-wavelet.

The wavelet's weight is the best of a grid with the reference in hand, which favours it. ``map limit`` is the full scan
combined with the maps of its own centre against the root sum of squares: what the maps alone cost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from torch import Tensor

from .baselines import WAVELET_WEIGHTS, cg_sense, l1_wavelet
from .coils import espirit_maps
from .masks import line_mask
from .nets.unrolled import Unrolled
from .physics import Measurement, discrepancy_step, ifft
from .scale import centred_block, scan_scale
from .streams import stream
from .tasks.unrolled import magnitude_psnr

GRID = (*WAVELET_WEIGHTS, 0.0005, 0.04)


def estimate_noise(kspace: np.ndarray) -> float:
    """Noise per component of full k-space ``[coil, ky, kx]``: the smaller of two estimates that can only be too large.

    The corners of k-space hold signal where the matrix is small, the corners of the image where the field of view is;
    what both must hold is the noise.
    """
    h, w = kspace.shape[-2:]
    y, x = np.abs(np.arange(h) - h // 2) / h, np.abs(np.arange(w) - w // 2) / w
    radius = y[:, None] + x[None, :]
    image = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace, (-2, -1)), norm="ortho"), (-2, -1))
    edge = max(min(h, w) // 12, 4)
    corners = [
        image[:, a, b] for a in (slice(0, edge), slice(-edge, None)) for b in (slice(0, edge), slice(-edge, None))
    ]
    return min(
        _spread(kspace[:, radius > np.quantile(radius, 0.95)]),
        float(np.median([_spread(c) for c in corners])),
    )


def _spread(samples: np.ndarray) -> float:
    """Standard deviation per component from the median magnitude, which few outliers do not move."""
    return float(np.median(np.abs(np.concatenate([samples.real.ravel(), samples.imag.ravel()]))) / 0.6745)


def masked(kspace: np.ndarray, mask: np.ndarray) -> tuple[Measurement, float]:
    """A scan with phase encoding along the last axis, masked, with ESPIRiT maps of its own centre; and its scale."""
    kept = kspace * mask[None, None, :]
    lines = centred_block(mask)
    scale = scan_scale(kept, lines)
    maps = espirit_maps(kept, lines, (-1,))
    samples = torch.from_numpy((kept / scale).astype(np.complex64))
    scan = Measurement(
        ifft(samples, (-2,)),
        torch.from_numpy(maps),
        torch.from_numpy(mask.astype(np.float32))[None, :],
        estimate_noise(kspace) / scale,
        float(mask.size / mask.sum()),
        (-1,),
    )
    return scan, scale


@torch.no_grad()
def evaluate_real(model: Unrolled, shared: Path, picture: Path | None) -> list[dict[str, Any]]:
    """PSNR against the root sum of squares of the full scan at 2x, 3x and 4x, ``random`` and ``fraction``."""
    kspace = np.load(shared / "data" / "raw" / "brain16" / "brain16.npy").astype(np.complex64)
    kspace = np.ascontiguousarray(kspace.swapaxes(-1, -2))
    rows, sheets = [], []
    for kind in ("fraction", "random"):
        for acceleration, centre in ((2, 24), (3, 24), (4, 20)):
            mask = line_mask(stream(5, f"real {kind}", acceleration), kind, kspace.shape[-1], acceleration, centre)
            m, scale = masked(kspace, mask)
            reference = ifft(torch.from_numpy(kspace)).abs().square().sum(0).sqrt() / scale
            image = model(m)[-1]
            wavelets = {w: l1_wavelet(m, w) for w in GRID}
            best = max(GRID, key=lambda w: magnitude_psnr(wavelets[w], reference))
            results: dict[str, Tensor] = {
                "zero-filled": m.adjoint(m.samples),
                "cg-sense": cg_sense(m, 0.003),
                "l1-wavelet (best of grid)": wavelets[best],
                "unrolled": image,
                "unrolled, discrepancy": discrepancy_step(m, image),
            }
            row = {k: round(magnitude_psnr(v, reference), 2) for k, v in results.items()}
            limit = (m.maps.conj() * ifft(torch.from_numpy(kspace / scale))).sum(0)
            row["map limit"] = round(magnitude_psnr(limit, reference), 2)
            extra = {"weight": best, "sigma": round(m.sigma, 5), "misfit": round(float(m.misfit(image)), 5)}
            rows.append({"mask": f"{kind}:{acceleration}:{centre}", **row, **extra})
            sheets.append((rows[-1]["mask"], reference, results))
    if picture:
        _sheet(sheets, picture)
    return rows


def _sheet(sheets: list[tuple[str, Tensor, dict[str, Tensor]]], path: Path) -> None:
    columns = ["full", *sheets[0][2]]
    figure, axes = plt.subplots(len(sheets), len(columns), figsize=(2 * len(columns), 2 * len(sheets)))
    for row, (label, reference, results) in zip(axes, sheets, strict=True):
        top = float(torch.quantile(reference, 0.995))
        for ax, name in zip(row, columns, strict=True):
            view = reference if name == "full" else results[name].abs()
            ax.imshow(view.numpy().T, cmap="gray", vmin=0, vmax=top)
            ax.set_title(f"{label} {name}", fontsize=5)
            ax.axis("off")
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
