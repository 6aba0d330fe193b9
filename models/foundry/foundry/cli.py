"""One function per command; each only reads its arguments and calls the room that does the work."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from .config import CHECKPOINTS, ROOT, cache_folder, load_config, shared_folder


def _prepare(args: argparse.Namespace) -> int:
    from .data import prepare

    print(json.dumps(prepare(shared_folder(args.shared), cache_folder(args.cache)), indent=1))
    return 0


def _train(args: argparse.Namespace) -> int:
    from .tasks.registry import build_task
    from .trainer import Trainer, only_training

    config = load_config(args.config)
    torch.set_num_threads(args.threads)
    cache = cache_folder(args.cache)
    runs = cache / "runs"
    budget = {"cpu_minutes": args.cpu_minutes} if args.cpu_minutes else None
    with only_training(runs, config.id):
        trainer = Trainer(config, build_task(config, cache), runs / config.id, budget)
        return 0 if trainer.run() else 130


def _pack(args: argparse.Namespace) -> int:
    from .tasks.registry import build_task
    from .trainer import Trainer, save_atomically

    config = load_config(args.config)
    cache = cache_folder(args.cache)
    trainer = Trainer(config, build_task(config, cache), cache / "runs" / config.id)
    print(trainer.resume())
    path = CHECKPOINTS / f"{config.id}.pt"
    save_atomically(trainer.packed(), path)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


def _simulate(args: argparse.Namespace) -> int:
    from .pictures import simulate_sheet

    print(simulate_sheet(cache_folder(args.cache), args.out, args.count, args.seed))
    return 0


def _cluster(args: argparse.Namespace) -> int:
    from .pictures import cluster_report

    print(json.dumps(cluster_report(cache_folder(args.cache), args.out, args.draws), indent=1))
    return 0


def _export(args: argparse.Namespace) -> int:
    from .card import write_card
    from .export import export_model
    from .models import load_model

    config = load_config(args.config)
    model, training = load_model(config, cache_folder(args.cache))
    folder = export_model(config, model, args.models, training)
    write_card(config, folder)
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    print(json.dumps({"id": manifest["id"], "files": manifest["files"]}, indent=1))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from .evaluate import evaluate, print_report
    from .models import load_model

    config = load_config(args.config)
    torch.set_num_threads(args.threads)
    cache = cache_folder(args.cache)
    model, _ = load_model(config, cache)
    path = evaluate(config, model, cache, args.split, args.slices)
    print_report(path)
    return 0


def _samples(args: argparse.Namespace) -> int:
    from .sampler import latent_sheet

    config = load_config(args.config)
    if config.kind != "latent-prior":
        raise ValueError(f"{args.config} is no latent prior")
    print(json.dumps(latent_sheet(config, cache_folder(args.cache), args.out, args.count, args.seed), indent=1))
    return 0


def _real(args: argparse.Namespace) -> int:
    from .models import load_model
    from .nets.unrolled import Unrolled
    from .real import evaluate_real

    torch.set_num_threads(args.threads)
    model, _ = load_model(load_config(args.config), cache_folder(args.cache))
    if not isinstance(model, Unrolled):
        raise ValueError(f"{args.config} is no reconstructor")
    for row in evaluate_real(model, shared_folder(args.shared), args.picture):
        print(json.dumps(row))
    return 0


def _card(args: argparse.Namespace) -> int:
    from .card import write_card

    config = load_config(args.config)
    print(write_card(config, args.models / config.table("export").get("id", config.id)))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Parses and runs one command; answers the exit code."""
    parser = argparse.ArgumentParser(prog="foundry", description="makes the networks that PureEcho ships")
    parser.add_argument("--cache", help="packed slices and running trainings (default: FOUNDRY_CACHE, .cache)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sub = commands.add_parser("prepare", help="data folders to packed slices")
    sub.add_argument("--shared", help="folder that holds data/ (default: PUREECHO_SHARED, ../shared)")
    sub.set_defaults(run=_prepare)

    sub = commands.add_parser("simulate", help="a sheet of simulated scans, to look at")
    sub.add_argument("--out", type=Path, default=Path("simulated.png"))
    sub.add_argument("--count", type=int, default=6)
    sub.add_argument("--seed", type=int, default=1)
    sub.set_defaults(run=_simulate)

    sub = commands.add_parser("cluster", help="stage boundaries from the similarity of optimal denoisers")
    sub.add_argument("--out", type=Path, default=ROOT / "reports")
    sub.add_argument("--draws", type=int, default=64)
    sub.set_defaults(run=_cluster)

    sub = commands.add_parser("train", help="train or go on training one configuration")
    sub.add_argument("config")
    sub.add_argument("--cpu-minutes", type=float, help="budget, instead of the configuration's")
    sub.add_argument("--threads", type=int, default=2)
    sub.set_defaults(run=_train)

    sub = commands.add_parser("pack", help="write the small checkpoint for version control")
    sub.add_argument("config")
    sub.set_defaults(run=_pack)

    sub = commands.add_parser("export", help="graphs, manifest and card of a trained configuration")
    sub.add_argument("config")
    sub.add_argument("--models", type=Path, default=ROOT.parent, help="folder of model folders")
    sub.set_defaults(run=_export)

    sub = commands.add_parser("evaluate", help="scores per source and mask, intervals over subjects")
    sub.add_argument("config")
    sub.add_argument("--split", choices=("tune", "val"), default="tune", help="val is for the final report only")
    sub.add_argument("--slices", type=int, choices=(1, 3), default=3, help="slices per subject")
    sub.add_argument("--threads", type=int, default=2)
    sub.set_defaults(run=_evaluate)

    sub = commands.add_parser("samples", help="samples of a latent prior beside their nearest training slices")
    sub.add_argument("config")
    sub.add_argument("--out", type=Path, default=Path("samples.png"))
    sub.add_argument("--count", type=int, default=16)
    sub.add_argument("--seed", type=int, default=1)
    sub.set_defaults(run=_samples)

    sub = commands.add_parser("real", help="a reconstructor on real k-space that was in no training")
    sub.add_argument("config")
    sub.add_argument("--shared", help="folder that holds data/ (default: PUREECHO_SHARED, ../shared)")
    sub.add_argument("--picture", type=Path)
    sub.add_argument("--threads", type=int, default=2)
    sub.set_defaults(run=_real)

    sub = commands.add_parser("card", help="write CARD.md again, after an evaluation")
    sub.add_argument("config")
    sub.add_argument("--models", type=Path, default=ROOT.parent)
    sub.set_defaults(run=_card)

    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except (FileNotFoundError, ValueError, RuntimeError) as error:
        print(f"foundry: {error}", file=sys.stderr)
        return 2
