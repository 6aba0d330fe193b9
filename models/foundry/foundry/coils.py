"""Simulated receive coils, and maps estimated from the centre of k-space as in use."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from .augment import grid, smooth_field
from .scale import LINES, central_slice, ifft

Shape = tuple[int, int]


def normalise(maps: np.ndarray) -> np.ndarray:
    """Divides ``[coil, y, x]`` by its root sum of squares: ``sum |S|^2 = 1`` (zero stays zero)."""
    total = np.sqrt((np.abs(maps) ** 2).sum(0))
    return (maps / np.maximum(total, 1e-12) * (total > 1e-9)).astype(np.complex64)


def ring_maps(rng: np.random.Generator, shape: Shape, coils: int) -> np.ndarray:
    """Coil maps ``[coil, y, x]`` complex64 of a ring of loops around the field of view, ``sum |S|^2 = 1``.

    Sensitivity falls as ``1/(1 + (d/w)^2)^1.5`` with the distance d of the loop; phases are linear towards the
    loop plus a smooth part. One coil is a coil of uniform sensitivity.
    """
    if coils == 1:
        return np.exp(1j * rng.uniform(-np.pi, np.pi)) * np.ones((1, *shape), np.complex64)
    y, x = grid(shape)
    turn = rng.uniform(0, 2 * np.pi)
    radius, width = rng.uniform(1.05, 1.5), rng.uniform(0.6, 1.1)
    rows = 2 if coils >= 8 and rng.random() < 0.4 else 1
    out = np.empty((coils, *shape), np.complex64)
    for c in range(coils):
        angle = turn + 2 * np.pi * c / coils + rng.normal(0, 0.15)
        cy, cx = radius * np.sin(angle), radius * np.cos(angle)
        cz = rng.uniform(0.2, 0.5) * (1 if c % rows else -1) if rows == 2 else rng.uniform(0, 0.2)
        d2 = ((y - cy) ** 2 + (x - cx) ** 2 + cz**2) / width**2
        pull = rng.uniform(0.3, 1.2)
        angles = rng.uniform(-np.pi, np.pi) + pull * (y * np.sin(angle) + x * np.cos(angle))
        angles = angles + rng.uniform(0.0, 0.5) * smooth_field(rng, shape, 2)
        out[c] = rng.uniform(0.8, 1.2) / (1 + d2) ** 1.5 * np.exp(1j * angles)
    return normalise(out)


def hann_maps(kspace: np.ndarray, lines: int, axes: tuple[int, ...]) -> np.ndarray:
    """Maps from the Hann-windowed central ``lines``: low-resolution coil images over their root sum of squares."""
    block = np.zeros_like(kspace)
    for_axes = tuple(a % 3 for a in axes)
    window = np.ones((1, 1, 1))
    index: list[slice] = [slice(None)] * 3
    for axis in (1, 2):
        n = kspace.shape[axis]
        count = min(lines, n) if axis in for_axes else min(n, 2 * LINES)
        index[axis] = central_slice(n, count)
        taper = np.hanning(count + 2)[1:-1]
        window = window * taper.reshape([-1 if a == axis else 1 for a in range(3)])
    block[tuple(index)] = kspace[tuple(index)] * window
    return normalise(ifft(block))


def _calibration_kernels(block: np.ndarray, kernel: int, threshold: float) -> np.ndarray:
    """Row-space kernels ``[n, coil, k, k]`` of the calibration matrix of a block ``[coil, ky, kx]``."""
    coils = block.shape[0]
    windows = np.lib.stride_tricks.sliding_window_view(block, (kernel, kernel), axis=(1, 2))
    matrix = windows.transpose(1, 2, 0, 3, 4).reshape(-1, coils * kernel * kernel)
    gram = matrix.conj().T @ matrix
    values, vectors = np.linalg.eigh(gram)
    keep = values > threshold**2 * values[-1]
    return vectors[:, keep].T.conj().reshape(-1, coils, kernel, kernel)


def espirit_maps(
    kspace: np.ndarray,
    lines: int,
    axes: tuple[int, ...],
    kernel: int = 6,
    threshold: float = 0.02,
    coarse: int = 64,
    crop: float = 0.0,
) -> np.ndarray:
    """ESPIRiT maps ``[coil, y, x]`` (Uecker et al. 2014) from the central lines, first set only.

    The eigenproblem is solved on a coarse grid (the maps are as smooth as the kernel is small), the phase is
    taken relative to the strongest virtual coil, and the maps are brought to the full grid by cubic
    interpolation. Pixels whose eigenvalue is below ``crop`` are set to zero.
    """
    coils, h, w = kspace.shape
    for_axes = tuple(a % 3 for a in axes)
    counts = [min(lines if a in for_axes else LINES, n) for a, n in ((1, h), (2, w))]
    block = kspace[:, central_slice(h, counts[0]), central_slice(w, counts[1])]
    kernel = min(kernel, (min(counts) + 1) // 2)
    kernels = _calibration_kernels(block, kernel, threshold)
    size = (min(coarse, h), min(coarse, w))
    padded = np.zeros((len(kernels), coils, *size), np.complex64)
    padded[:, :, :kernel, :kernel] = kernels
    field = np.fft.fftshift(np.fft.ifft2(padded, norm="forward"), axes=(-2, -1)) / kernel
    field = field.transpose(2, 3, 1, 0)
    values, vectors = np.linalg.eigh(field @ field.conj().swapaxes(-1, -2))
    maps = vectors[..., -1]
    flat = block.reshape(coils, -1)
    virtual = np.linalg.eigh(flat @ flat.conj().T)[1][:, -1]
    reference = maps @ virtual.conj()
    maps = maps * np.exp(-1j * np.angle(reference))[..., None]
    full = _to_grid(maps.transpose(2, 0, 1), (h, w))
    if crop > 0:
        weight = _to_grid(values[None, ..., -1].astype(np.complex64), (h, w)).real
        return normalise(full) * (weight > crop)
    return normalise(full)


def _to_grid(image: np.ndarray, shape: Shape) -> np.ndarray:
    """Cubic interpolation of ``[n, y, x]`` between grids of the same field of view, both centred at floor(N/2)."""
    n, h, w = image.shape
    stack = torch.from_numpy(np.concatenate([image.real, image.imag]).astype(np.float32))[None]
    y = (torch.arange(shape[0]) - shape[0] // 2) * (h / shape[0]) + h // 2
    x = (torch.arange(shape[1]) - shape[1] // 2) * (w / shape[1]) + w // 2
    gy, gx = torch.meshgrid(2 * y / (h - 1) - 1, 2 * x / (w - 1) - 1, indexing="ij")
    out = F.grid_sample(
        stack,
        torch.stack([gx, gy], -1)[None].float(),
        mode="bicubic",
        padding_mode="border",
        align_corners=True,
    )[0].numpy()
    return (out[:n] + 1j * out[n:]).astype(np.complex64)


def whiten_like(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """White complex noise of ``sigma`` per component, complex64."""
    noise = rng.standard_normal((2, *shape), dtype=np.float32)
    return (sigma * (noise[0] + 1j * noise[1])).astype(np.complex64)
