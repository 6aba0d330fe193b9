"""Prepare: data folders to packed slices by source, with the splits kept by subject.

Every source becomes one ``<source>.npy`` (uint16 ``[slice, y, x]``, 1023 = the source's unit) and its rows in
``index.json`` (subject, split, contrast, plane). Packed slices stay in the cache folder, outside version control.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

UNIT = 1023.0
HEADS = ("openms", "ptbp", "btp", "t1_3d", "torchio_fpg", "cheng_jpeg")

#: Chance of drawing a slice from each source. True 16-bit whole heads count most; the 8-bit JPEG source, whose
#: high frequencies are missing, counts least per slice (899 of 1988 slices, a tenth of the draws).
WEIGHTS = {
    "openms": 0.38,
    "ptbp": 0.12,
    "btp": 0.10,
    "t1_3d": 0.13,
    "prostate": 0.08,
    "cptac_pelvis": 0.05,
    "torchio_fpg": 0.04,
    "cheng_jpeg": 0.10,
}


@dataclass(frozen=True)
class Packed:
    """The packed slices of one source: pixels uint16 ``[slice, y, x]`` and one row of labels per slice."""

    name: str
    pixels: np.ndarray
    rows: list[dict[str, str]]

    def find(self, split: str, plane: str | None = None) -> list[int]:
        """Slice numbers of a split, in file order, optionally of one plane only."""
        return [
            i for i, row in enumerate(self.rows) if row["split"] == split and (plane is None or row["plane"] == plane)
        ]

    def slice(self, number: int) -> np.ndarray:
        """One slice, float32 ``[y, x]`` in about 0..1.5."""
        return self.pixels[number].astype(np.float32) / np.float32(UNIT)


def _jpeg_slices(archive: Any) -> np.ndarray:
    blob, offset = archive["jpeg"].tobytes(), archive["offset"]
    out = []
    for start, stop in zip(offset[:-1], offset[1:], strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(blob[start:stop])), np.float32)
        pixels = pixels.reshape(256, 2, 256, 2).mean((1, 3))
        out.append(pixels / max(float(np.percentile(pixels, 99.8)), 1.0))
    return np.stack(out)


def _labels(archive: Any, key: str, count: int) -> list[str]:
    return [str(v) for v in archive[key]] if key in archive else ["unknown"] * count


def prepare(shared: Path, cache: Path) -> dict[str, dict[str, int]]:
    """Packs every source found under ``shared/data/train``; answers slices per source and split.

    The split of each slice is checked against ``SPLITS.json`` by subject: a disagreement stops the run, since a
    subject on both sides would make every later number worthless.
    """
    folder = shared / "data" / "train"
    if not (folder / "SPLITS.json").exists():
        raise FileNotFoundError(f"no SPLITS.json in {folder}; name the data folder with --shared")
    splits = json.loads((folder / "SPLITS.json").read_text(encoding="utf-8"))
    cache.mkdir(parents=True, exist_ok=True)
    index: dict[str, list[dict[str, str]]] = {}
    counts: dict[str, dict[str, int]] = {}
    for name in WEIGHTS:
        with np.load(folder / f"{name}.npz") as archive:
            if "jpeg" in archive:
                slices = np.round(_jpeg_slices(archive) * UNIT)
            else:
                slices = np.round(archive["slices"].astype(np.float32) * (UNIT / float(archive["scale"])))
            subjects = _labels(archive, "subject", len(slices))
            labels = {k: _labels(archive, k, len(slices)) for k in ("split", "contrast", "plane")}
        owner = {subject: split for split, people in splits[name].items() for subject in people}
        for subject, split in zip(subjects, labels["split"], strict=True):
            if owner.get(subject) != split:
                raise ValueError(f"{name}: subject {subject} is labelled {split}, SPLITS.json says otherwise")
        np.save(cache / f"{name}.npy", np.clip(slices, 0, 65535).astype(np.uint16))
        index[name] = [{"subject": subjects[i], **{k: labels[k][i] for k in labels}} for i in range(len(slices))]
        counts[name] = dict(Counter(labels["split"]))
    (cache / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return counts


def load_packed(cache: Path, names: list[str] | None = None) -> list[Packed]:
    """Opens packed sources; says what to run when there are none."""
    path = cache / "index.json"
    if not path.exists():
        raise FileNotFoundError(f"no packed slices in {cache}; run: python -m foundry prepare")
    index = json.loads(path.read_text(encoding="utf-8"))
    chosen = names or list(index)
    return [Packed(name, np.load(cache / f"{name}.npy", mmap_mode="r"), index[name]) for name in chosen]


class Sampler:
    """Draws training slices with the weights of the sources, uniformly inside a source."""

    def __init__(self, sources: list[Packed], split: str = "train", plane: str | None = None) -> None:
        pairs = [(s, s.find(split, plane)) for s in sources]
        self.pairs = [(s, found) for s, found in pairs if found]
        if not self.pairs:
            raise ValueError(f"no slices of split {split} in {[s.name for s in sources]}")
        weights = np.array([WEIGHTS[s.name] for s, _ in self.pairs])
        self.chance = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """One slice, float32 ``[y, x]``."""
        source, numbers = self.pairs[int(rng.choice(len(self.pairs), p=self.chance))]
        return source.slice(numbers[int(rng.integers(len(numbers)))])


def reported_slices(source: Packed, split: str) -> dict[str, list[int]]:
    """Per subject the slices at 25, 50 and 75 % of its list: the fixed set that scores are computed on."""
    by_subject: dict[str, list[int]] = {}
    for number in source.find(split):
        by_subject.setdefault(source.rows[number]["subject"], []).append(number)
    return {
        subject: sorted({numbers[int(len(numbers) * q)] for q in (0.25, 0.5, 0.75)})
        for subject, numbers in by_subject.items()
    }
