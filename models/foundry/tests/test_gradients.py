"""Hand-written gradients: automatic differentiation, finite differences, the adjoint; and ONNX equals torch."""

from __future__ import annotations

import json

import onnx
import pytest
import torch
from conftest import shake

from foundry.config import load_config
from foundry.export import OPSET, export_model
from foundry.models import BUILDERS
from foundry.nets.autoencoder import Autoencoder
from foundry.nets.edm import stage_of

CASES = [("tiny-prior", 0), ("tiny-prior", 1), ("tiny-latent-prior", 0)]
TRAINING = {"steps": 0, "cpuMinutes": 0, "seed": 1, "config": "none", "configHash": "none"}
TINY = ("tiny-prior", "tiny-latent-prior", "tiny-unrolled", "tiny-autoencoder")


def build(name: str) -> torch.nn.Module:
    config = load_config(name)
    return shake(BUILDERS[config.kind](config.table("model")).double()).requires_grad_(False)


def draws(shape: tuple[int, ...], count: int) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(9)
    return [torch.randn(shape, generator=rng, dtype=torch.float64) for _ in range(count)]


@pytest.mark.parametrize(("name", "stage"), CASES)
def test_denoiser_pullback(name, stage):
    model = build(name)
    x, v, u = draws((2, model.net.channels, 32, 48), 3)
    sigma = torch.tensor([0.07, 1.3], dtype=torch.float64)
    x.requires_grad_(True)
    out = model(x, sigma, stage)
    (want,) = torch.autograd.grad(out, x, v)
    x = x.detach()
    same, back = model.pull(x, sigma, stage)
    torch.testing.assert_close(same, out.detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(back(v), want, rtol=1e-9, atol=1e-10)
    step = 1e-6
    slope = (model(x + step * u, sigma, stage) - model(x - step * u, sigma, stage)) / (2 * step)
    assert float((slope * v).sum()) == pytest.approx(float((u * back(v)).sum()), rel=1e-5)


def test_decoder_pullback():
    model = build("tiny-autoencoder")
    assert isinstance(model, Autoencoder)
    (z,), (v,) = draws((1, 4, 12, 16), 1), draws((1, 2, 48, 64), 1)
    z.requires_grad_(True)
    (want,) = torch.autograd.grad(model.decode(z), z, v)
    out, back = model.decode_pull(z.detach())
    torch.testing.assert_close(out, model.decode(z).detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(back(v), want, rtol=1e-9, atol=1e-10)


def test_latents_are_bounded():
    model = build("tiny-autoencoder")
    (x,) = draws((1, 2, 16, 16), 1)
    assert float(model.encode(100 * x).abs().max()) <= 3.0


def test_stages_are_half_open():
    stages = build("tiny-prior").stages
    assert [stage_of(s, stages) for s in (0.0, 0.2999, 0.3, 79.0, 200.0)] == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("name", TINY)
def test_onnx_equals_torch(name, tmp_path):
    """export_model raises when a graph differs from torch by more than 1e-4, at three sizes and two batches."""
    config = load_config(name)
    model = shake(BUILDERS[config.kind](config.table("model"))).eval()
    folder = export_model(config, model, tmp_path, TRAINING)
    manifest = json.loads((folder / "model.json").read_text())
    assert manifest["id"] == name and manifest["graphs"]
    assert {f["path"] for f in manifest["files"]} == {p.name for p in folder.iterdir()} - {"model.json"}
    for graph in manifest["graphs"].values():
        assert graph["onnxVersusTorch"] < 1e-5
        loaded = onnx.load(str(folder / graph["file"]))
        assert loaded.opset_import[0].version == OPSET
        for side, values in (("inputs", loaded.graph.input), ("outputs", loaded.graph.output)):
            found = {v.name: [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim] for v in values}
            assert found == {k: t["shape"] for k, t in graph[side].items()}
            assert {v.type.tensor_type.elem_type for v in values} == {onnx.TensorProto.FLOAT}


def test_export_refuses_a_wrong_graph(tmp_path, monkeypatch):
    config = load_config("tiny-autoencoder")
    model = shake(BUILDERS[config.kind](config.table("model"))).eval()
    monkeypatch.setattr("foundry.export.relative_error", lambda *_: 2e-4)
    with pytest.raises(RuntimeError, match="differ"):
        export_model(config, model, tmp_path, TRAINING)
    assert not (tmp_path / "tiny-autoencoder").exists()
