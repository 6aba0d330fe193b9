"""Task: the unrolled reconstructor, trained on strips and small slices of scans simulated on the fly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..augment import phase
from ..config import Config
from ..data import Packed, Sampler, load_packed, reported_slices
from ..nets.unrolled import Unrolled, build_unrolled
from ..simulate import Scan, Setting, draw_scan, measure
from ..streams import stream

#: The masks that scores are quoted for: Rx means N/R lines in all, 24 of 256 centre lines at 4x, 12 at 8x.
REPORTED_MASKS = (("fraction", 4, 24), ("random", 4, 24), ("fraction", 8, 12), ("random", 8, 12))


class ScanPool:
    """A ring of simulated scans; one is replaced every ``period`` steps. Content follows from the step alone."""

    def __init__(
        self, sampler: Sampler, seed: int, size: int, period: int, matrix: tuple[int, ...] | None = None
    ) -> None:
        self.sampler, self.seed, self.size, self.period, self.matrix = sampler, seed, size, period, matrix
        self.items: list[Scan | None] = [None] * size
        self.numbers = [-1] * size

    def at(self, step: int) -> list[Scan]:
        """The scans of a step."""
        first = step // self.period
        for number in range(first, first + self.size):
            place = number % self.size
            if self.numbers[place] != number:
                rng = stream(self.seed, "scan", number)
                self.items[place] = draw_scan(rng, self.sampler.draw(rng), self.matrix)
                self.numbers[place] = number
        return [item for item in self.items if item is not None]


def magnitude_psnr(image: Tensor, truth: Tensor) -> float:
    """PSNR of magnitudes in dB, peak = largest true magnitude of the slice; both ``[y, x]``."""
    error = (image.abs() - truth.abs()).square().mean()
    return 10.0 * float(torch.log10(truth.abs().max().square() / error))


def tune_scans(sources: list[Packed], split: str, noise: float = 0.01, coils: int = 8) -> list[tuple[str, str, Scan]]:
    """Fixed scans of a split: the middle slice of each subject under each reported mask; (source, subject, scan)."""
    out = []
    for source in sources:
        for subject, numbers in reported_slices(source, split).items():
            pixels = source.slice(numbers[len(numbers) // 2])
            for kind, acceleration, centre in REPORTED_MASKS:
                rng = stream(11, f"{split} {subject} {kind} {acceleration}")
                image = pixels * np.exp(1j * phase(rng, pixels.shape))
                lines = round(centre * pixels.shape[1] / 256)
                out.append(
                    (
                        source.name,
                        subject,
                        measure(rng, image, Setting(coils, noise, kind, acceleration, lines)),
                    )
                )
    return out


class UnrolledTask:
    """Complex plus magnitude L1 against the clean image seen through the estimated maps."""

    def __init__(self, config: Config, cache: Path) -> None:
        data, train = config.table("data"), config.table("train")
        torch.manual_seed(config.seed)
        self.config = config
        self.model: Unrolled = build_unrolled(config.table("model")).to(config.device)
        self.sources = load_packed(cache, data.get("sources"))
        matrix = tuple(data["matrix"]) if "matrix" in data else None
        sampler = Sampler(self.sources, "train")
        self.pool = ScanPool(sampler, config.seed, int(data.get("pool", 48)), int(data.get("period", 3)), matrix)
        self.batch = int(train.get("batch", 2))
        self.rows = int(train.get("rows", 64))
        self.early = float(train.get("early_loss", 0.1))
        self.tune_limit = int(data.get("tune_scans", 1000))
        self._tune: list[tuple[str, str, Scan]] | None = None

    def _part(self, rng: np.random.Generator, scan: Scan) -> Scan:
        """A strip that is not empty, or the whole of a small two-dimensional scan."""
        height = scan.magnitude.shape[0]
        if scan.measurement.dims != (-1,) or height <= self.rows:
            return scan
        part = scan
        for _ in range(4):
            part = scan.strip(int(rng.integers(height - self.rows + 1)), self.rows)
            if float(part.magnitude.mean()) > 0.05:
                break
        return part

    def loss(self, step: int) -> Tensor:
        """Mean loss of a few scans; early unrolls count a tenth."""
        rng = stream(self.config.seed, "step", step)
        pool = self.pool.at(step)
        total = torch.zeros((), device=self.config.device)
        for _ in range(self.batch):
            scan = self._part(rng, pool[int(rng.integers(len(pool)))]).to(self.config.device)
            total = total + self.scan_loss(scan)
        return total / self.batch

    def scan_loss(self, scan: Scan) -> Tensor:
        """Loss of one scan."""
        return self.image_loss(self.model(scan.measurement), scan)

    def image_loss(self, images: list[Tensor], scan: Scan) -> Tensor:
        """Loss of the images of all unrolls (the start first): the last in full, earlier ones with a small weight."""
        images = images[1:]
        total = torch.zeros((), device=scan.target.device)
        for number, image in enumerate(images):
            weight = 1.0 if number == len(images) - 1 else self.early
            difference = (image - scan.target).abs().mean()
            magnitude = (image.abs() - scan.magnitude).abs().mean()
            total = total + weight * (difference + magnitude)
        return total

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean magnitude PSNR on tune per reported mask."""
        assert isinstance(model, Unrolled)
        if self._tune is None:
            self._tune = tune_scans(self.sources, "tune")[: self.tune_limit]
        scores: dict[str, list[float]] = {}
        for _, _, one in self._tune:
            scan = one.to(self.config.device)
            key = "psnr_" + "_".join(scan.label.split()[0].split(":")[:2])
            scores.setdefault(key, []).append(magnitude_psnr(model(scan.measurement)[-1], scan.magnitude))
        return {k: round(float(np.mean(v)), 3) for k, v in scores.items()}
