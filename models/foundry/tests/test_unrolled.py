"""The unrolled reconstructor: its schedule follows the scan, its limits hold, its numbers reach the manifest."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from conftest import ellipses, shake

from foundry.config import load_config
from foundry.manifest import unrolled_schedule
from foundry.nets.fused import FusedLines, FusedPlane, fused_inputs
from foundry.nets.unrolled import build_unrolled
from foundry.real import estimate_noise
from foundry.scale import fft
from foundry.simulate import Setting, measure
from foundry.streams import stream


def build():
    return build_unrolled(load_config("tiny-unrolled").table("model"))


def test_weight_follows_the_noise_of_the_scan():
    """Without learned changes lambda is s^2 / sigma^2, s^2 the noise and the floor together."""
    schedule = build().schedule
    for sigma in (0.0, 0.01, 0.05):
        levels, weights, _ = schedule(sigma, 4.0)
        want = (sigma**2 + 0.002**2) / levels.square()
        torch.testing.assert_close(weights, want.clamp(1e-5, 20.0), rtol=1e-5, atol=1e-9)


def test_acceleration_and_noise_move_the_levels():
    schedule = build().schedule
    with torch.no_grad():
        schedule.by_acceleration.fill_(0.5)
        schedule.by_noise.fill_(0.25)
    base, more, noisier = (schedule(s, r)[0] for s, r in ((0.01, 4.0), (0.01, 8.0), (0.04, 4.0)))
    torch.testing.assert_close(more / base, torch.full_like(base, 2**0.5), rtol=1e-4, atol=1e-6)
    assert (noisier > base).all()


def test_limits_are_restored():
    model = build()
    with torch.no_grad():
        for p in model.schedule.parameters():
            p.fill_(-50.0)
    model.project()
    values = unrolled_schedule(model)
    assert values["logSigma"] == pytest.approx([math.log(0.02)] * 2, abs=1e-5)
    assert values["logWeight"] == pytest.approx([math.log(0.1)] * 2, abs=1e-5)
    assert values["byNoise"] == [-0.5, -0.5]
    assert values["unrolls"] == 2 and values["cgSteps"] == 2


def test_any_size_and_one_image_per_unroll():
    model = build()
    image = ellipses(np.random.default_rng(1), 99)[:, :90].astype(complex)
    scan = measure(stream(1, "size"), image, Setting(3, 0.01, "random", 3, 16))
    with torch.no_grad():
        images = model(scan.measurement)
    assert len(images) == 3 and {i.shape for i in images} == {torch.Size([99, 90])}


@pytest.mark.parametrize("noise", [0.002, 0.02])
def test_noise_estimate_of_a_full_scan(noise):
    rng = np.random.default_rng(0)
    image = ellipses(rng, 128)
    kspace = fft(image[None] * np.ones((4, 1, 1)))
    kspace = kspace + noise * (rng.standard_normal(kspace.shape) + 1j * rng.standard_normal(kspace.shape))
    assert estimate_noise(kspace) == pytest.approx(noise, rel=0.1)


@pytest.mark.parametrize(("kind", "module"), [("random", FusedLines), ("poisson", FusedPlane)])
@pytest.mark.parametrize("size", [(96, 96), (93, 86)])
def test_fused_equals_unfused(kind, module, size):
    """Also where both sides have to be padded: the padding must not be seen."""
    model = shake(build())
    model.project()
    image = ellipses(np.random.default_rng(1), 96)[: size[0], : size[1]].astype(complex)
    scan = measure(stream(1, "fused"), image, Setting(4, 0.01, kind, 3, 16)).measurement
    with torch.no_grad():
        want = model(scan)[-1]
        got = module(model)(**fused_inputs(model, scan))[0, :, : size[0], : size[1]]
    error = (torch.complex(got[0], got[1]) - want).abs().max() / want.abs().max()
    assert float(error) < 1e-4
