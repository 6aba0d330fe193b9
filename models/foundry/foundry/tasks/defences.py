"""Tasks: the unrolled reconstructor trained against perturbed measurements.

``[defence] kind`` chooses: ``gaussian`` (noise of random strength on the samples), ``adversarial`` (the worst
perturbation a few gradient steps find), ``smug`` (denoiser averaged over noisy copies, and a stability loss) or
``purified`` (purified images take the place of the measurement). All of them start from a trained reconstructor.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..config import Config, load_config
from ..nets.edm import build_prior
from ..nets.unrolled import Unrolled
from ..physics import Measurement, cg
from ..purify import purify
from ..simulate import Scan
from ..streams import stream, torch_stream
from .latent import load_weights
from .unrolled import UnrolledTask

KINDS = ("gaussian", "adversarial", "smug", "purified")


def with_samples(scan: Scan, samples: Tensor) -> Scan:
    """The same scan with other samples ``[coil, y, x]``; the noise estimate stays, as under an attack."""
    m = scan.measurement
    changed = Measurement(samples, m.maps, m.mask, m.sigma, m.acceleration, m.dims)
    return Scan(changed, scan.target, scan.magnitude, scan.noise, scan.label)


def complex_noise(like: Tensor, rng: torch.Generator) -> Tensor:
    """Unit normal noise per component in the shape of a complex tensor."""
    parts = torch.randn((2, *like.shape), generator=rng).to(like.device)
    return torch.complex(parts[0], parts[1])


class SmoothedUnrolled(Unrolled):
    """SMUG: every denoiser call is the mean over copies of its input with added noise."""

    copies: int = 4
    spread: float = 0.01
    rng: torch.Generator | None = None

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Mean over ``copies`` of D(x + n), n of ``spread`` per component."""
        rng = self.rng or torch_stream(0, "smug")
        total = torch.zeros_like(x)
        for _ in range(self.copies):
            total = total + super().denoise(x + self.spread * complex_noise(x, rng), sigma)
        return total / self.copies


class DefenceTask(UnrolledTask):
    """An :class:`UnrolledTask` whose scans are perturbed before they are reconstructed."""

    def __init__(self, config: Config, cache: Path) -> None:
        super().__init__(config, cache)
        self.table = config.table("defence")
        self.kind = str(self.table["kind"])
        if self.kind not in KINDS:
            raise ValueError(f"{config.id}: unknown defence {self.kind}; known: {', '.join(KINDS)}")
        self.number = 0
        if self.kind == "smug":
            plain = self.model
            self.model = SmoothedUnrolled(plain.denoiser, plain.schedule, plain.steps, plain.start_steps)
            self.model.copies = int(self.table.get("copies", 4))
            self.model.spread = float(self.table.get("spread", 0.01))
        if self.kind == "purified":
            prior = load_config(self.table["prior"])
            self.prior = build_prior(prior.table("model")).to(config.device).requires_grad_(False)
            self.prior.load_state_dict(load_weights(cache, prior.id))

    def loss(self, step: int) -> Tensor:
        """As the plain task, on perturbed scans; draws depend on the step alone."""
        self.number = 0
        self.rng = torch_stream(self.config.seed, "defence", step)
        self.chance = float(stream(self.config.seed, "defence chance", step).random())
        if isinstance(self.model, SmoothedUnrolled):
            self.model.rng = self.rng
        return super().loss(step)

    def scan_loss(self, scan: Scan) -> Tensor:
        """Loss of one perturbed scan."""
        m = scan.measurement
        if self.kind == "gaussian":
            strength = float(self.table.get("largest", 0.05)) * float(torch.rand((), generator=self.rng))
            return super().scan_loss(
                with_samples(scan, m.samples + strength * m.mask * complex_noise(m.samples, self.rng))
            )
        if self.kind == "adversarial":
            return 0.5 * super().scan_loss(scan) + 0.5 * super().scan_loss(self._attacked(scan))
        if self.kind == "purified":
            return super().scan_loss(self._purified(scan))
        images = self.model(scan.measurement)
        return self.image_loss(images, scan) + float(self.table.get("stability", 1.0)) * self._instability(images, scan)

    def _attacked(self, scan: Scan) -> Scan:
        """Projected gradient ascent on the acquired samples within an L2 ball.

        The radius is that of the L-infinity ball of ``eps`` per component, eps sqrt(2 M); in L2 a strip whose readout
        is transformed back is attacked like its k-space, since the transform keeps lengths.
        """
        m = scan.measurement
        eps, steps = float(self.table.get("eps", 0.01)), int(self.table.get("steps", 3))
        support = m.mask.expand(m.samples.shape)
        radius = eps * float((2 * support.sum()).sqrt())
        delta = support * complex_noise(m.samples, self.rng)
        delta = delta * (radius / delta.abs().square().sum().sqrt())
        for _ in range(steps):
            delta = delta.detach().requires_grad_(True)
            image = self.model(with_samples(scan, m.samples + delta).measurement)[-1]
            (g,) = torch.autograd.grad((image - scan.target).abs().square().sum(), delta)
            g = support * g
            delta = delta.detach() + 2.5 * radius / steps * g / (g.abs().square().sum().sqrt() + 1e-20)
            delta = delta * min(1.0, radius / float(delta.abs().square().sum().sqrt() + 1e-20))
        return with_samples(scan, m.samples + delta.detach())

    def _purified(self, scan: Scan) -> Scan:
        """Half purified from clean, a quarter purified from Gaussian noise, a quarter plain."""
        if self.chance < 0.25:
            return scan
        m, spread = scan.measurement, float(self.table.get("spread", 0.01))
        if self.chance < 0.5:
            m = with_samples(scan, m.samples + spread * m.mask * complex_noise(m.samples, self.rng)).measurement
        back = m.adjoint(m.samples)
        first = cg(lambda v: m.normal(v) + 1e-2 * v, back, torch.zeros_like(back), 8)
        sigma, steps = float(self.table.get("sigma", 0.1)), int(self.table.get("steps", 4))
        image = purify(self.prior, m, sigma, steps, m.sigma + spread, self.rng, first)
        return with_samples(scan, scan.measurement.forward(image))

    def _instability(self, images: list[Tensor], scan: Scan) -> Tensor:
        """Mean distance of the smoothed denoiser's output from the denoiser's output for the true image."""
        assert isinstance(self.model, SmoothedUnrolled)
        levels, _, _ = self.model.schedule(scan.measurement.sigma, scan.measurement.acceleration)
        total = torch.zeros((), device=scan.target.device)
        for level, image in zip(levels, images[:-1], strict=True):
            true = Unrolled.denoise(self.model, scan.target, level)
            total = total + (self.model.denoise(image, level) - true).abs().square().mean()
        return total / len(levels)
