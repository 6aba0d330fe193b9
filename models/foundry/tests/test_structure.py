"""Structure check: a method that keeps everything keeps 1, one that ignores the data keeps 0."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import ellipses

from foundry.simulate import Setting
from foundry.structure import kept_contrast, lesion, pair


def test_lesion_is_small_and_in_tissue():
    image = ellipses(np.random.default_rng(2), 96)
    for seed in range(5):
        spot = lesion(np.random.default_rng(seed), image)
        assert 0.01 < np.abs(spot).max() <= 0.3 * image.max()
        assert 4 < (np.abs(spot) > 0.5 * np.abs(spot).max()).sum() < 40


def test_kept_contrast_of_known_methods():
    image = ellipses(np.random.default_rng(3), 96)
    scans = pair("made up", image, Setting(4, 0.0, "random", 2, 24))
    truth = iter((scans[1].magnitude, scans[0].magnitude))
    assert kept_contrast(scans, lambda m: next(truth)) == pytest.approx(1.0, abs=0.01)
    assert kept_contrast(scans, lambda m: torch.zeros_like(m.samples[0])) == 0.0
    assert not torch.equal(scans[0].measurement.samples, scans[1].measurement.samples)
    torch.testing.assert_close(scans[0].measurement.mask, scans[1].measurement.mask)
