"""Task: the pixel prior, a denoiser of complex slices, one decoder per stage of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..augment import complex_slice, phase
from ..config import Config
from ..data import Packed, Sampler, load_packed, reported_slices
from ..nets.edm import Prior, build_prior, sigmas, stage_of
from ..scale import image_scale
from ..simulate import TRIES
from ..streams import stream, torch_stream

TUNE_SIGMAS = (0.02, 0.05, 0.1, 0.25)


def planes(image: np.ndarray) -> Tensor:
    """Complex ``[y, x]`` to float32 ``[2, y, x]``."""
    return torch.from_numpy(np.stack([image.real, image.imag]).astype(np.float32))


class SlicePool:
    """A ring of augmented complex slices of which one is replaced per step.

    The content at a step follows from the step number alone: place j holds the newest draw whose number is j
    modulo the size, so that a resumed run rebuilds the same pool.
    """

    def __init__(self, sampler: Sampler, seed: int, size: int, turns: bool = True) -> None:
        self.sampler, self.seed, self.size, self.turns = sampler, seed, size, turns
        self.items: list[Tensor | None] = [None] * size
        self.numbers = [-1] * size

    def _draw(self, number: int) -> Tensor:
        rng = stream(self.seed, "pool", number)
        for _ in range(TRIES):
            image = complex_slice(rng, self.sampler.draw(rng), turns=self.turns)
            if float(np.mean(np.abs(image) > 0.05)) > 0.1:
                break
        return planes(image / image_scale(image, int(rng.integers(2))))

    def at(self, step: int) -> list[Tensor]:
        """The slices ``[2, y, x]`` of a step, scaled; draws what is missing (all of them once, then one)."""
        for number in range(step, step + self.size):
            place = number % self.size
            if self.numbers[place] != number:
                self.items[place], self.numbers[place] = self._draw(number), number
        return [item for item in self.items if item is not None]


def crop(rng: np.random.Generator, image: Tensor, size: int) -> Tensor:
    """A square part of ``[2, y, x]`` that is not empty, when one of four tries finds it; zero-filled if too small."""
    _, h, w = image.shape
    if h < size or w < size:
        image = nn.functional.pad(image, (0, max(0, size - w), 0, max(0, size - h)))
        _, h, w = image.shape
    part = image[:, :size, :size]
    for _ in range(4):
        top, left = int(rng.integers(h - size + 1)), int(rng.integers(w - size + 1))
        part = image[:, top : top + size, left : left + size]
        if float(part.square().mean()) > 0.01:
            break
    return part


class DenoiserTask:
    """Trains :class:`Prior` with the EDM loss; every step serves one stage, drawn with the stages' chances."""

    def __init__(self, config: Config, cache: Path) -> None:
        data, train = config.table("data"), config.table("train")
        torch.manual_seed(config.seed)
        self.config = config
        self.model: Prior = build_prior(config.table("model")).to(config.device)
        sources = load_packed(cache, data.get("sources"))
        self.pool = SlicePool(Sampler(sources, "train"), config.seed, int(data.get("pool", 200)))
        self.batch = int(train.get("batch", 4))
        self.sources = sources
        self.views = [(int(s["crop"]), int(s["batch"])) for s in config.raw["train"]["stage"]]
        self.ranges = [(float(s["low"]), float(s["high"])) for s in config.raw["train"]["stage"]]
        chances = np.array([float(s["chance"]) for s in config.raw["train"]["stage"]])
        self.chances = chances / chances.sum()
        self.tune = tune_images(sources, int(data.get("tune_slices", 12)))

    def loss(self, step: int) -> Tensor:
        """EDM loss of one batch of crops in one stage."""
        rng, noise_rng = stream(self.config.seed, "step", step), torch_stream(self.config.seed, "noise", step)
        pool = self.pool.at(step)
        stage = int(rng.choice(len(self.chances), p=self.chances))
        size, count = self.views[stage]
        clean = torch.stack([crop(rng, pool[int(rng.integers(len(pool)))], size) for _ in range(count)])
        sigma = sigmas(noise_rng, count, *self.ranges[stage])
        noise = torch.randn(clean.shape, generator=noise_rng)
        clean, sigma, noise = (t.to(self.config.device) for t in (clean, sigma, noise))
        return self.model.error(clean, sigma, noise, stage).mean()

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean complex PSNR in dB (peak = largest magnitude of the slice) on tune, per noise level."""
        assert isinstance(model, Prior)
        top = max(high for (_, high), c in zip(self.ranges, self.chances, strict=True) if c > 0)
        levels = [s for s in (*TUNE_SIGMAS, 1.0, 5.0) if s <= top]
        scores = {}
        for sigma in levels:
            values = [
                denoise_psnr(model, clean, sigma, torch_stream(7, f"tune {sigma}", i))
                for i, clean in enumerate(self.tune)
            ]
            scores[f"psnr_{sigma}"] = round(float(np.mean(values)), 3)
        return scores


def tune_images(sources: list[Packed], count: int, split: str = "tune") -> list[Tensor]:
    """Fixed scaled complex slices of a split, the middle one of each subject first, ``[2, y, x]`` each."""
    found: list[tuple[str, str, np.ndarray]] = []
    for source in sources:
        for subject, numbers in reported_slices(source, split).items():
            found.append((source.name, subject, source.slice(numbers[len(numbers) // 2])))
    out = []
    for name, subject, pixels in found[:count]:
        image = pixels * np.exp(1j * phase(stream(7, f"phase {name} {subject}"), pixels.shape))
        out.append(planes(image / image_scale(image)))
    return out


def padded(image: Tensor, multiple: int) -> tuple[Tensor, tuple[int, int]]:
    """Zero-fills ``[n, c, y, x]`` at the end to multiples; answers the original size too."""
    h, w = image.shape[-2:]
    return nn.functional.pad(image, (0, -w % multiple, 0, -h % multiple)), (h, w)


def denoise_psnr(model: Prior, clean: Tensor, sigma: float, rng: torch.Generator) -> float:
    """Complex PSNR of one denoised slice ``[2, y, x]``; the stage follows from sigma."""
    noisy = clean + sigma * torch.randn(clean.shape, generator=rng)
    stage = stage_of(sigma, model.stages)
    wide, (h, w) = padded(noisy[None], model.net.multiple(stage))
    device = next(model.parameters()).device
    out = model(wide.to(device), torch.tensor([sigma], device=device), stage)[0, :, :h, :w].cpu()
    peak = float(clean.square().sum(0).max())
    return 10.0 * float(np.log10(peak / float((out - clean).square().sum(0).mean())))
