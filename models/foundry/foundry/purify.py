"""Diffusion purification in torch, for training reconstructors on purified inputs (arXiv 2309.05794).

Noise of sigma_p is added to a first image and taken away again in a few denoising steps, each followed by a step that
leaves the acquired samples only as far as a given distance (``ball``). The engine has its own purifier; this one
exists so that a reconstructor can be trained on what purification leaves.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .nets.edm import Prior
from .physics import Measurement, cg
from .tasks.denoiser import padded


def noise_levels(start: float, steps: int, low: float = 0.004, rho: float = 7.0) -> list[float]:
    """sigma_p down to ``low`` with the EDM spacing, then 0: ``steps + 1`` numbers."""
    if steps == 1:
        return [start, 0.0]
    spaced = [
        (start ** (1 / rho) + i / (steps - 1) * (low ** (1 / rho) - start ** (1 / rho))) ** rho for i in range(steps)
    ]
    return [*spaced, 0.0]


def ball(scan: Measurement, x: Tensor, delta: float, iterations: int = 5) -> Tensor:
    """Moves x ``[y, x]`` until its misfit per component is about ``delta``; leaves it where it is smaller."""
    misfit = float(scan.misfit(x))
    if misfit <= delta:
        return x
    error = scan.samples - scan.forward(x)
    right = scan.adjoint(error)
    correction = cg(lambda v: scan.normal(v) + 1e-3 * v, right, torch.zeros_like(right), iterations)
    return x + (1.0 - delta / misfit) * correction


def _denoise(prior: Prior, x: Tensor, sigma: float) -> Tensor:
    planes = torch.stack([x.real, x.imag])[None]
    wide, (h, w) = padded(planes, prior.net.multiple(0))
    out = prior(wide, torch.tensor([sigma], device=x.device), 0)[0, :, :h, :w]
    return torch.complex(out[0].contiguous(), out[1].contiguous())


@torch.no_grad()
def purify(
    prior: Prior, scan: Measurement, sigma: float, steps: int, delta: float, rng: torch.Generator, first: Tensor
) -> Tensor:
    """The purified image ``[y, x]`` of a scan; ``first`` is the image it starts from.

    sigma: forward noise per component; delta: how far per component the acquired samples may be left.
    """
    levels = noise_levels(sigma, steps)

    def noise() -> Tensor:
        parts = torch.randn((2, *first.shape), generator=rng).to(first.device)
        return torch.complex(parts[0], parts[1])

    z = first + levels[0] * noise()
    image = first
    for now, after in zip(levels[:-1], levels[1:], strict=True):
        image = ball(scan, _denoise(prior, z, now), delta)
        z = image + after * noise()
    return image
