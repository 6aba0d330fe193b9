"""Deterministic EDM sampler (Heun, second order) through the stages of a prior, and a sheet of latent samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from torch import Tensor

from .config import Config
from .data import Sampler
from .models import load_model
from .nets.edm import Prior, stage_of
from .streams import torch_stream


def levels(steps: int, low: float = 0.002, high: float = 80.0, rho: float = 7.0) -> Tensor:
    """Noise levels ``[steps + 1]`` from ``high`` to ``low``, then 0 (Karras et al. 2022, equation 5)."""
    i = torch.arange(steps) / (steps - 1)
    spaced = (high ** (1 / rho) + i * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return torch.cat([spaced, torch.zeros(1)])


@torch.no_grad()
def sample(model: Prior, noise: Tensor, steps: int = 20) -> Tensor:
    """``[n, c, h, w]`` of unit noise to samples; each call goes to the stage that serves its noise level."""
    sigma = levels(steps)
    x = noise * sigma[0]

    def slope(at: Tensor, level: Tensor) -> Tensor:
        denoised = model(at, level.expand(len(at)), stage_of(float(level), model.stages))
        return (at - denoised) / level

    for now, after in zip(sigma[:-1], sigma[1:], strict=True):
        first = slope(x, now)
        ahead = x + (after - now) * first
        x = x + (after - now) * 0.5 * (first + slope(ahead, after)) if after > 0 else ahead
    return x


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return torch.cdist(a.flatten(1), b.flatten(1))


def latent_sheet(config: Config, cache: Path, out: Path, count: int = 16, seed: int = 1) -> dict[str, Any]:
    """Samples of a latent prior, the nearest training slice below each; distances tell copying from learning."""
    from .tasks.latent import LatentTask

    model, _ = load_model(config, cache)
    assert isinstance(model, Prior)
    task = LatentTask(config, cache)
    training = torch.stack([task.encode_slice(s) for s in _training_slices(task.pool.sampler)])
    noise = torch.randn((count, *training.shape[1:]), generator=torch_stream(seed, "samples"))
    drawn = sample(model, noise)
    nearest = _distance(drawn, training).min(dim=1)
    among = _distance(training, training)
    figure, axes = plt.subplots(4, count // 2, figsize=(count, 8))
    for i in range(count):
        row, column = 2 * (i // (count // 2)), i % (count // 2)
        for offset, latent in ((0, drawn[i]), (1, training[nearest.indices[i]])):
            with torch.no_grad():
                image = task.autoencoder.decode(latent[None])[0].square().sum(0).sqrt()
            axes[row + offset, column].imshow(image.numpy(), cmap="gray")
            axes[row + offset, column].axis("off")
    figure.suptitle("samples (rows 1 and 3) and their nearest training slices (rows 2 and 4)", fontsize=9)
    figure.tight_layout()
    figure.savefig(out, dpi=80)
    plt.close(figure)
    return {
        "nearestTraining": [round(float(v), 2) for v in nearest.values],
        "medianTrainToTrain": round(float(among[among > 0].median()), 2),
    }


def _training_slices(sampler: Sampler) -> list[np.ndarray]:
    """Training slices that may be printed (``t1_3d`` shows faces)."""
    return [s.slice(n) for s, numbers in sampler.pairs if s.name != "t1_3d" for n in numbers]
