"""``model.json``: what a model folder holds, in the engine's own terms (``electron/contracts/model.ts``)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from torch import nn

from . import __version__
from .config import Config
from .nets.edm import Prior
from .nets.unrolled import Unrolled

LICENCE = "Apache-2.0; learned from data under CC BY and MIT, credits in CARD.md"
SCALE_RULE = {
    "id": "central-block-percentile",
    "percentile": 99.5,
    "lines": 24,
    "text": "Divide by the 99.5th percentile of the magnitude of the low-resolution image made from the central "
    "block of min(24, available) lines in every phase-encode direction.",
}
LATENT_RULE = {"id": "none", "text": "Latents of the autoencoder, which has the scale rule."}
AXIAL_ONLY = ("autoencoder", "latent-prior")


def file_entry(path: Path) -> dict[str, Any]:
    """Name, hash and size of a file."""
    return {
        "path": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
    }


def unrolled_schedule(model: Unrolled) -> dict[str, Any]:
    """The numbers that, with the graphs, are the whole reconstructor (``nets.unrolled`` says how they are used)."""
    values = model.schedule.values()
    return {
        "unrolls": len(values["log_sigma"]),
        "cgSteps": model.steps,
        "startCgSteps": model.start_steps,
        "logSigma": values["log_sigma"],
        "byAcceleration": values["by_acceleration"],
        "byNoise": values["by_noise"],
        "logWeight": values["log_weight"],
        "logStart": values["log_start"][0],
        "logFloor": values["log_floor"][0],
        "sigmaLimits": [0.01, 0.5],
        "weightLimits": [1e-5, 20.0],
        "formula": {
            "s2": "sigma_n^2 + exp(logFloor)^2, sigma_n the scan's noise per component after scaling",
            "sigma_k": "exp(logSigma + byAcceleration ln(R/4) + byNoise (ln(s2)/2 - ln(0.01))), within sigmaLimits",
            "lambda_k": "exp(logWeight) s2 / sigma_k^2, within weightLimits",
            "start": "x_0 = startCgSteps CG steps from zero on (A^H A + w) x = A^H y, w = exp(logStart) s2 / 0.04 "
            "within weightLimits",
            "unroll": "z = denoise(x, sigma_k); x = cgSteps CG steps from z on "
            "(A^H A + lambda_k) x = A^H y + lambda_k z",
            "last": "where the misfit per component is above sigma_n: the largest weight of x whose proximal step "
            "(8 CG steps) brings it to sigma_n, between 0.01 and 100",
        },
    }


def _stages(model: nn.Module) -> list[dict[str, Any]]:
    if not isinstance(model, Prior):
        return []
    return [
        {
            "name": s.name,
            "graphs": {"denoise": f"denoise_{s.name}", "denoise_vjp": f"denoise_vjp_{s.name}"},
            "sigma": {"from": s.low, "to": s.high},
        }
        for s in model.stages
    ]


def _schedule(model: nn.Module) -> dict[str, Any] | None:
    if not isinstance(model, Prior):
        return None
    top = model.stages[-1].high
    return {"sigmaMin": 0.002, "sigmaMax": top, "sigmaData": model.sigma_data, "rho": 7, "steps": 18}


def manifest(
    config: Config,
    model: nn.Module,
    graphs: dict[str, Any],
    files: list[dict[str, Any]],
    training: dict[str, Any],
) -> dict[str, Any]:
    """The manifest of an exported model; ``training`` as ``models.load_model`` answers it."""
    table = config.table("export")
    axial = config.kind in AXIAL_ONLY
    unrolled = isinstance(model, Unrolled)
    anatomy = "axial heads" if axial else "heads in three planes, some pelvis"
    return {
        "manifestVersion": 1,
        "id": table.get("id", config.id),
        "kind": config.kind,
        "title": table.get("title", config.id),
        "version": table.get("version", __version__),
        "licence": LICENCE,
        "files": files,
        "graphs": graphs,
        "domain": f"{anatomy}; trained on magnitude images with simulated coils and phase"
        if unrolled
        else f"{anatomy}; trained on magnitude images with simulated phase",
        "trainingDomain": {
            "anatomy": ["head"] if axial else ["head", "pelvis"],
            "contrast": ["T1", "T1 with contrast agent", "T2", "FLAIR"],
            "coils": {"from": 1, "to": 16} if unrolled else None,
            "acceleration": {"from": 2, "to": 8} if unrolled else None,
        },
        "scaleRule": LATENT_RULE if config.kind == "latent-prior" else SCALE_RULE,
        "schedule": _schedule(model),
        "stages": _stages(model),
        "training": f"{training['steps']} steps, {training['cpuMinutes']} CPU minutes, seed {training['seed']}, "
        f"configuration {training['config']} ({training['configHash']})",
    }
