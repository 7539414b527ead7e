"""Information values of weighted and of dependent rows: coverage and size (specification 2.5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.inference import InformationEstimate
from kullback.metrics import information_value
from validation.calibration._tables import design

BINS = 5
TRUTHS = (0.0, 0.02, 0.1, 0.4)
EVENT_RATE = 0.2
WEIGHTS = (0.2, 1.0, 5.0)
CLUSTERS, CLUSTER_SIZE = 1500, 4
COPIED = 0.5
"""Share of rows that have the class of their cluster's first row."""


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits and size at 5%, with the weights or clusters known and with them ignored.

    Weights are drawn from {.2, 1, 5} apart from bin and class. The rows of a cluster share their bin, and half of them
    their class. Each row has the same law alone as in an independent sample, so that the truth is known. "Ignored"
    takes a weight for a count and a cluster for so many rows.
    """
    rng = np.random.default_rng(seed)
    cells = []
    for truth in TRUTHS:
        p, q = design(rng, BINS, truth)
        for kind, draw in (("weights", _weighted), ("clusters", _clustered)):
            pairs = [draw(rng, p, q) for _ in range(replications)]
            cell: dict[str, Any] = {"kind": kind, "truth": truth}
            for position, name in enumerate(("known", "ignored")):
                found = [pair[position] for pair in pairs]
                cell[name] = float(np.mean([_covers(iv, truth) for iv in found]))
                cell[f"{name}_rejects"] = float(np.mean([iv.pvalue[0] < 0.05 for iv in found]))
            cells.append(cell)
    figures: dict[str, Any] = {}
    for kind in ("weights", "clusters"):
        own = [cell for cell in cells if cell["kind"] == kind]
        figures[kind] = {
            "known": [cell["known"] for cell in own],
            "ignored": [cell["ignored"] for cell in own],
            "size": own[0]["known_rejects"],
            "size_ignored": own[0]["ignored_rejects"],
        }
    return {"figures": figures, "table": cells}


def _weighted(
    rng: np.random.Generator, p: np.ndarray, q: np.ndarray
) -> tuple[InformationEstimate, InformationEstimate]:
    codes, y = _rows(rng, p, q, CLUSTERS * CLUSTER_SIZE)
    w = rng.choice(WEIGHTS, size=y.size)
    known = information_value(codes=codes, y=y, sample_weight=w)
    counts = np.bincount(2 * codes + y, weights=w, minlength=2 * p.size).reshape(-1, 2)
    return known, information_value(events=counts[:, 1], non_events=counts[:, 0])


def _clustered(
    rng: np.random.Generator, p: np.ndarray, q: np.ndarray
) -> tuple[InformationEstimate, InformationEstimate]:
    first_codes, first_y = _rows(rng, p, q, CLUSTERS)
    cluster = np.repeat(np.arange(CLUSTERS), CLUSTER_SIZE)
    codes = first_codes[cluster]
    rate = EVENT_RATE * q / (EVENT_RATE * q + (1 - EVENT_RATE) * p)
    own = (rng.uniform(size=codes.size) < rate[codes]).astype(np.int64)
    copies = (rng.uniform(size=codes.size) < COPIED) | (np.arange(codes.size) % CLUSTER_SIZE == 0)
    y = np.where(copies, first_y[cluster], own)
    return information_value(codes=codes, y=y, clusters=cluster), information_value(codes=codes, y=y)


def _rows(rng: np.random.Generator, p: np.ndarray, q: np.ndarray, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    cells = np.concatenate([(1 - EVENT_RATE) * p, EVENT_RATE * q])
    cell = rng.choice(cells.size, size=n_rows, p=cells)
    return cell % p.size, cell // p.size


def _covers(iv: InformationEstimate, truth: float) -> bool:
    lower, upper = iv.conf_int()[0]
    return bool(lower <= truth <= upper)
