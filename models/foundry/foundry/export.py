"""Export: ONNX graphs (opset 17, float32 at the interface) and the manifest of a model folder.

A prior becomes two graphs per stage, an unrolled reconstructor two in all: ``denoise(x, sigma) -> d`` and
``denoise_vjp(x, sigma, v) -> (d, g)`` with g = J^T v; an autoencoder becomes ``encode``, ``decode`` and
``decode_vjp``. Gradients are written by hand (see ``nets.layers``), with dynamic sizes. Weights are rounded to
float16, in the network first, then in the file, and widened again when a graph is loaded: half the size, and the
graph still equals the network. Every graph is run in ONNX Runtime against PyTorch, also at sizes not seen in export,
before the folder appears under its final name.
"""

from __future__ import annotations

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
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .config import Config
from .manifest import file_entry, manifest, unrolled_schedule
from .nets.autoencoder import Autoencoder
from .nets.edm import Prior
from .nets.fused import FusedLines, FusedPlane, dft_rows
from .nets.unrolled import Unrolled

OPSET = 17
TOLERANCE = 1e-4
SHAPES = (((64, 64), 1), ((96, 160), 1), ((64, 224), 2))
SCHEDULE_FILE = "unrolled.json"
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
    """One graph to export.

    ``example`` makes inputs for (image shape, batch); ``names`` are the outputs; ``shapes`` the contract of every
    tensor by name, free dimensions as names; ``multiple`` what both sides must be a multiple of.
    """

    name: str
    module: Graph
    example: Callable[[tuple[int, int], int], Inputs]
    names: list[str]
    shapes: dict[str, list[Any]]
    multiple: int


def _normal(shape: tuple[int, ...], seed: int, spread: float = 1.0) -> Tensor:
    return spread * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def denoiser_specs(prior: Prior, stage: int, suffix: str = "") -> list[Spec]:
    """``denoise`` and ``denoise_vjp`` of one stage."""
    channels, multiple = prior.net.channels, prior.net.multiple(stage)
    sigma = min(max(prior.stages[stage].low * 1.2, 0.05), 20.0)
    grid = ["n", channels, "y", "x"]

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

    shapes = {"x": grid, "sigma": ["n"], "d": grid}
    both = {**shapes, "v": grid, "g": grid}
    return [
        Spec(f"denoise{suffix}", Graph(prior, denoise), example, ["d"], shapes, multiple),
        Spec(f"denoise_vjp{suffix}", Graph(prior, vjp), example_vjp, ["d", "g"], both, multiple),
    ]


def autoencoder_specs(model: Autoencoder) -> list[Spec]:
    """``encode``, ``decode`` and ``decode_vjp``; the latent grid ``y4, x4`` has a quarter of the image's sides."""
    channels = int(model.encoder[-1].out_channels)
    grid, small = ["n", 2, "y", "x"], ["n", channels, "y4", "x4"]

    def image(shape: tuple[int, int], batch: int) -> Inputs:
        return {"x": _normal((batch, 2, *shape), 5, 0.3)}

    def latent(shape: tuple[int, int], batch: int) -> Inputs:
        return {"z": _normal((batch, channels, shape[0] // 4, shape[1] // 4), 5, 0.8)}

    def latent_vjp(shape: tuple[int, int], batch: int) -> Inputs:
        return {**latent(shape, batch), "v": _normal((batch, 2, *shape), 6)}

    def vjp(z: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, back = model.decode_pull(z)
        return out, back(v)

    shapes = {"x": grid, "z": small}
    both = {"x": grid, "z": small, "v": grid, "g": small}
    return [
        Spec("encode", Graph(model, model.encode), image, ["z"], shapes, model.multiple),
        Spec("decode", Graph(model, model.decode), latent, ["x"], shapes, 1),
        Spec("decode_vjp", Graph(model, vjp), latent_vjp, ["x", "g"], both, 1),
    ]


def fused_specs(model: Unrolled) -> list[Spec]:
    """``fused_lines`` and ``fused_plane``: the whole reconstructor, for providers that images should not travel to."""
    multiple, unrolls = model.denoiser.net.multiple(0), len(model.schedule.log_sigma)
    grid = ["c", 2, "y", "x"]
    schedule = {"sigma": [unrolls], "weight": [unrolls], "start": [1], "image": [1, 2, "y", "x"]}

    def numbers() -> Inputs:
        sigma, weight, start = model.schedule(0.01, 4.0)
        return {"sigma": sigma.detach(), "weight": weight.detach(), "start": start.detach()}

    def maps(shape: tuple[int, int], batch: int) -> Tensor:
        s = _normal((batch + 2, 2, *shape), 7)
        return s / s.square().sum((0, 1), keepdim=True).sqrt()

    def lines(shape: tuple[int, int], batch: int) -> Inputs:
        rows = np.flatnonzero(np.arange(shape[1]) % (2 + batch) == 0)
        samples, dft = _normal((batch + 2, 2, shape[0], len(rows)), 5, 0.3), dft_rows(shape[1], rows)
        return {"samples": samples, "maps": maps(shape, batch), "support": torch.ones(shape), "dft": dft, **numbers()}

    def plane(shape: tuple[int, int], batch: int) -> Inputs:
        mask = (_normal(shape, 8) > 0.3).float()
        samples = mask * _normal((batch + 2, 2, *shape), 5, 0.3)
        matrices = {"dft_y": dft_rows(shape[0]), "dft_x": dft_rows(shape[1])}
        return {
            "samples": samples,
            "maps": maps(shape, batch),
            "support": torch.ones(shape),
            "mask": mask,
            **matrices,
            **numbers(),
        }

    narrow = {"samples": ["c", 2, "y", "m"], "maps": grid, "support": ["y", "x"], "dft": [2, "m", "x"], **schedule}
    wide = {"samples": ["c", 2, "ky", "kx"], "maps": grid, "support": ["y", "x"], "mask": ["ky", "kx"], **schedule}
    wide |= {"dft_y": [2, "ky", "y"], "dft_x": [2, "kx", "x"]}
    by_lines, by_plane = FusedLines(model), FusedPlane(model)
    return [
        Spec("fused_lines", Graph(by_lines, by_lines.forward), lines, ["image"], narrow, multiple),
        Spec("fused_plane", Graph(by_plane, by_plane.forward), plane, ["image"], wide, multiple),
    ]


def round_weights(model: nn.Module) -> None:
    """Rounds kernels and matrices to float16, in place: the network becomes what the file will hold."""
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim >= 2:
                p.copy_(p.half().float())


def export_graph(spec: Spec, path: Path) -> None:
    """Writes one graph; every dimension that has a name in the contract is dynamic."""
    inputs = spec.example(*SHAPES[0])
    axes = {
        k: {axis: name for axis, name in enumerate(spec.shapes[k]) if isinstance(name, str)}
        for k in [*inputs, *spec.names]
    }
    module = spec.module.eval().requires_grad_(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=spec.names,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(str(path))
    for value in graph.graph.output:
        # The exporter leaves sizes open that it did not infer; the contract knows them.
        for axis, want in enumerate(spec.shapes[value.name]):
            dimension = value.type.tensor_type.shape.dim[axis]
            if isinstance(want, int):
                dimension.dim_value = want
            else:
                dimension.dim_param = want
    halve(graph)
    onnx.checker.check_model(graph)
    path.write_bytes(graph.SerializeToString())


def halve(graph: onnx.ModelProto) -> None:
    """Stores large float32 tensors as float16 with a cast behind them; only what float16 holds exactly."""
    casts = []
    for tensor in graph.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        value = numpy_helper.to_array(tensor)
        short = value.astype(np.float16)
        if not np.array_equal(short.astype(np.float32), value):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(short, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = list(graph.graph.node)
    del graph.graph.node[:]
    graph.graph.node.extend([*casts, *nodes])


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
    """Writes graphs into a folder; answers the manifest's ``graphs``, with measured errors."""
    graphs: dict[str, Any] = {}
    for spec in specs:
        path = folder / f"{spec.name}.onnx"
        export_graph(spec, path)
        worst = max(relative_error(path, spec.module, spec.example(shape, batch)) for shape, batch in SHAPES)
        if not worst <= TOLERANCE:
            raise RuntimeError(f"{path.name}: ONNX Runtime and PyTorch differ by {worst:.2e} (limit {TOLERANCE:.0e})")
        inputs = list(spec.example(*SHAPES[0]))
        graphs[spec.name] = {
            "file": path.name,
            "inputs": {k: {"type": "float32", "shape": spec.shapes[k]} for k in inputs},
            "outputs": {k: {"type": "float32", "shape": spec.shapes[k]} for k in spec.names},
            "sizeMultiple": spec.multiple,
            "onnxVersusTorch": float(f"{worst:.1e}"),
        }
    return graphs


def specs_of(model: nn.Module, fused: bool = False) -> list[Spec]:
    """The graphs of a model; those that hold a whole reconstructor only when asked for."""
    if isinstance(model, Unrolled):
        return denoiser_specs(model.denoiser, 0) + (fused_specs(model) if fused else [])
    if isinstance(model, Autoencoder):
        return autoencoder_specs(model)
    if isinstance(model, Prior):
        return [s for n, stage in enumerate(model.stages) for s in denoiser_specs(model, n, f"_{stage.name}")]
    raise TypeError(f"no export for {type(model).__name__}")


def export_model(config: Config, model: nn.Module, models: Path, training: dict[str, Any]) -> Path:
    """Writes ``models/<id>/`` with graphs and ``model.json``; a folder of an older export is replaced."""
    name = config.table("export").get("id", config.id)
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".export-") as temporary:
        folder = Path(temporary)
        round_weights(model)
        graphs = export_specs(specs_of(model, bool(config.table("export").get("fused"))), folder)
        if isinstance(model, Unrolled):
            text = json.dumps(unrolled_schedule(model), indent=2)
            (folder / SCHEDULE_FILE).write_text(text + "\n", encoding="utf-8")
        files = [file_entry(p) for p in sorted(folder.iterdir())]
        text = json.dumps(manifest(config, model, graphs, files, training), indent=2)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")
        target = models / name
        target.mkdir(exist_ok=True)
        for old in [*target.glob("*.onnx"), *target.glob("*.json")]:
            old.unlink()
        for path in sorted(folder.iterdir()):
            shutil.move(str(path), str(target / path.name))
    return target
