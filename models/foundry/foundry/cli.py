"""One function per command; each only reads its arguments and calls the room that does the work."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from .config import CHECKPOINTS, cache_folder, load_config, shared_folder


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


def main(argv: list[str] | None = None) -> int:
    """Parses and runs one command; answers the exit code."""
    parser = argparse.ArgumentParser(prog="foundry", description="makes the networks that PureEcho ships")
    parser.add_argument("--cache", type=Path, help="packed slices and running trainings (default: .cache)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sub = commands.add_parser("prepare", help="data folders to packed slices")
    sub.add_argument("--shared", help="folder that holds data/ (default: PUREECHO_SHARED, ../shared)")
    sub.set_defaults(run=_prepare)

    sub = commands.add_parser("train", help="train or go on training one configuration")
    sub.add_argument("config")
    sub.add_argument("--cpu-minutes", type=float, help="budget, instead of the configuration's")
    sub.add_argument("--threads", type=int, default=2)
    sub.set_defaults(run=_train)

    sub = commands.add_parser("pack", help="write the small checkpoint for version control")
    sub.add_argument("config")
    sub.set_defaults(run=_pack)

    args = parser.parse_args(argv)
    return int(args.run(args))
