"""Has the population moved by more than matters? A year of months against the development sample.

Run it with: python docs/examples/stability.py
"""
# ruff: noqa: T201

import numpy as np

from kullback.metrics import population_stability_index

rng = np.random.default_rng(0)
development = rng.normal(600, 50, size=20_000)
TOLERATED = 0.1  # the PSI that would matter, agreed upon beforehand


def shown(pvalue):
    return "shown" if pvalue <= 0.05 else "-"


print("month   rows     PSI   95% limits         moved at all  by more than .1  by less than .1")
for month in range(1, 13):
    rows = 400 if month % 4 == 0 else 5_000  # some months are thin
    scores = rng.normal(600 - 2.0 * month, 50, size=rows)  # and the population drifts
    psi = population_stability_index(development, scores, bins=10)
    low, high = psi.conf_int()[0]
    moved, more, less = psi.pvalue[0], psi.test(TOLERATED).pvalue[0], psi.test(TOLERATED, "less").pvalue[0]
    print(
        f"{month:5d} {rows:6d}  {float(psi):.4f}   [{low:.4f}, {high:.4f}]   "
        f"{shown(moved):>12}  {shown(more):>15}  {shown(less):>15}"
    )
