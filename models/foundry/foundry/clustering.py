"""Timestep clustering by the similarity of optimal denoisers (arXiv 2312.09181, section 4 and algorithm 1).

For a finite data set {y_i} the best possible denoiser is known in closed form. With x = x_0 + sigma e,

    eps*(x; sigma) = (x - sum_i w_i y_i) / sigma,   w = softmax(-||x - y_i||^2 / (2 sigma^2)).

Two noise levels are alike when most components of eps* agree within eta for the same (x_0, e). The first stage
grows from sigma = 0 (where eps* = e), the last one from the largest sigma, as long as the mean similarity over the
stage stays at least alpha. Time is the variance-preserving time of the paper, ``sigma(t) = sqrt(exp(9.95 t^2 +
0.1 t) - 1)``, so that the cuts can be laid beside the published ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Published cuts (t1, t2) for CIFAR-10 with the variance-preserving process, and as sigma.
PUBLISHED_T = (0.442, 0.631)
PUBLISHED_SIGMA = (2.5103, 7.4046)


def vp_sigma(t: np.ndarray | float) -> np.ndarray:
    """Noise level of the variance-preserving process at time t (beta from 0.1 to 20)."""
    t = np.asarray(t, np.float64)
    return np.sqrt(np.expm1(9.95 * t * t + 0.1 * t))


def weights(squared: np.ndarray, cross: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Posterior weights ``[time, i]`` from ``squared`` = ||x_0 - y_i||^2 and ``cross`` = <e, x_0 - y_i>.

    ||x_0 + sigma e - y_i||^2 differs from ``squared + 2 sigma cross`` by a term that all i share, so one pair of
    numbers per image serves every noise level. Log-sum-exp in float64.
    """
    s = sigma[:, None]
    logits = -(squared[None, :] + 2.0 * s * cross[None, :]) / (2.0 * s * s)
    logits -= logits.max(axis=1, keepdims=True)
    w = np.exp(logits)
    return w / w.sum(axis=1, keepdims=True)


def optimal_noise(data: np.ndarray, x0: np.ndarray, e: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """eps* ``[time, d]`` at ``x_0 + sigma e`` for every noise level; data ``[n, d]``, x0 and e ``[d]``."""
    difference = x0[None, :].astype(np.float64) - data if data.dtype == np.float64 else x0[None, :] - data
    squared = np.einsum("nd,nd->n", difference, difference, dtype=np.float64)
    cross = difference.astype(np.float64) @ e if data.dtype == np.float64 else (difference @ e).astype(np.float64)
    w = weights(squared, cross, sigma).astype(data.dtype)
    return e[None, :] + (x0[None, :] - w @ data) / sigma[:, None].astype(data.dtype)


def agreement(a: np.ndarray, b: np.ndarray, eta: float) -> np.ndarray:
    """Share of components (last axis) that differ by at most eta."""
    return (np.abs(a - b) <= eta).mean(axis=-1)


@dataclass(frozen=True)
class Similarity:
    """S against both ends and between all pairs, on a grid of times."""

    times: np.ndarray
    to_start: np.ndarray
    to_end: np.ndarray
    pairs: np.ndarray


def similarity(
    data: np.ndarray, rng: np.random.Generator, times: np.ndarray, draws: int, eta: float, with_pairs: bool = True
) -> Similarity:
    """Monte Carlo estimate of S with ``draws`` pairs (x_0 from the data set, e normal)."""
    sigma = vp_sigma(times)
    count = len(times)
    start, end, pairs = np.zeros(count), np.zeros(count), np.zeros((count, count))
    for _ in range(draws):
        x0 = data[int(rng.integers(len(data)))]
        e = rng.standard_normal(data.shape[1]).astype(data.dtype)
        noise = optimal_noise(data, x0, e, sigma)
        start += agreement(noise, e[None, :], eta)
        end += agreement(noise, noise[-1:], eta)
        if with_pairs:
            for row in range(count):
                pairs[row] += agreement(noise, noise[row : row + 1], eta)
    return Similarity(times, start / draws, end / draws, pairs / draws)


def first_cut(times: np.ndarray, to_start: np.ndarray, alpha: float) -> float:
    """Largest tau whose mean similarity over [0, tau) to time 0 is at least alpha; exhaustive over the grid."""
    best = 0.0
    edges = np.append(times[1:], 1.0)
    for k in range(len(times)):
        if to_start[: k + 1].mean() >= alpha:
            best = float(edges[k])
    return best


def last_cut(times: np.ndarray, to_end: np.ndarray, alpha: float) -> float:
    """Smallest tau whose mean similarity over [tau, 1] to time 1 is at least alpha; exhaustive over the grid."""
    for k in range(len(times)):
        if to_end[k:].mean() >= alpha:
            return float(times[k]) if k else 0.0
    return 1.0


def stage_boundaries(first: float, last: float, purifier: float) -> list[float]:
    """Boundaries in sigma: the purifier's largest noise level is always one, since only its stage is then loaded.

    A first cut above the purifier's level adds a stage of its own.
    """
    cuts = {purifier, float(vp_sigma(last))}
    if vp_sigma(first) > purifier:
        cuts.add(float(vp_sigma(first)))
    return sorted(c for c in cuts if c >= purifier)
