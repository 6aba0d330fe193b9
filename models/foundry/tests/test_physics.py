"""Simulated operators: adjoints, strips, conjugate gradients, maps, scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from foundry import physics, scale
from foundry.coils import espirit_maps, hann_maps, ring_maps
from foundry.simulate import Scan, Setting, measure
from foundry.streams import stream


def disc(size: int = 96) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    image = ((y / 0.8) ** 2 + (x / 0.7) ** 2 < 1).astype(float)
    image += 0.5 * (((y - 0.2) / 0.3) ** 2 + (x / 0.2) ** 2 < 1)
    return image * np.exp(1j * (0.4 * y + 0.3 * x * x))


def scan(kind: str = "fraction", acceleration: float = 3, coils: int = 6, noise: float = 0.01) -> Scan:
    return measure(stream(1, kind), disc(), Setting(coils, noise, kind, acceleration, 16))


def pair(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.complex(torch.randn(shape, generator=rng).double(), torch.randn(shape, generator=rng).double())


def doubled(m: physics.Measurement) -> physics.Measurement:
    y, s = m.samples.to(torch.complex128), m.maps.to(torch.complex128)
    return physics.Measurement(y, s, m.mask.double(), m.sigma, m.acceleration, m.dims)


@pytest.mark.parametrize("kind", ["fraction", "random", "poisson"])
def test_adjoint(kind):
    m = doubled(scan(kind).measurement)
    x, y = pair(m.samples.shape[1:], 1), pair(m.samples.shape, 2)
    left = (m.forward(x).conj() * y).sum()
    right = (x.conj() * m.adjoint(y)).sum()
    assert abs(left - right) / abs(left) < 1e-12
    torch.testing.assert_close(m.normal(x), m.adjoint(m.forward(x)), rtol=1e-12, atol=1e-12)


def test_operator_shrinks():
    m = doubled(scan("random").measurement)
    x = pair(m.samples.shape[1:], 3)
    assert m.forward(x).norm() <= x.norm() * (1 + 1e-6)


def test_strip_is_part_of_the_whole():
    whole = scan("random")
    part = whole.strip(20, 32)
    x = pair(whole.measurement.samples.shape[1:], 4).to(torch.complex64)
    expected = whole.measurement.normal(x)[20:52]
    torch.testing.assert_close(part.measurement.normal(x[20:52]), expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="strips"):
        scan("poisson", 4).strip(0, 8)


def test_cg_solves():
    m = doubled(scan().measurement)
    truth = pair(m.samples.shape[1:], 5)
    right = m.normal(truth) + 0.1 * truth
    found = physics.cg(lambda v: m.normal(v) + 0.1 * v, right, torch.zeros_like(right), 60)
    assert (found - truth).norm() / truth.norm() < 1e-8


def test_discrepancy_step_meets_the_noise():
    m = scan(noise=0.02).measurement
    m.sigma = 0.02
    far = torch.zeros_like(m.samples[0])
    found = physics.discrepancy_step(m, far, least=1e-4, iterations=12, halvings=12)
    assert float(m.misfit(found)) == pytest.approx(m.sigma, rel=0.1)
    near = found
    m.sigma = 1.0
    assert physics.discrepancy_step(m, near) is near


def test_samples_fit_the_target_up_to_noise():
    clean = scan(noise=0.0, acceleration=2)
    assert float(clean.measurement.misfit(clean.target)) < 0.01
    noisy = scan(noise=0.05, acceleration=2)
    assert float(noisy.measurement.misfit(noisy.target)) == pytest.approx(noisy.noise, rel=0.1)


def test_coil_maps_are_normalised():
    maps = ring_maps(stream(1, "maps"), (40, 48), 5)
    np.testing.assert_allclose((np.abs(maps) ** 2).sum(0), 1.0, rtol=1e-5)
    assert ring_maps(stream(1, "maps"), (40, 48), 1).shape == (1, 40, 48)


@pytest.mark.parametrize(("estimate", "limit"), [(espirit_maps, 0.995), (hann_maps, 0.98)])
def test_estimated_maps_match_true_ones(estimate, limit):
    image = disc(128)
    maps = ring_maps(stream(2, "maps"), image.shape, 8)
    found = estimate(scale.fft(maps * image).astype(np.complex64), 24, (-1,))
    match = np.abs((found.conj() * maps).sum(0))
    assert np.percentile(match[np.abs(image) > 0], 1) > limit


@pytest.mark.parametrize(("mask", "want"), [("00111100", 4), ("00011100", 3), ("01111100", 4), ("00000100", 0)])
def test_lines_of_the_central_block(mask, want):
    """Centre at floor(8/2) = 4; what sticks out on one side does not count."""
    assert scale.centred_block(np.array([c == "1" for c in mask])) == want


def test_scale_ignores_what_is_outside_the_centre():
    kspace = scale.fft(disc()[None] * np.ones((2, 1, 1)))
    factor = scale.scan_scale(kspace, 24)
    changed = kspace.copy()
    changed[..., :20] = 100.0
    assert scale.scan_scale(changed, 24) == pytest.approx(factor)
    assert scale.scan_scale(7.0 * kspace, 24) == pytest.approx(7.0 * factor)
    assert scale.scan_scale(kspace, 500) == pytest.approx(factor)
    with pytest.raises(ValueError, match="empty"):
        scale.scan_scale(np.zeros_like(kspace), 24)
