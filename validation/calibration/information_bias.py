"""Second-order bias of an information value, and what is left once it is taken off (specification 2.4)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from kullback.metrics import information_value
from validation.calibration._tables import SIZES, design, draw_cohort, estimate

BINS = (2, 5, 10, 20)
TRUTHS = (0.0, 0.05, 0.3, 1.0)
THIN = 20.0
"""Cells of the study are judged where every cell of the table expects this many rows."""


def measured(*, seed: int, replications: int) -> dict[str, Any]:
    """Bias of the value, of the formula's estimate of it and of the corrected value, over bins, sizes and truths."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, size, truth in itertools.product(BINS, SIZES, TRUTHS):
        p, q = design(rng, n_bins, truth)
        counts = draw_cohort(rng, p, q, size, replications)
        batch = estimate(counts)
        own = _bias(counts)
        _agree(counts, own)
        bias = (batch.value - truth - _linear(counts, p, q)).mean()
        formula = float(_formula(p, q, np.array(size, dtype=float)))
        cells.append(
            {
                "bins": n_bins,
                "size": list(size),
                "truth": truth,
                "least_expected": float(min(size[0] * p.min(), size[1] * q.min())),
                "empty": float(batch.has_empty_cell.mean()),
                "bias": float(bias),
                "formula": formula,
                "ratio": float(bias / formula),
                "left": float(1 - own.mean() / bias),
                "bias_in_errors": float(bias / batch.standard_error.mean()),
            }
        )
    thick = [cell for cell in cells if cell["least_expected"] >= THIN]
    thin = [cell for cell in cells if cell["least_expected"] < THIN and cell["empty"] < 0.01]
    figures: dict[str, Any] = {"cells": len(cells), "cells_thick": len(thick), "cells_thin": len(thin)}
    for name, group in (("thick", thick), ("thin", thin)):
        figures[name] = {key: [cell[key] for cell in group] for key in ("ratio", "left")}
        figures[name] |= {
            f"{key}_range": [min(figures[name][key]), max(figures[name][key])] for key in ("ratio", "left")
        }
    return {"figures": figures, "table": cells}


def _formula(p: np.ndarray, q: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return [J - 2 + sum q/p] / (2 G) + [J - 2 + sum p/q] / (2 B)."""
    n_bins = (p + q > 0).sum(axis=-1)
    return (n_bins - 2 + (q / p).sum(axis=-1)) / (2 * totals[..., 0]) + (n_bins - 2 + (p / q).sum(axis=-1)) / (
        2 * totals[..., 1]
    )


def _bias(counts: np.ndarray) -> np.ndarray:
    empty = (counts == 0).any(axis=(1, 2), keepdims=True)
    cells = counts + 0.5 * empty
    totals = cells.sum(axis=1)
    p, q = np.moveaxis(cells / totals[:, None, :], 2, 0)
    return _formula(p, q, totals)


def _linear(counts: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the first-order part of the estimate, whose expectation is zero: a control variate."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    w = np.log(p / q)
    return (shares[..., 0] - p) @ (w + 1 - q / p) + (shares[..., 1] - q) @ (-w + 1 - p / q)


def _agree(counts: np.ndarray, own: np.ndarray) -> None:
    """Raise unless the package gives these estimates of the bias."""
    for i in range(5):
        found = information_value(events=counts[i, :, 1], non_events=counts[i, :, 0])
        np.testing.assert_allclose(found.bias[0], own[i], rtol=1e-9)  # a few sums in double precision
        assert found.bias_corrected[0] == max(found.value[0] - found.bias[0], 0.0)
