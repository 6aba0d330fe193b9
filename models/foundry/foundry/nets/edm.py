"""EDM preconditioning (Karras et al. 2022) around the multi-decoder U-Net, and the stages of a prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .layers import Pullback
from .unet import DecoderSpec, MultiDecoderUNet


@dataclass(frozen=True)
class Stage:
    """One stage of a prior: noise levels in the half-open interval ``[low, high)`` and its decoder."""

    name: str
    low: float
    high: float
    decoder: DecoderSpec


def stage_of(sigma: float, stages: list[Stage]) -> int:
    """The stage that serves a noise level; levels beyond the last boundary belong to the last stage."""
    for number, stage in enumerate(stages):
        if sigma < stage.high:
            return number
    return len(stages) - 1


class Prior(nn.Module):
    """A denoiser D(x; sigma) for noise of ``sigma`` per component.

    D = c_skip x + c_out U(c_in x; ln(sigma)/4), with c_skip = s^2/(sigma^2+s^2), c_out = sigma s/sqrt(sigma^2+s^2),
    c_in = 1/sqrt(sigma^2+s^2) and s the spread of the clean data (``sigma_data``, per component).
    """

    def __init__(self, net: MultiDecoderUNet, stages: list[Stage], sigma_data: float) -> None:
        super().__init__()
        self.net = net
        self.stages = stages
        self.sigma_data = sigma_data

    def coefficients(self, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """c_skip, c_out, c_in as ``[n, 1, 1, 1]`` and the noise coordinate ``[n]``."""
        s = sigma[:, None, None, None]
        total = s * s + self.sigma_data**2
        root = total.sqrt()
        return self.sigma_data**2 / total, s * self.sigma_data / root, 1.0 / root, sigma.log() / 4.0

    def forward(self, x: Tensor, sigma: Tensor, stage: int = 0) -> Tensor:
        """Noisy ``[n, c, h, w]`` and ``sigma`` ``[n]`` to the denoised ``[n, c, h, w]``."""
        c_skip, c_out, c_in, noise = self.coefficients(sigma)
        return c_skip * x + c_out * self.net(c_in * x, noise, stage)

    def pull(self, x: Tensor, sigma: Tensor, stage: int = 0) -> tuple[Tensor, Pullback]:
        """D(x; sigma) and its pullback with respect to x."""
        c_skip, c_out, c_in, noise = self.coefficients(sigma)
        out, back = self.net.pull(c_in * x, noise, stage)
        return c_skip * x + c_out * out, lambda g: c_skip * g + c_in * back(c_out * g)

    def error(self, clean: Tensor, sigma: Tensor, noise: Tensor, stage: int = 0) -> Tensor:
        """EDM loss per image ``[n]``: squared error over c_out^2, so that every noise level weighs the same."""
        c_skip, c_out, c_in, coordinate = self.coefficients(sigma)
        noisy = clean + sigma[:, None, None, None] * noise
        target = (clean - c_skip * noisy) / c_out
        return (self.net(c_in * noisy, coordinate, stage) - target).square().mean(dim=(1, 2, 3))


def build_prior(model: dict[str, Any]) -> Prior:
    """A prior from a configuration's ``[model]`` table."""
    stages = [
        Stage(
            s["name"],
            float(s["low"]),
            float(s["high"]),
            DecoderSpec(
                tuple(s["widths"]),
                tuple(s.get("deep", ())),
                bool(s.get("coordinates", False)),
                int(s.get("blocks", 1)),
            ),
        )
        for s in model["stages"]
    ]
    net = MultiDecoderUNet(
        int(model.get("channels", 2)),
        tuple(model["encoder"]),
        tuple(s.decoder for s in stages),
        int(model.get("stem", 2)),
        int(model.get("embedding", 64)),
        bool(model.get("coordinate_input", False)),
    )
    return Prior(net, stages, float(model.get("sigma_data", 0.25)))


def count_parameters(module: nn.Module) -> int:
    """Trainable parameters."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def sigmas(rng: torch.Generator, count: int, low: float, high: float) -> Tensor:
    """Noise levels ``[count]``, uniform in ln(sigma) between ``low`` and ``high``."""
    u = torch.rand(count, generator=rng)
    return (low * (high / low) ** u).float()
