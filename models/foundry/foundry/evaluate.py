"""Evaluate: scores per source, mask and noise level, with intervals over subjects.

Choices are made on ``tune``; ``val`` is computed for the final report only. A mean is over subjects (first over a
subject's slices); its 95 % interval is a bootstrap over subjects, given only where there are at least three.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .augment import phase
from .baselines import SENSE_WEIGHTS, WAVELET_WEIGHTS, cg_sense, l1_wavelet, wavelet_denoise
from .config import ROOT, Config
from .data import Packed, load_packed, reported_slices
from .nets.autoencoder import Autoencoder
from .nets.edm import Prior, stage_of
from .nets.unrolled import Unrolled
from .physics import discrepancy_step
from .scale import central_slice, fft, ifft, image_scale
from .simulate import Scan, Setting, measure
from .streams import stream
from .structure import Method, kept_contrast, pair
from .tasks.denoiser import padded, planes
from .tasks.unrolled import REPORTED_MASKS, magnitude_psnr

REPORTS = ROOT / "reports"
SIGMAS = (0.02, 0.05, 0.1, 0.25)
Row = dict[str, Any]


def slices(sources: list[Packed], split: str, per_subject: int = 3) -> Iterable[tuple[str, str, int, np.ndarray]]:
    """(source, subject, slice number, magnitude ``[y, x]``) of the fixed set of a split."""
    for source in sources:
        for subject, numbers in reported_slices(source, split).items():
            chosen = numbers if per_subject >= 3 else numbers[len(numbers) // 2 : len(numbers) // 2 + 1]
            for number in chosen:
                yield source.name, subject, number, source.slice(number)


def summary(values: dict[str, list[float]]) -> Row:
    """Mean over subjects of their mean values, with a bootstrap interval when there are at least 3 subjects."""
    means = np.array([np.mean(v) for v in values.values()])
    out: Row = {"mean": round(float(means.mean()), 3), "subjects": len(means)}
    if len(means) >= 3:
        rng = np.random.default_rng(0)
        draws = rng.choice(means, (2000, len(means))).mean(1)
        out["interval"] = [round(float(v), 3) for v in np.percentile(draws, [2.5, 97.5])]
    return out


class Table:
    """Collects single values and answers means per key and source."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], dict[str, dict[str, list[float]]]] = {}

    def add(self, key: tuple[str, ...], source: str, subject: str, value: float) -> None:
        """One value of one slice."""
        for name in (source, "all"):
            self.values.setdefault(key, {}).setdefault(name, {}).setdefault(subject, []).append(value)

    def rows(self, names: tuple[str, ...]) -> list[Row]:
        """One row per key and source, ``names`` naming the parts of the key."""
        return [
            {**dict(zip(names, key, strict=True)), "source": source, **summary(subjects)}
            for key, by_source in self.values.items()
            for source, subjects in by_source.items()
        ]


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    """PSNR in dB, peak = largest true magnitude; complex or real ``[y, x]``."""
    return 10.0 * float(np.log10(np.abs(truth).max() ** 2 / (np.abs(image - truth) ** 2).mean()))


def clean_slice(name: str, subject: str, number: int, pixels: np.ndarray) -> np.ndarray:
    """The fixed complex scaled image of a slice of the reported set."""
    image = pixels * np.exp(1j * phase(stream(7, f"phase {name} {subject} {number}"), pixels.shape))
    return (image / image_scale(image)).astype(np.complex64)


@torch.no_grad()
def denoise(model: Prior, image: np.ndarray, sigma: float) -> np.ndarray:
    """D(x; sigma) of a complex image ``[y, x]``."""
    stage = stage_of(sigma, model.stages)
    wide, (h, w) = padded(planes(image)[None], model.net.multiple(stage))
    out = model(wide, torch.tensor([sigma]), stage)[0, :, :h, :w].numpy()
    return out[0] + 1j * out[1]


def evaluate_prior(model: Prior, sources: list[Packed], split: str, per_subject: int) -> Row:
    """Denoising error beside the noisy image and wavelet shrinkage (factor chosen on tune)."""
    factor = _wavelet_factor(sources)
    table = Table()
    levels = [s for s in (*SIGMAS, 1.0, 5.0, 20.0) if s < model.stages[-1].high]
    for name, subject, number, pixels in slices(sources, split, per_subject):
        clean = clean_slice(name, subject, number, pixels)
        for sigma in levels:
            rng = stream(7, f"noise {name} {subject} {number} {sigma}")
            noise = rng.standard_normal((2, *clean.shape)).astype(np.float32)
            noisy = clean + sigma * (noise[0] + 1j * noise[1])
            results = {"noisy": noisy, "prior": denoise(model, noisy, sigma)}
            if sigma <= 0.25:
                results["wavelet"] = wavelet_denoise(noisy, sigma, factor)
            for method, image in results.items():
                key = (method, f"{sigma:g}")
                table.add((*key, "complex"), name, subject, psnr(image, clean))
                table.add((*key, "magnitude"), name, subject, psnr(np.abs(image), np.abs(clean)))
    return {"waveletFactor": factor, "rows": table.rows(("method", "sigma", "kind"))}


def _wavelet_factor(sources: list[Packed]) -> float:
    scores = {}
    for factor in (1.5, 2.0, 2.5, 3.0):
        values = []
        for name, subject, number, pixels in slices(sources, "tune", 1):
            clean = clean_slice(name, subject, number, pixels)
            noise = stream(7, f"factor {subject}").standard_normal((2, *clean.shape))
            values.append(psnr(wavelet_denoise(clean + 0.05 * (noise[0] + 1j * noise[1]), 0.05, factor, 2), clean))
        scores[factor] = float(np.mean(values))
    return max(scores, key=lambda f: scores[f])


def _scan(name: str, subject: str, number: int, pixels: np.ndarray, setting: Setting) -> Scan:
    rng = stream(11, f"{name} {subject} {number} {setting.kind} {setting.acceleration:g} {setting.coils}")
    image = pixels * np.exp(1j * phase(rng, pixels.shape))
    return measure(rng, image, setting)


def _chosen_weights(sources: list[Packed]) -> dict[str, dict[int, float]]:
    """The weight of each classical method per acceleration that does best on tune."""
    found: dict[str, dict[int, float]] = {"cg-sense": {}, "l1-wavelet": {}}
    for acceleration, centre in ((4, 24), (8, 12)):
        scores: dict[tuple[str, float], list[float]] = {}
        for kind in ("fraction", "random"):
            for name, subject, number, pixels in slices(sources, "tune", 1):
                lines = round(centre * pixels.shape[1] / 256)
                scan = _scan(name, subject, number, pixels, Setting(8, 0.01, kind, acceleration, lines))
                for method, function, weights in (
                    ("cg-sense", cg_sense, SENSE_WEIGHTS),
                    ("l1-wavelet", l1_wavelet, WAVELET_WEIGHTS),
                ):
                    for weight in weights:
                        image = function(scan.measurement, weight)
                        scores.setdefault((method, weight), []).append(magnitude_psnr(image, scan.magnitude))
        for method in found:
            own = {w: float(np.mean(v)) for (m, w), v in scores.items() if m == method}
            found[method][acceleration] = max(own, key=lambda w: own[w])
    return found


@torch.no_grad()
def evaluate_unrolled(model: Unrolled, sources: list[Packed], split: str, per_subject: int) -> Row:
    """PSNR of magnitudes beside zero-filled, CG-SENSE and L1-wavelet; 4, 8 and 12 coils."""
    weights = _chosen_weights(sources)
    table = Table()
    for name, subject, number, pixels in slices(sources, split, per_subject):
        for kind, acceleration, centre in REPORTED_MASKS:
            for coils in (8, 4, 12):
                lines = round(centre * pixels.shape[1] / 256)
                scan = _scan(name, subject, number, pixels, Setting(coils, 0.01, kind, acceleration, lines))
                m = scan.measurement
                image = model(m)[-1]
                results = {"unrolled": image, "unrolled, discrepancy": discrepancy_step(m, image)}
                if coils == 8:
                    results |= {
                        "zero-filled": m.adjoint(m.samples),
                        "cg-sense": cg_sense(m, weights["cg-sense"][acceleration]),
                        "l1-wavelet": l1_wavelet(m, weights["l1-wavelet"][acceleration]),
                    }
                for method, out in results.items():
                    value = magnitude_psnr(out, scan.magnitude)
                    table.add((method, f"{kind}:{acceleration}", str(coils)), name, subject, value)
    rows = table.rows(("method", "mask", "coils"))
    return {"weights": weights, "rows": rows, "structure": _structure(model, sources, split, weights)}


def _structure(model: Unrolled, sources: list[Packed], split: str, weights: dict[str, dict[int, float]]) -> list[Row]:
    """Share of a small lesion's contrast that each method keeps (1 = all), one lesion per subject and mask."""
    table = Table()
    for name, subject, number, pixels in slices(sources, split, 1):
        for kind, acceleration, centre in REPORTED_MASKS:
            lines = round(centre * pixels.shape[1] / 256)
            scans = pair(f"{subject} {number}", pixels, Setting(8, 0.01, kind, acceleration, lines))
            methods: dict[str, Method] = {
                "unrolled": lambda m: model(m)[-1],
                "cg-sense": lambda m, a=acceleration: cg_sense(m, weights["cg-sense"][a]),
                "l1-wavelet": lambda m, a=acceleration: l1_wavelet(m, weights["l1-wavelet"][a]),
            }
            for method, function in methods.items():
                table.add((method, f"{kind}:{acceleration}"), name, subject, kept_contrast(scans, function))
    return table.rows(("method", "mask"))


@torch.no_grad()
def evaluate_autoencoder(model: Autoencoder, sources: list[Packed], split: str, per_subject: int) -> Row:
    """PSNR of D(E(x)) beside a low-pass of the same number of values."""
    table = Table()
    latent = int(model.encoder[-1].out_channels)
    for name, subject, number, pixels in slices(sources, split, per_subject):
        clean = clean_slice(name, subject, number, pixels)
        wide, (h, w) = padded(planes(clean)[None], 4)
        out = model(wide)[0, :, :h, :w].numpy()
        table.add(("autoencoder",), name, subject, psnr(out[0] + 1j * out[1], clean))
        share = (latent / 32.0) ** 0.5
        k, kept = fft(clean), np.zeros_like(clean)
        box = (central_slice(h, round(h * share)), central_slice(w, round(w * share)))
        kept[box] = k[box]
        table.add(("low-pass",), name, subject, psnr(ifft(kept), clean))
    return {"rows": table.rows(("method",))}


def evaluate(config: Config, model: torch.nn.Module, cache: Path, split: str, per_subject: int) -> Path:
    """Writes ``reports/<id>-<split>.json`` and answers its path."""
    sources = load_packed(cache)
    started = time.process_time()
    if isinstance(model, Unrolled):
        report = evaluate_unrolled(model, sources, split, per_subject)
    elif isinstance(model, Autoencoder):
        report = evaluate_autoencoder(model, sources, split, per_subject)
    elif config.kind == "latent-prior":
        raise ValueError("a latent prior has no score per source; its samples are looked at (command: samples)")
    elif isinstance(model, Prior):
        report = evaluate_prior(model, sources, split, per_subject)
    else:
        raise TypeError(f"no evaluation for {type(model).__name__}")
    head = {"id": config.id, "hash": config.hash, "split": split, "data": "magnitude images, synthetic k-space"}
    report = {**head, **report, "cpuSeconds": round(time.process_time() - started)}
    REPORTS.mkdir(exist_ok=True)
    path = REPORTS / f"{config.id}-{split}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return path


def print_report(path: Path) -> None:
    """The rows over all sources, one line each."""
    report = json.loads(path.read_text(encoding="utf-8"))
    for row in report["rows"]:
        if row["source"] == "all":
            labels = [str(v) for k, v in row.items() if k not in ("mean", "interval", "subjects", "source")]
            print(f"{'  '.join(labels):48s} {row['mean']:7.2f}  {row.get('interval', '')}  n={row['subjects']}")


__all__ = ["Table", "evaluate", "print_report", "psnr", "summary"]
