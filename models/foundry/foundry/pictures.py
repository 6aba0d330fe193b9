"""Pictures to look at: a sheet of simulated scans, and the similarity map of the timestep clustering."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from .augment import crop_or_pad, phase
from .clustering import PUBLISHED_SIGMA, PUBLISHED_T, first_cut, last_cut, similarity, vp_sigma
from .data import Packed, Sampler, load_packed
from .scale import image_scale
from .simulate import draw_scan
from .streams import stream


def simulate_sheet(cache: Path, out: Path, count: int, seed: int) -> Path:
    """Simulated scans, one per row: target, zero-filled, phase, one map; never of ``t1_3d`` (faces)."""
    sources = [s for s in load_packed(cache) if s.name != "t1_3d"]
    sampler = Sampler(sources, "train")
    figure, axes = plt.subplots(count, 4, figsize=(8, 2 * count))
    for row in range(count):
        rng = stream(seed, "sheet", row)
        scan = draw_scan(rng, sampler.draw(rng))
        m = scan.measurement
        views = [
            (scan.magnitude, "gray"),
            (m.adjoint(m.samples).abs(), "gray"),
            (scan.target.angle(), "twilight"),
            (m.maps[0].abs(), "gray"),
        ]
        for ax, (view, colours) in zip(np.atleast_2d(axes)[row], views, strict=True):
            ax.imshow(view.numpy(), cmap=colours)
            ax.axis("off")
        np.atleast_2d(axes)[row][0].set_title(f"{scan.label}, noise {scan.noise:.4f}", fontsize=6)
    figure.tight_layout()
    figure.savefig(out, dpi=110)
    return out


def _points(sources: list[Packed], size: int) -> np.ndarray:
    """The training slices as points: complex, scaled, averaged to ``size x size``, float32 ``[n, 2 size^2]``."""
    rows = []
    for source in sources:
        for number in source.find("train"):
            pixels = crop_or_pad(source.slice(number), (256, 256))
            image = pixels * np.exp(1j * phase(stream(3, f"cluster {source.name}", number), pixels.shape))
            image = image / image_scale(image)
            f = 256 // size
            parts = np.stack([image.real, image.imag]).reshape(2, size, f, size, f).mean((2, 4))
            rows.append(parts.ravel().astype(np.float32))
    return np.stack(rows)


def cluster_report(cache: Path, out: Path, draws: int, eta: float = 2 / 255) -> dict[str, Any]:
    """Cuts per image size and alpha, with the similarity map of the smallest size as a figure."""
    sources = load_packed(cache)
    times = (np.arange(100) + 0.5) / 100
    report: dict[str, Any] = {
        "eta": eta,
        "draws": draws,
        "published": {"data": "CIFAR-10", "t": PUBLISHED_T, "sigma": PUBLISHED_SIGMA},
        "rows": [],
    }
    out.mkdir(parents=True, exist_ok=True)
    for size in (32, 64, 128):
        data = _points(sources, size)
        found = similarity(data, stream(3, "clustering", size), times, draws, eta, with_pairs=size == 32)
        for alpha in (0.8, 0.9, 0.95):
            t = first_cut(times, found.to_start, alpha), last_cut(times, found.to_end, alpha)
            report["rows"].append(
                {
                    "size": size,
                    "slices": len(data),
                    "alpha": alpha,
                    "t": [round(v, 3) for v in t],
                    "sigma": [round(float(vp_sigma(v)), 3) for v in t],
                }
            )
        if size == 32:
            _similarity_figure(found.pairs, out / "clustering.png")
    (out / "clustering.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _similarity_figure(pairs: np.ndarray, path: Path) -> None:
    figure, ax = plt.subplots(figsize=(4.6, 4))
    drawn = ax.imshow(pairs, origin="lower", extent=(0, 1, 0, 1), cmap="viridis", vmin=0, vmax=1)
    for cut in PUBLISHED_T:
        ax.axhline(cut, color="white", lw=0.7, ls=":")
        ax.axvline(cut, color="white", lw=0.7, ls=":")
    ax.set_xlabel("time t")
    ax.set_ylabel("time t")
    ax.set_title("Similarity of optimal denoisers, 32 x 32 slices\n(dotted: cuts published for CIFAR-10)", fontsize=8)
    figure.colorbar(drawn, ax=ax, shrink=0.8)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
