"""Preparing, training, stopping, resuming, and the commands from end to end on made-up data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from foundry import trainer as training
from foundry.cli import main
from foundry.config import CONFIGS, load_config
from foundry.data import Sampler, load_packed, prepare, reported_slices
from foundry.muon import orthogonalise
from foundry.nets.edm import build_prior
from foundry.sampler import levels, sample
from foundry.tasks.registry import TASKS, build_task
from foundry.trainer import Trainer, only_training


def run(name: str, cache: Path, folder: Path, stop_after: int | None = None) -> tuple[Trainer, bool]:
    config = load_config(name)
    task = build_task(config, cache)
    plain = task.loss

    def loss(step: int) -> torch.Tensor:
        if step + 1 == stop_after:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(step)

    task.loss = loss
    one = Trainer(config, task, folder)
    return one, one.run()


@pytest.fixture(autouse=True)
def keep_signals(monkeypatch, tmp_path):
    """Leaves pytest's own handlers in place afterwards, and hides the real checkpoints."""
    monkeypatch.setattr(training, "CHECKPOINTS", tmp_path / "none")
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", ["tiny-prior", "tiny-unrolled"])
def test_a_stopped_run_ends_like_an_unstopped_one(name, cache, tmp_path):
    whole, finished = run(name, cache, tmp_path / "whole")
    assert finished
    first, finished = run(name, cache, tmp_path / "parts", stop_after=2)
    assert not finished and first.step == 2
    second, finished = run(name, cache, tmp_path / "parts")
    assert finished and second.step == whole.step
    for kind in ("model", "ema"):
        a, b = whole.state()[kind], second.state()[kind]
        assert all(torch.equal(a[k], b[k]) for k in a)
    start = torch.load(tmp_path / "parts" / "last.pt", weights_only=True)["step"]
    assert start == whole.step


def test_a_signal_breaks_off_a_validation(cache, tmp_path):
    config = load_config("tiny-prior")
    task = build_task(config, cache)

    def endless(_: torch.nn.Module) -> dict[str, float]:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(100):
            time.sleep(0.1)
        raise AssertionError("the signal was not heard")

    task.validate = endless
    one = Trainer(config, task, tmp_path)
    one.validate_every = -1.0
    assert not one.run()
    assert one.step == 1
    assert torch.load(tmp_path / "last.pt", weights_only=True)["step"] == 1


def test_training_moves_the_weights(cache, tmp_path):
    config = load_config("tiny-prior")
    before = build_task(config, cache).model.state_dict()
    after = run("tiny-prior", cache, tmp_path)[0].state()["model"]
    assert any(not torch.equal(before[k], after[k]) for k in before)


def test_packed_checkpoint_goes_on(cache, tmp_path, monkeypatch):
    one, _ = run("tiny-prior", cache, tmp_path / "run")
    monkeypatch.setattr(training, "CHECKPOINTS", tmp_path / "packed")
    training.save_atomically(one.packed(), tmp_path / "packed" / "tiny-prior.pt")
    other = Trainer(one.config, build_task(one.config, cache), tmp_path / "elsewhere")
    assert other.resume() == "tiny-prior.pt of step 6"
    for a, b in zip(one.ema.parameters(), other.task.model.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=2e-3, atol=1e-4)


def test_a_changed_configuration_does_not_resume(cache, tmp_path):
    one, _ = run("tiny-prior", cache, tmp_path)
    raw = {**one.config.raw, "seed": 99}
    changed = type(one.config)(one.config.id, one.config.kind, 99, raw)
    assert Trainer(changed, one.task, tmp_path).resume() == "random weights"


def test_a_longer_budget_is_the_same_run():
    config = load_config("tiny-prior")
    longer = type(config)(config.id, config.kind, config.seed, {**config.raw, "budget": {"steps": 99}})
    assert longer.hash == config.hash


def test_one_training_at_a_time(tmp_path):
    with (
        only_training(tmp_path, "a"),
        pytest.raises(RuntimeError, match="another training"),
        only_training(tmp_path, "b"),
    ):
        pass
    with only_training(tmp_path, "c"):
        assert "c" in (tmp_path / "training.lock").read_text()
    assert (tmp_path / "training.lock").read_text() == ""


def test_learning_rate_is_flat_then_falls(cache, tmp_path):
    config = load_config("tiny-prior")
    one = Trainer(config, build_task(config, cache), tmp_path, {"steps": 1000})
    rates = []
    for step in (0, 100, 499, 750, 999):
        one.step = step
        rates.append(one.rate())
    assert rates[0] < rates[1] == rates[2] == 1.0
    assert rates[3] == pytest.approx(0.51, abs=0.01)
    assert rates[4] == pytest.approx(0.02, abs=0.001)


def test_sampler_finds_a_known_answer():
    """A prior whose answer is always the same image must end at that image."""
    answer = torch.full((2, 1, 4, 4), 0.7)

    class Known:
        stages = load_model_stages()

        def __call__(self, x, sigma, stage):
            assert stage == (0 if float(sigma[0]) < 0.3 else 1)
            return answer

    found = sample(Known(), torch.randn(answer.shape), 12)
    torch.testing.assert_close(found, answer, rtol=1e-5, atol=1e-5)
    spaced = levels(18)
    assert float(spaced[0]) == pytest.approx(80.0) and float(spaced[-2]) == pytest.approx(0.002, rel=1e-4)


def load_model_stages():
    return build_prior(load_config("tiny-prior").table("model")).stages


def test_muon_directions_are_orthogonal():
    matrix = torch.randn(24, 40, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert float(values.min()) > 0.6 and float(values.max()) < 1.3


def test_prepare_keeps_subjects_apart(cache):
    for source in load_packed(cache):
        people = {split: {source.rows[i]["subject"] for i in source.find(split)} for split in ("train", "tune", "val")}
        assert not people["train"] & people["tune"] and not people["train"] & people["val"]
        assert len(reported_slices(source, "val")) == 1


def test_prepare_refuses_a_subject_on_two_sides(shared, tmp_path):
    copy = tmp_path / "shared"
    shutil.copytree(shared, copy)
    path = copy / "data" / "train" / "SPLITS.json"
    splits = json.loads(path.read_text())
    splits["openms"]["train"]["openms_val"] = splits["openms"]["val"].pop("openms_val")
    path.write_text(json.dumps(splits))
    with pytest.raises(ValueError, match="openms_val"):
        prepare(copy, tmp_path / "cache")


def test_sampler_follows_the_weights(cache):
    sources = load_packed(cache, ["openms", "cheng_jpeg"])
    rng = np.random.default_rng(0)
    sampler = Sampler(sources)
    large = sum(sampler.draw(rng).shape == (256, 256) for _ in range(400))
    assert pytest.approx(large, abs=30) == 400 * 0.10 / 0.48


def test_every_configuration_is_readable():
    for path in CONFIGS.glob("*.toml"):
        config = load_config(path)
        assert config.kind in TASKS
        assert config.table("budget").keys() & {"steps", "cpu_minutes"}
    with pytest.raises(FileNotFoundError, match="there are"):
        load_config("nothing")


def test_commands_from_data_to_model_folder(shared, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("foundry.evaluate.REPORTS", tmp_path / "reports")
    monkeypatch.setattr("foundry.card.REPORTS", tmp_path / "reports")
    common = ["--cache", str(tmp_path / "cache")]
    assert main([*common, "train", "tiny-autoencoder"]) == 2
    assert "prepare" in capsys.readouterr().err
    assert main([*common, "prepare", "--shared", str(shared)]) == 0
    for name in ("tiny-autoencoder", "tiny-latent-prior", "tiny-prior"):
        assert main([*common, "train", name, "--threads", "1"]) == 0
    assert main([*common, "samples", "tiny-latent-prior", "--count", "4", "--out", str(tmp_path / "s.png")]) == 0
    assert (tmp_path / "s.png").stat().st_size > 1000
    assert main([*common, "evaluate", "tiny-autoencoder", "--slices", "1", "--threads", "1"]) == 0
    assert main([*common, "export", "tiny-autoencoder", "--models", str(tmp_path / "models")]) == 0
    card = (tmp_path / "models" / "tiny-autoencoder" / "CARD.md").read_text()
    assert "simulated coils and phase" in card and "Scores on `tune`" in card
