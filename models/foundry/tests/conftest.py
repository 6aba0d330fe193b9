"""A made-up data folder: ellipses instead of heads, three subjects per source, in the layout of the real one."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from PIL import Image

from foundry.data import WEIGHTS, prepare

SPLITS = ("train", "tune", "val")


def ellipses(rng: np.random.Generator, size: int) -> np.ndarray:
    """A made-up head, float ``[size, size]``."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    image = np.zeros((size, size))
    for radius in (0.85, 0.7, 0.4, 0.2, 0.15):
        cy, cx = rng.uniform(-0.1, 0.1, 2) * (1 - radius) * 4
        inside = ((y - cy) / radius) ** 2 + ((x - cx) / (radius * 0.8)) ** 2 < 1
        image[inside] = rng.uniform(0.2, 1.0)
    return image


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``data/train`` as ``prepare`` expects it."""
    root = tmp_path_factory.mktemp("shared")
    folder = root / "data" / "train"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    splits = {}
    for name in WEIGHTS:
        people = [f"{name}_{s}" for s in SPLITS]
        splits[name] = {s: {p: 2} for s, p in zip(SPLITS, people, strict=True)}
        labels = {
            "subject": np.array([p for p in people for _ in range(2)]),
            "split": np.array([s for s in SPLITS for _ in range(2)]),
        }
        if name == "cheng_jpeg":
            blobs = []
            for _ in range(6):
                buffer = io.BytesIO()
                pixels = (255 * ellipses(rng, 512)).astype(np.uint8)
                Image.fromarray(pixels).save(buffer, "JPEG", quality=75)
                blobs.append(buffer.getvalue())
            offset = np.cumsum([0, *map(len, blobs)])
            jpeg = np.frombuffer(b"".join(blobs), np.uint8)
            np.savez(folder / f"{name}.npz", jpeg=jpeg, offset=offset, **labels)
            continue
        slices = np.stack([np.round(1023 * ellipses(rng, 96)) for _ in range(6)]).astype(np.uint16)
        extra = {"plane": np.array(["axial"] * 6), "contrast": np.array(["T1"] * 6), "scale": np.float32(1023)}
        np.savez(folder / f"{name}.npz", slices=slices, **labels, **extra)
    (folder / "SPLITS.json").write_text(json.dumps(splits))
    return root


@pytest.fixture(scope="session")
def cache(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the packed slices of ``shared``."""
    folder = tmp_path_factory.mktemp("cache")
    prepare(shared, folder)
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums in one order, so that equal means equal."""
    torch.set_num_threads(1)


def shake(model: torch.nn.Module, seed: int = 3) -> torch.nn.Module:
    """Random values in every parameter: zero-started layers would hide mistakes in what follows them."""
    rng = torch.Generator().manual_seed(seed)
    for p in model.parameters():
        spread = (2.0 / p[0].numel()) ** 0.5 if p.ndim > 1 else 0.1
        p.data = spread * torch.randn(p.shape, generator=rng, dtype=p.dtype)
    return model
