"""CARD.md: what a model is, what it learned from, what it scores, where it fails. Written from files, not by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .config import Config
from .evaluate import REPORTS
from .manifest import AXIAL_ONLY

CREDITS = (
    ("openms", "Lesjak et al., Ljubljana multiple sclerosis database (via open_ms_data)", "CC BY"),
    ("ptbp", "Avants et al., Pediatric Template of Brain Perfusion, figshare 923555 (via ANTsTutorial)", "CC BY"),
    ("btp", "Brain-Tumor-Progression, TCIA, 10.7937/K9/TCIA.2018.15quzvnb", "CC BY 3.0"),
    ("t1_3d", "FNNDSC SAG-anon (MIT) and neurolabusc dcm_qa_uih (BSD-2-Clause)", "MIT, BSD-2-Clause"),
    ("torchio_fpg", "F. Perez-Garcia, torchio-data", "MIT"),
    ("cheng_jpeg", "J. Cheng, brain tumor dataset, figshare 1512427", "CC BY 4.0"),
    ("prostate", "PROSTATE-MRI, TCIA, 10.7937/K9/TCIA.2016.6046GUDv", "CC BY 3.0"),
    ("cptac_pelvis", "CPTAC, TCIA", "CC BY 3.0"),
)


def sources_of(config: Config) -> list[str]:
    """The data sources a configuration learns from."""
    named = config.table("data").get("sources")
    if named:
        return list(named)
    pelvis = ("prostate", "cptac_pelvis", "cheng_jpeg")
    return [n for n, _, _ in CREDITS if config.kind not in AXIAL_ONLY or n not in pelvis]


def _table(rows: list[dict[str, Any]], unit: str = "dB") -> list[str]:
    labels = [k for k in rows[0] if k not in ("mean", "interval", "subjects")]
    out = [
        "| " + " | ".join([*labels, unit, "95 % over subjects", "subjects"]) + " |",
        "|---" * (len(labels) + 3) + "|",
    ]
    for row in rows:
        interval = row.get("interval")
        span = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "single values"
        cells = [*(str(row[k]) for k in labels), f"{row['mean']:.2f}", span, str(row["subjects"])]
        out.append("| " + " | ".join(cells) + " |")
    return out


def write_card(config: Config, folder: Path) -> Path:
    """Writes the card of an exported folder from its manifest and the reports there are."""
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    size = sum(f["bytes"] for f in manifest["files"]) / 1e6
    lines = [
        f"# {manifest['title']}",
        "",
        f"`{manifest['id']}` version {manifest['version']}, kind `{manifest['kind']}`, {size:.1f} MB.",
        "",
        "**Trained on magnitude images with simulated coils and phase.** Not evaluated on clinical data,",
        "not a medical device.",
        "",
        "## Training",
        "",
        f"{manifest['training']}. The log of every run is in `models/foundry/RUNS.md`.",
        "",
        "## Data and credits",
        "",
        "| source | credit | licence |",
        "|---|---|---|",
        *[f"| {n} | {credit} | {licence} |" for n, credit, licence in CREDITS if n in sources_of(config)],
        "",
    ]
    found = False
    for split in ("tune", "val"):
        path = REPORTS / f"{config.id}-{split}.json"
        if not path.exists():
            continue
        report = json.loads(path.read_text(encoding="utf-8"))
        if report["hash"] != config.hash:
            continue
        found = True
        note = "used for choices" if split == "tune" else "only reported"
        lines += [f"## Scores on `{split}` ({note}; synthetic k-space)", "", *_table(report["rows"]), ""]
        if "structure" in report:
            lines += [f"Share of a small lesion's contrast that is kept, on `{split}` (1 = all):", ""]
            lines += [*_table([r for r in report["structure"] if r["source"] == "all"], "kept"), ""]
    if not found:
        lines += ["## Scores", "", "None yet: run `python -m foundry evaluate`.", ""]
    lines += [
        "## Limits",
        "",
        f"- Domain: {manifest['domain']}. Anything else is outside of it.",
    ]
    if manifest["kind"] == "unrolled":
        lines += [
            "- The last data-consistency step belongs to the method: without it real scans come out too smooth.",
            "- At 8x and with few coils a plausible picture may hold invented anatomy: read the structure check and",
            "  the warnings of the window.",
        ]
    lines.append("")
    path = folder / "CARD.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
