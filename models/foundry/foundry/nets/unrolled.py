"""The unrolled reconstructor: a shared noise-conditioned denoiser between data-consistency steps.

``x_0`` is a regularised CG-SENSE image; then K times ``z = D(x; sigma_k)`` and
``x = argmin ||A x - y||^2 + lambda_k ||x - z||^2`` (a few CG steps from z). What makes one set of weights serve
2x to 8x, 1 to 16 coils and every noise level is the schedule: the noise level given to the denoiser and the data
weight follow from two numbers that the engine knows for every scan, its acceleration R and its noise sigma_n:

``sigma_k = exp(a_k + b_k ln(R/4) + d_k ln(s/0.01))`` and ``lambda_k = c_k s^2 / sigma_k^2`` with
``s^2 = sigma_n^2 + floor^2`` (the floor stands for what maps and model get wrong).

The physics stays outside the exported graph: ``denoise`` and ``denoise_vjp`` of the shared denoiser and the six
rows of the schedule are the whole model.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ..physics import Measurement, cg, proximal
from .edm import Prior, build_prior


class Schedule(nn.Module):
    """Noise levels and data weights per unroll; every row has one learned number per unroll.

    ``sigma_limits`` and ``weight_limits`` bound exp(a_k) and c_k. Without bounds the last unrolls learn to ignore the
    data (sigma_k towards zero makes lambda_k large): best on simulated scans, and far too smooth on real ones.
    """

    def __init__(
        self,
        unrolls: int,
        first: float = 0.12,
        last: float = 0.03,
        sigma_limits: tuple[float, float] = (0.02, 0.3),
        weight_limits: tuple[float, float] = (0.1, 4.0),
    ) -> None:
        super().__init__()
        self.sigma_limits = sigma_limits
        self.weight_limits = weight_limits
        levels = torch.linspace(math.log(first), math.log(last), unrolls)
        self.log_sigma = nn.Parameter(levels)
        self.by_acceleration = nn.Parameter(torch.zeros(unrolls))
        self.by_noise = nn.Parameter(torch.zeros(unrolls))
        self.log_weight = nn.Parameter(torch.zeros(unrolls))
        self.log_start = nn.Parameter(torch.zeros(1))
        self.log_floor = nn.Parameter(torch.tensor([math.log(0.002)]))

    @torch.no_grad()
    def project(self) -> None:
        """Puts the learned numbers back inside their limits; called after every optimiser step."""
        self.log_sigma.clamp_(*(math.log(v) for v in self.sigma_limits))
        self.log_weight.clamp_(*(math.log(v) for v in self.weight_limits))
        self.by_acceleration.clamp_(-0.75, 0.75)
        self.by_noise.clamp_(-0.5, 0.75)
        self.log_floor.clamp_(math.log(5e-4), math.log(5e-3))

    def forward(self, sigma: float, acceleration: float) -> tuple[Tensor, Tensor, Tensor]:
        """For a scan's noise and R: sigma_k ``[K]``, lambda_k ``[K]`` and the weight of the start ``[1]``."""
        spread = sigma**2 + self.log_floor.exp().square()
        ratio = 0.5 * spread.log() - math.log(0.01)
        logs = self.log_sigma + self.by_acceleration * math.log(acceleration / 4.0) + self.by_noise * ratio
        levels = logs.clamp(math.log(0.01), math.log(0.5)).exp()
        weights = (self.log_weight.exp() * spread / levels.square()).clamp(1e-5, 20.0)
        start = (self.log_start.exp() * spread / 0.2**2).clamp(1e-5, 20.0)
        return levels, weights, start

    def values(self) -> dict[str, Any]:
        """The learned numbers, for the manifest."""
        return {name: [round(float(v), 6) for v in p.detach()] for name, p in self.named_parameters()}


class Unrolled(nn.Module):
    """K unrolls around one :class:`Prior` of a single stage."""

    def __init__(self, denoiser: Prior, schedule: Schedule, steps: int = 3, start_steps: int = 6) -> None:
        super().__init__()
        self.denoiser = denoiser
        self.schedule = schedule
        self.steps = steps
        self.start_steps = start_steps

    def project(self) -> None:
        """Keeps the schedule inside its limits."""
        self.schedule.project()

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """One call of the denoiser on a complex image ``[y, x]``; sides are zero-filled to the multiple."""
        multiple = self.denoiser.net.multiple(0)
        h, w = x.shape
        planes = torch.stack([x.real, x.imag])[None]
        if h % multiple or w % multiple:
            planes = nn.functional.pad(planes, (0, -w % multiple, 0, -h % multiple))
        out = self.denoiser(planes, sigma.reshape(1), 0)[0, :, :h, :w]
        return torch.complex(out[0].contiguous(), out[1].contiguous())

    def forward(self, scan: Measurement) -> list[Tensor]:
        """The image ``[y, x]`` complex after the start and after every unroll (K + 1 images)."""
        levels, weights, start = self.schedule(scan.sigma, scan.acceleration)
        back = scan.adjoint(scan.samples)
        x = cg(lambda v: scan.normal(v) + start * v, back, torch.zeros_like(back), self.start_steps)
        images = [x]
        for level, weight in zip(levels, weights, strict=True):
            x = proximal(scan, self.denoise(x, level), weight, self.steps, back)
            images.append(x)
        return images


def build_unrolled(model: dict[str, Any]) -> Unrolled:
    """An unrolled reconstructor from a configuration's ``[model]`` table."""
    prior = build_prior(model)
    if len(prior.stages) != 1:
        raise ValueError("the denoiser of an unrolled reconstructor has one stage")
    low, high = model.get("sigma_limits", (0.02, 0.3))
    least, most = model.get("weight_limits", (0.1, 4.0))
    schedule = Schedule(int(model["unrolls"]), sigma_limits=(low, high), weight_limits=(least, most))
    return Unrolled(prior, schedule, int(model.get("steps", 3)), int(model.get("start_steps", 6)))
