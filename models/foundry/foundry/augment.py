"""Augmentation of magnitude slices and the smooth phase that makes them complex."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

Shape = tuple[int, int]


def grid(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates y, x in -1..1, each ``[y, x]`` float32."""
    y, x = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in shape)
    return np.meshgrid(y, x, indexing="ij")


def smooth_field(rng: np.random.Generator, shape: Shape, waves: int = 3) -> np.ndarray:
    """A smooth random field ``[y, x]`` of about unit spread: a few cosines of at most ``waves`` half periods."""
    cy = np.cos(np.pi * np.outer(np.arange(waves + 1), (np.arange(shape[0]) + 0.5) / shape[0]))
    cx = np.cos(np.pi * np.outer(np.arange(waves + 1), (np.arange(shape[1]) + 0.5) / shape[1]))
    order = np.add.outer(np.arange(waves + 1), np.arange(waves + 1))
    weight = rng.standard_normal(order.shape) / (1.0 + order) ** 1.2
    weight[0, 0] = 0.0
    return (cy.T @ weight @ cx).astype(np.float32)


def phase(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Smooth image phase ``[y, x]`` in radians: constant, linear and low-order parts, from flat to strongly wound."""
    y, x = grid(shape)
    ramp = rng.uniform(-1.5, 1.5, 2)
    strength = rng.choice([0.2, 0.6, 1.2], p=[0.3, 0.5, 0.2])
    return (rng.uniform(-np.pi, np.pi) + ramp[0] * y + ramp[1] * x + strength * smooth_field(rng, shape)).astype(
        np.float32
    )


def _contrast(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A random tone curve; a third of the draws are not monotone, so that tissue order is not learned."""
    top = max(float(image.max()), 1e-6)
    u = image / top
    out = u ** rng.uniform(0.7, 1.4)
    if rng.random() < 0.33:
        out = np.abs(out + rng.uniform(-0.25, 0.25) * np.sin(np.pi * rng.uniform(1.0, 2.0) * u) * u)
    return (out * top).astype(np.float32)


def resample(
    image: np.ndarray, shape: Shape, zoom: tuple[float, float], angle: float, shift: tuple[float, float]
) -> np.ndarray:
    """Cubic resampling of ``[y, x]`` onto ``shape``: zoom (target pixels per source pixel), angle (rad), shift (px)."""
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.array([[c, -s], [s, c]]) / np.array(zoom)[None, :]
    centre_in = (np.array(image.shape) - 1) / 2
    centre_out = (np.array(shape) - 1) / 2 + np.array(shift)
    offset = centre_in - matrix @ centre_out
    out = ndimage.affine_transform(image, matrix, offset, output_shape=shape, order=3, mode="constant")
    return np.maximum(out, 0.0).astype(np.float32)


def crop_or_pad(image: np.ndarray, shape: Shape) -> np.ndarray:
    """Centres ``[y, x]`` in ``shape`` by cutting or zero-filling."""
    out = np.zeros(shape, image.dtype)
    source, target = [], []
    for have, want in zip(image.shape, shape, strict=True):
        n = min(have, want)
        source.append(slice((have - n) // 2, (have - n) // 2 + n))
        target.append(slice((want - n) // 2, (want - n) // 2 + n))
    out[tuple(target)] = image[tuple(source)]
    return out


def augment(rng: np.random.Generator, image: np.ndarray, shape: Shape | None, turns: bool = True) -> np.ndarray:
    """A random view of a magnitude slice ``[y, x]``, as ``shape`` or in its own size when ``shape`` is None.

    Half of the views keep the pixel grid (flips, quarter turns), because every interpolation takes away some of
    the finest detail, and a network that never sees it learns to blur.
    """
    if rng.random() < 0.5:
        image = image[:, ::-1]
    if turns and rng.random() < 0.5:
        image = image[::-1]
    if turns and rng.random() < 0.5:
        image = image.T
    image = np.ascontiguousarray(image)
    target = shape or image.shape
    fit = min(target[0] / image.shape[0], target[1] / image.shape[1])
    if fit < 0.8 or rng.random() < 0.5:
        base = fit if fit < 0.8 else 1.0
        zoom = base * rng.uniform(0.8, 1.12)
        stretch = rng.uniform(0.95, 1.05)
        angle = rng.normal(0.0, np.deg2rad(10.0))
        shift = rng.uniform(-0.06, 0.06, 2) * np.array(target)
        image = resample(image, target, (zoom * stretch, zoom / stretch), angle, (shift[0], shift[1]))
    else:
        image = crop_or_pad(image, target)
    if rng.random() < 0.7:
        image = _contrast(rng, image)
    if rng.random() < 0.5:
        image = image * np.exp(rng.uniform(0.1, 0.4) * smooth_field(rng, target, 2))
    return image.astype(np.float32)


def complex_slice(
    rng: np.random.Generator, image: np.ndarray, shape: Shape | None = None, turns: bool = True
) -> np.ndarray:
    """An augmented slice with smooth phase, complex64 ``[y, x]``, not yet scaled."""
    view = augment(rng, image, shape, turns)
    return (view * np.exp(1j * phase(rng, view.shape))).astype(np.complex64)
