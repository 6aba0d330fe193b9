"""Export: ONNX graphs (opset 17, float32 at the interface) and the manifest of a model folder.

A prior becomes two graphs per stage, an unrolled reconstructor two in all: ``denoise(x, sigma) -> d`` and
``denoise_vjp(x, sigma, v) -> (d, g)`` with g = J^T v; an autoencoder becomes ``encode``, ``decode`` and
``decode_vjp``. Gradients are written by hand (see ``nets.layers``), with dynamic sizes. All graphs of a folder keep
their weights in one external file, each tensor once. Every graph is run in ONNX Runtime against PyTorch, also at
sizes not seen in export, before the folder appears under its final name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx.external_data_helper import set_external_data
from torch import Tensor, nn

from . import __version__
from .config import Config
from .nets.autoencoder import Autoencoder
from .nets.edm import Prior, count_parameters
from .nets.unrolled import Unrolled

OPSET = 17
TOLERANCE = 1e-4
WEIGHTS = "weights.bin"
SHAPES = (((64, 64), 1), ((96, 160), 1), ((64, 224), 2))
SCALE_RULE = {
    "id": "central-block-percentile",
    "percentile": 99.5,
    "lines": 24,
    "text": "divide by the 99.5th percentile of the magnitude of the low-resolution image made from the central "
    "block of min(24, available) lines in every phase-encode direction",
}
Inputs = dict[str, Tensor]


class Graph(nn.Module):
    """A function of tensors as a module, so that the exporter can trace it; ``owner`` holds the weights."""

    def __init__(self, owner: nn.Module, function: Callable[..., Any]) -> None:
        super().__init__()
        self.owner = owner
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        """Calls the function."""
        return self.function(*inputs)


@dataclass
class Spec:
    """One graph to export: its name, module, a maker of example inputs for (shape, batch), and output names."""

    name: str
    module: Graph
    example: Callable[[tuple[int, int], int], Inputs]
    outputs: list[str]


def sha256(path: Path) -> str:
    """Hash of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _normal(shape: tuple[int, ...], seed: int, spread: float = 1.0) -> Tensor:
    return spread * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def denoiser_specs(prior: Prior, stage: int, suffix: str = "") -> list[Spec]:
    """``denoise`` and ``denoise_vjp`` of one stage."""
    channels = prior.net.channels
    sigma = min(max(prior.stages[stage].low * 1.2, 0.05), 20.0)

    def example(shape: tuple[int, int], batch: int) -> Inputs:
        x = _normal((batch, channels, *shape), 5, 0.3 + sigma)
        return {"x": x, "sigma": torch.full((batch,), sigma)}

    def example_vjp(shape: tuple[int, int], batch: int) -> Inputs:
        return {**example(shape, batch), "v": _normal((batch, channels, *shape), 6)}

    def denoise(x: Tensor, s: Tensor) -> Tensor:
        return prior(x, s, stage)

    def vjp(x: Tensor, s: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, back = prior.pull(x, s, stage)
        return out, back(v)

    return [
        Spec(f"denoise{suffix}", Graph(prior, denoise), example, ["d"]),
        Spec(f"denoise_vjp{suffix}", Graph(prior, vjp), example_vjp, ["d", "g"]),
    ]


def autoencoder_specs(model: Autoencoder, channels: int) -> list[Spec]:
    """``encode``, ``decode`` and ``decode_vjp``."""

    def image(shape: tuple[int, int], batch: int) -> Inputs:
        return {"x": _normal((batch, 2, *shape), 5, 0.3)}

    def latent(shape: tuple[int, int], batch: int) -> Inputs:
        return {"z": _normal((batch, channels, shape[0] // 4, shape[1] // 4), 5, 0.8)}

    def latent_vjp(shape: tuple[int, int], batch: int) -> Inputs:
        return {**latent(shape, batch), "v": _normal((batch, 2, *shape), 6)}

    def vjp(z: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, back = model.decode_pull(z)
        return out, back(v)

    return [
        Spec("encode", Graph(model, model.encode), image, ["z"]),
        Spec("decode", Graph(model, model.decode), latent, ["x"]),
        Spec("decode_vjp", Graph(model, vjp), latent_vjp, ["x", "g"]),
    ]


def export_graph(spec: Spec, path: Path) -> None:
    """Writes one graph; batch and the two image axes are dynamic."""
    inputs = spec.example(*SHAPES[0])
    axes = {k: {0: "n"} if v.ndim == 1 else {0: "n", 2: "y", 3: "x"} for k, v in inputs.items()}
    # An output that shares the size of no input has axes of its own (decode: four times the latent grid).
    axes |= {k: {0: "n", 2: f"{k}_y", 3: f"{k}_x"} for k in spec.outputs}
    module = spec.module.eval().requires_grad_(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=spec.outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


def share_weights(folder: Path, paths: list[Path]) -> None:
    """Moves the large tensors of all graphs into one ``weights.bin``; equal tensors are stored once."""
    places: dict[str, tuple[int, int]] = {}
    blob = bytearray()
    for path in paths:
        graph = onnx.load(str(path))
        for tensor in graph.graph.initializer:
            raw = tensor.raw_data
            if len(raw) < 1024:
                continue
            key = hashlib.sha256(raw).hexdigest()
            if key not in places:
                blob.extend(b"\0" * (-len(blob) % 64))
                places[key] = (len(blob), len(raw))
                blob.extend(raw)
            offset, length = places[key]
            set_external_data(tensor, WEIGHTS, offset=offset, length=length)
            tensor.ClearField("raw_data")
        path.write_bytes(graph.SerializeToString())
    if blob:
        (folder / WEIGHTS).write_bytes(bytes(blob))


def relative_error(path: Path, module: Graph, inputs: Inputs) -> float:
    """Largest difference between ONNX Runtime and PyTorch over all outputs, relative to the largest value."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    got = session.run(None, {k: v.numpy() for k, v in inputs.items()})
    with torch.no_grad():
        want = module(*inputs.values())
    want = want if isinstance(want, tuple) else (want,)
    errors = [np.abs(g - w.numpy()).max() / (np.abs(w.numpy()).max() + 1e-12) for g, w in zip(got, want, strict=True)]
    return float(max(errors))


def export_specs(specs: list[Spec], folder: Path) -> dict[str, Any]:
    """Writes graphs and shared weights into a folder; answers the manifest's ``graphs``, with measured errors."""
    paths = [folder / f"{spec.name}.onnx" for spec in specs]
    for spec, path in zip(specs, paths, strict=True):
        export_graph(spec, path)
    share_weights(folder, paths)
    graphs: dict[str, Any] = {}
    for spec, path in zip(specs, paths, strict=True):
        onnx.checker.check_model(str(path))
        worst = max(relative_error(path, spec.module, spec.example(shape, batch)) for shape, batch in SHAPES)
        if worst > TOLERANCE:
            raise RuntimeError(f"{path.name}: ONNX Runtime and PyTorch differ by {worst:.2e} (limit {TOLERANCE:.0e})")
        inputs = spec.example(*SHAPES[0])
        with torch.no_grad():
            outputs = spec.module(*inputs.values())
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        shape = {k: _symbolic(v) for k, v in inputs.items()}
        graphs[spec.name] = {
            "file": path.name,
            "inputs": shape,
            "outputs": {k: _symbolic(v) for k, v in zip(spec.outputs, outputs, strict=True)},
            "onnxVersusTorch": float(f"{worst:.1e}"),
        }
    return graphs


def _symbolic(tensor: Tensor) -> list[Any]:
    """Contract of a tensor: ``n`` and the channel count, then ``y, x`` in image pixels or quarters of them."""
    if tensor.ndim == 1:
        return ["n"]
    quarter = tensor.shape[2] * 4 == SHAPES[0][0][0]
    return ["n", tensor.shape[1], "y/4" if quarter else "y", "x/4" if quarter else "x"]


def _prior_part(model: Prior, latent: bool) -> tuple[list[Spec], dict[str, Any]]:
    specs: list[Spec] = []
    stages = []
    for number, stage in enumerate(model.stages):
        own = denoiser_specs(model, number, f".{stage.name}")
        specs += own
        stages.append(
            {
                "name": stage.name,
                "low": stage.low,
                "high": stage.high,
                "denoise": own[0].name,
                "denoiseVjp": own[1].name,
                "padTo": model.net.multiple(number),
                "parameters": count_parameters(model.net.encoder) + count_parameters(model.net.decoders[number]),
            }
        )
    schedule = {"kind": "edm", "sigmaData": model.sigma_data, "sigmaMin": 0.002, "sigmaMax": 80.0, "rho": 7}
    space = "latent" if latent else "complex image, planes real and imaginary"
    return specs, {"space": space, "schedule": schedule, "stages": stages}


def model_part(kind: str, model: nn.Module) -> tuple[list[Spec], dict[str, Any]]:
    """Graphs to export and the manifest fields that are special to a kind of model."""
    if isinstance(model, Unrolled):
        fields = {
            "schedule": {
                "kind": "unrolled",
                "unrolls": len(model.schedule.log_sigma),
                "cgSteps": model.steps,
                "startCgSteps": model.start_steps,
                "sigma": "exp(log_sigma + by_acceleration ln(R/4) + by_noise ln(s/0.01)), 0.004 to 0.5",
                "weight": "exp(log_weight) s^2 / sigma^2, 1e-5 to 20; start exp(log_start) s^2 / 0.04",
                "s": "sqrt(sigma_n^2 + exp(log_floor)^2)",
                **model.schedule.values(),
                "finalStep": "discrepancy: misfit per component = sigma_n, only when it is larger",
            },
            "stages": [],
            "padTo": model.denoiser.net.multiple(0),
            "parameters": count_parameters(model),
        }
        return denoiser_specs(model.denoiser, 0), fields
    if isinstance(model, Autoencoder):
        channels = int(model.encoder[-1].out_channels)
        fields = {"schedule": None, "stages": [], "padTo": 4, "latentChannels": channels, "latentFactor": 4}
        return autoencoder_specs(model, channels), {**fields, "parameters": count_parameters(model)}
    if isinstance(model, Prior):
        return _prior_part(model, kind == "latent-prior")
    raise TypeError(f"no export for {type(model).__name__}")


def export_model(
    config: Config, model: nn.Module, models: Path, training: dict[str, Any], domain: dict[str, Any]
) -> Path:
    """Writes ``models/<id>/`` with graphs, weights and ``model.json``; the folder is replaced as a whole."""
    table = config.table("export")
    name = table.get("id", config.id)
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".export-") as temporary:
        folder = Path(temporary)
        specs, fields = model_part(config.kind, model)
        graphs = export_specs(specs, folder)
        files = [{"path": p.name, "sha256": sha256(p), "bytes": p.stat().st_size} for p in sorted(folder.iterdir())]
        manifest = {
            "id": name,
            "kind": config.kind,
            "title": table.get("title", config.id),
            "version": table.get("version", __version__),
            "files": files,
            "graphs": graphs,
            "domain": domain,
            "scaleRule": SCALE_RULE,
            **fields,
            "training": training,
        }
        (folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        target = models / name
        target.mkdir(exist_ok=True)
        for old in [*target.glob("*.onnx"), *target.glob(WEIGHTS)]:
            old.unlink()
        for path in sorted(folder.iterdir()):
            shutil.move(str(path), str(target / path.name))
    return target
