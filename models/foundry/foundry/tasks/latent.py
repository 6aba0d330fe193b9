"""Task: the multi-stage prior over latents of axial heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..augment import crop_or_pad
from ..config import CHECKPOINTS, Config, load_config
from ..data import HEADS, Sampler, load_packed
from ..nets.autoencoder import build_autoencoder
from ..nets.edm import Prior, build_prior, sigmas, stage_of
from ..scale import image_scale
from ..streams import stream, torch_stream
from .denoiser import SlicePool, planes, tune_images


def load_weights(cache: Path, name: str) -> dict[str, Tensor]:
    """Averaged weights of a finished or running training, float32."""
    running = cache / "runs" / name / "last.pt"
    path = running if running.exists() else CHECKPOINTS / f"{name}.pt"
    if not path.exists():
        raise FileNotFoundError(f"{name} has no weights yet; run: python -m foundry train {name}")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {k: v.float() for k, v in state["ema"].items()}


class LatentTask:
    """EDM loss on latents ``[n, channels, 64, 64]`` of whole slices, one stage per step."""

    def __init__(self, config: Config, cache: Path) -> None:
        data = config.table("data")
        torch.manual_seed(config.seed)
        self.config = config
        self.model: Prior = build_prior(config.table("model")).to(config.device)
        encoder = load_config(config.raw["model"]["autoencoder"])
        self.autoencoder = build_autoencoder(encoder.table("model")).requires_grad_(False)
        self.autoencoder.load_state_dict(load_weights(cache, encoder.id))
        sources = load_packed(cache, data.get("sources", [n for n in HEADS if n != "cheng_jpeg"]))
        self.pool = SlicePool(Sampler(sources, "train", "axial"), config.seed, int(data.get("pool", 200)), turns=False)
        self.latents: dict[int, Tensor] = {}
        stages = config.raw["train"]["stage"]
        self.ranges = [(float(s["low"]), float(s["high"])) for s in stages]
        self.counts = [int(s["batch"]) for s in stages]
        chances = np.array([float(s["chance"]) for s in stages])
        self.chances = chances / chances.sum()
        self.size = int(data.get("size", 256))
        self.tune = [self._encode(t) for t in tune_images(sources, int(data.get("tune_slices", 12)))]

    @torch.no_grad()
    def _encode(self, image: Tensor) -> Tensor:
        square = np.stack([crop_or_pad(p, (self.size, self.size)) for p in image.numpy()])
        return self.autoencoder.encode(planes(square[0] + 1j * square[1])[None])[0]

    def encode_slice(self, pixels: np.ndarray) -> Tensor:
        """Latents ``[c, h, w]`` of a magnitude slice ``[y, x]``, without phase."""
        return self._encode(planes((pixels / image_scale(pixels.astype(np.complex64))).astype(np.complex64)))

    def _latents(self, step: int) -> list[Tensor]:
        images = self.pool.at(step)
        for place, number in enumerate(self.pool.numbers):
            if number not in self.latents:
                self.latents[number] = self._encode(images[place])
        self.latents = {n: self.latents[n] for n in self.pool.numbers}
        return list(self.latents.values())

    def loss(self, step: int) -> Tensor:
        """EDM loss of one batch in one stage."""
        rng, noise_rng = stream(self.config.seed, "step", step), torch_stream(self.config.seed, "noise", step)
        latents = self._latents(step)
        stage = int(rng.choice(len(self.chances), p=self.chances))
        z = torch.stack([latents[int(rng.integers(len(latents)))] for _ in range(self.counts[stage])])
        sigma = sigmas(noise_rng, len(z), *self.ranges[stage])
        noise = torch.randn(z.shape, generator=noise_rng)
        z, sigma, noise = (t.to(self.config.device) for t in (z, sigma, noise))
        return self.model.error(z, sigma, noise, stage).mean()

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean EDM loss on tune latents at fixed noise levels."""
        assert isinstance(model, Prior)
        scores = {}
        for level in (0.1, 0.3, 1.0, 3.0, 10.0):
            z = torch.stack(self.tune)
            noise = torch.randn(z.shape, generator=torch_stream(7, f"latent {level}"))
            stage = stage_of(level, model.stages)
            parts = (t.to(self.config.device) for t in (z, torch.full((len(z),), level), noise))
            scores[f"loss_{level}"] = round(float(model.error(*parts, stage).mean()), 4)
        return scores
