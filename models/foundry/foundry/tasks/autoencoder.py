"""Task: the autoencoder of axial heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..config import Config
from ..data import HEADS, Sampler, load_packed
from ..nets.autoencoder import Autoencoder, build_autoencoder
from ..streams import stream, torch_stream
from .denoiser import SlicePool, crop, padded, tune_images


class AutoencoderTask:
    """Squared plus absolute error of D(E(x) + noise)."""

    def __init__(self, config: Config, cache: Path) -> None:
        data, train = config.table("data"), config.table("train")
        torch.manual_seed(config.seed)
        self.config = config
        self.model: Autoencoder = build_autoencoder(config.table("model")).to(config.device)
        sources = load_packed(cache, data.get("sources", list(HEADS)))
        sampler = Sampler(sources, "train", "axial")
        self.pool = SlicePool(sampler, config.seed, int(data.get("pool", 200)), turns=False)
        self.size, self.batch = int(train.get("crop", 128)), int(train.get("batch", 4))
        self.noise = float(train.get("latent_noise", 0.05))
        self.tune = tune_images(sources, int(data.get("tune_slices", 12)))

    def loss(self, step: int) -> Tensor:
        """Loss of one batch of crops."""
        rng, noise_rng = stream(self.config.seed, "step", step), torch_stream(self.config.seed, "noise", step)
        pool = self.pool.at(step)
        x = torch.stack([crop(rng, pool[int(rng.integers(len(pool)))], self.size) for _ in range(self.batch)])
        x = x.to(self.config.device)
        z = self.model.encode(x)
        z = z + self.noise * torch.randn(z.shape, generator=noise_rng).to(z.device)
        difference = self.model.decode(z) - x
        return 10.0 * difference.square().mean() + 0.3 * difference.abs().mean()

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean complex PSNR on tune without and with latent noise."""
        assert isinstance(model, Autoencoder)
        clean, disturbed = [], []
        for number, image in enumerate(self.tune):
            wide, (h, w) = padded(image[None], 4)
            z = model.encode(wide.to(self.config.device))
            noise = self.noise * torch.randn(z.shape, generator=torch_stream(7, "latent", number)).to(z.device)
            for values, latent in ((clean, z), (disturbed, z + noise)):
                values.append(complex_psnr(model.decode(latent)[0, :, :h, :w].cpu(), image))
        return {"psnr": round(float(np.mean(clean)), 3), "psnr_noise": round(float(np.mean(disturbed)), 3)}


def complex_psnr(image: Tensor, truth: Tensor) -> float:
    """Complex PSNR in dB of ``[2, y, x]``, peak = largest true magnitude."""
    peak = float(truth.square().sum(0).max())
    return 10.0 * float(np.log10(peak / float((image - truth).square().sum(0).mean())))
