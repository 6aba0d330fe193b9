"""Timestep clustering: cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from foundry.clustering import (
    PUBLISHED_SIGMA,
    PUBLISHED_T,
    first_cut,
    last_cut,
    optimal_noise,
    similarity,
    stage_boundaries,
    vp_sigma,
    weights,
)

TIMES = (np.arange(40) + 0.5) / 40


def test_one_image_makes_one_stage():
    """With a single image eps* is e at every time: all similar, t1 = 1 and t2 = 0."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((1, 12))
    e = rng.standard_normal(12)
    noise = optimal_noise(data, data[0], e, vp_sigma(TIMES))
    np.testing.assert_allclose(noise, np.broadcast_to(e, noise.shape), rtol=1e-12)
    found = similarity(data, rng, TIMES, 3, 2 / 255)
    assert found.pairs.min() == found.to_start.min() == found.to_end.min() == 1.0
    assert first_cut(TIMES, found.to_start, 0.9) == 1.0
    assert last_cut(TIMES, found.to_end, 0.9) == 0.0


def test_weights_are_the_posterior():
    rng = np.random.default_rng(1)
    data, e = rng.standard_normal((5, 7)), rng.standard_normal(7)
    sigma = np.array([0.3, 2.0])
    difference = data[2] - data
    got = weights((difference**2).sum(1), difference @ e, sigma)
    for row, s in zip(got, sigma, strict=True):
        density = np.exp(-((data[2] + s * e - data) ** 2).sum(1) / (2 * s * s))
        np.testing.assert_allclose(row, density / density.sum(), rtol=1e-10)


def test_largest_noise_points_to_the_mean():
    rng = np.random.default_rng(2)
    data, e = rng.standard_normal((6, 4)), rng.standard_normal(4)
    sigma = np.array([1e4])
    want = (data[0] + 1e4 * e - data.mean(0)) / 1e4
    np.testing.assert_allclose(optimal_noise(data, data[0], e, sigma)[0], want, rtol=1e-6)


def test_a_larger_eta_never_lowers_similarity():
    data = np.random.default_rng(3).standard_normal((20, 16))
    small, large = (similarity(data, np.random.default_rng(4), TIMES, 4, eta) for eta in (0.01, 0.05))
    assert (large.pairs >= small.pairs).all()
    assert (large.pairs > small.pairs).any()
    assert first_cut(TIMES, large.to_start, 0.9) >= first_cut(TIMES, small.to_start, 0.9)
    assert last_cut(TIMES, large.to_end, 0.9) <= last_cut(TIMES, small.to_end, 0.9)


def test_cuts_of_a_step():
    """Similarity 1 below t = 1/2 and 0 above: the mean is 0.8 where four fifths lie below."""
    step = (TIMES < 0.5).astype(float)
    assert first_cut(TIMES, step, 1.0) == pytest.approx(0.5, abs=0.02)
    assert first_cut(TIMES, step, 0.8) == pytest.approx(0.625, abs=0.02)
    assert last_cut(TIMES, step[::-1], 0.8) == pytest.approx(0.375, abs=0.02)


def test_published_times_are_published_sigmas():
    np.testing.assert_allclose(vp_sigma(np.array([0.442, 0.6308])), PUBLISHED_SIGMA, rtol=2e-4)
    assert PUBLISHED_T == (0.442, 0.631)


def test_the_purifier_always_gets_its_boundary():
    assert stage_boundaries(0.445, 0.775, 0.3) == pytest.approx([0.3, 2.549, 20.608], abs=2e-3)
    assert stage_boundaries(0.05, 0.775, 0.3) == pytest.approx([0.3, 20.608], abs=2e-3)
