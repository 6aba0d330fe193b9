"""Perturbed trainings: constraints of the attack, the purifier's ball, one step of every kind."""

from __future__ import annotations

import pytest
import torch

from foundry.config import load_config
from foundry.purify import ball, noise_levels, purify
from foundry.streams import torch_stream
from foundry.tasks.defences import KINDS, DefenceTask


def task(kind, cache, monkeypatch):
    config = load_config("tiny-unrolled")
    raw = {**config.raw, "defence": {"kind": kind, "prior": "tiny-unrolled", "copies": 2, "eps": 0.02}}
    changed = type(config)(config.id, config.kind, config.seed, raw)
    monkeypatch.setattr("foundry.tasks.defences.load_weights", lambda *_: prior_weights(config))
    return DefenceTask(changed, cache)


def prior_weights(config):
    from foundry.nets.edm import build_prior

    return build_prior(config.table("model")).state_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_of_every_kind(kind, cache, monkeypatch):
    one = task(kind, cache, monkeypatch)
    loss = one.loss(0)
    loss.backward()
    assert torch.isfinite(loss) and any(p.grad is not None and p.grad.abs().max() > 0 for p in one.model.parameters())
    assert float(one.loss(0).detach()) == float(loss.detach())


def test_attack_stays_in_its_ball_and_does_harm(cache, monkeypatch):
    one = task("adversarial", cache, monkeypatch)
    one.rng = torch_stream(1, "attack")
    scan = one.pool.at(0)[0]
    m = scan.measurement
    attacked = one._attacked(scan)
    delta = attacked.measurement.samples - m.samples
    count = float(m.mask.expand(m.samples.shape).sum())
    assert float((delta.abs() * (1 - m.mask)).max()) == 0.0
    assert float(delta.abs().square().sum().sqrt()) <= 0.02 * (2 * count) ** 0.5 * (1 + 1e-5)
    with torch.no_grad():
        before, after = ((one.model(s.measurement)[-1] - scan.target).abs().square().sum() for s in (scan, attacked))
    assert after > before


def test_purifier_keeps_to_its_ball(cache, monkeypatch):
    one = task("purified", cache, monkeypatch)
    m = one.pool.at(0)[0].measurement
    far = torch.zeros_like(m.samples[0])
    size = float(m.misfit(far))
    assert ball(m, far, size) is far
    assert float(m.misfit(ball(m, far, 0.5 * size, iterations=30))) == pytest.approx(0.5 * size, rel=0.1)
    image = purify(one.prior, m, 0.05, 3, 0.02, torch_stream(1, "p"), m.adjoint(m.samples))
    assert torch.isfinite(image.abs()).all() and image.shape == far.shape
    assert noise_levels(0.1, 3)[0] == pytest.approx(0.1) and noise_levels(0.1, 3)[-1] == 0.0
