"""The binner of all candidates, the choice of features, and the scorecard of those chosen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from kullback.binning import BinningTable, OptimalBinner
from kullback.report._rows import Prepared
from kullback.report._screen import Finding
from kullback.report._selection import (
    LEVEL,
    features_with_information,
    same_weights,
    without_duplicates_and_conflicts,
)
from kullback.scorecard import Scorecard

__all__ = ["FittedModel", "Progress", "fit_model"]

Progress = Callable[[str, int, int], None]
"""Told (stage, steps done, steps in all)."""

PERMUTATIONS = 999

UNLIKELY = 10.0
"""Expected rows of a class in a bin that holds none of it: with ten, chance has a part of e^-10 in it."""


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A scorecard and what led to it.

    Attributes
    ----------
    binner : OptimalBinner
        Of all candidate features.
    pvalues : dict of feature to float
        Of no information, by permutation.
    n_permutations : int
    card : Scorecard
        Of the features chosen.
    findings : list of Finding
    """

    binner: OptimalBinner
    pvalues: dict[Hashable, float]
    n_permutations: int
    card: Scorecard
    findings: list[Finding]


def fit_model(
    train: Prepared,
    scorecard: Scorecard,
    keep: Sequence[Hashable],
    n_permutations: int | None,
    seed: int,
    progress: Progress,
) -> FittedModel:
    """Bin every candidate, test it, and fit the scorecard of those that have something of their own to say.

    Features named in `keep` stay whatever is found. `n_permutations` is by default `PERMUTATIONS`, or as many as it
    takes for the smallest p-value of one feature alone to stand after adjustment.
    """
    template = OptimalBinner() if scorecard.binner is None else scorecard.binner
    candidates = list(train.frame.columns)
    progress("binning", 0, 1)
    binner = _binner_for(template, candidates).set_params(random_state=seed, cv=None)
    encoded = binner.fit_transform(train.frame, train.events, sample_weight=train.weights)
    progress("binning", 1, 1)
    enough = int(np.ceil(len(candidates) / LEVEL)) - 1
    n_permutations = max(PERMUTATIONS, enough) if n_permutations is None else n_permutations
    pvalues = _permutation_pvalues(binner, n_permutations, progress)
    chosen, findings = features_with_information(pvalues, keep)
    if n_permutations < enough:
        evidence = (
            f"With {n_permutations} permutations no p-value is below {1 / (n_permutations + 1):.2g}: one informative "
            f"feature alone of {len(candidates)} could not reach an adjusted p-value of {LEVEL}."
        )
        findings.append(Finding("few permutations", "", evidence, f"Ask for {enough} or more.", "medium"))

    def fit(features: list[Hashable]) -> Scorecard:
        few = _binner_for(template, features).set_params(random_state=seed, **_as_chosen(binner, features))
        card = clone(scorecard).set_params(binner=few, pos_label=None)
        return card.fit(train.frame[features], train.events, sample_weight=train.weights)

    progress("fitting the scorecard", 0, 1)
    value = dict(zip(candidates, binner.information_value_.value.tolist(), strict=True))
    chosen, left_out = without_duplicates_and_conflicts(same_weights(encoded), value, fit, chosen, keep)
    card = fit(chosen)
    progress("fitting the scorecard", 1, 1)
    pure = [finding for name in chosen for finding in _pure_bins(binner.tables_[name])]
    return FittedModel(binner, pvalues, n_permutations, card, [*findings, *left_out, *pure])


def _binner_for(template: OptimalBinner, features: list[Hashable]) -> OptimalBinner:
    """Return an unfitted copy whose parameters by feature name no other features."""
    binner = clone(template).set_output(transform="default").set_params(pos_label=None)
    for parameter in ("monotonic", "prebinning", "special_values"):
        value = getattr(binner, parameter)
        if isinstance(value, dict):
            binner.set_params(**{parameter: {k: v for k, v in value.items() if k in features}})
    return binner


def _permutation_pvalues(binner: OptimalBinner, n_permutations: int, progress: Progress) -> dict[Hashable, float]:
    done, total = 0, n_permutations * len(binner.tables_)

    def step(_feature: Hashable, size: int) -> None:
        nonlocal done
        done += size
        progress("permutation tests", done, total)

    test = binner.permutation_test(n_permutations, on_step=step)
    return dict(zip(binner.tables_, test.pvalue.tolist(), strict=True))


def _as_chosen(binner: OptimalBinner, features: list[Hashable]) -> dict[str, Any]:
    """Return the binner's choices as parameters, so that the scorecard's bins are the ones reported."""
    tables = [binner.tables_[name] for name in features]
    trends = {t.feature: t.trend for t in tables if t.kind != "categorical" and t.trend != "as given"}
    return {"monotonic": trends, "special_values": {t.feature: [*t.rule.specials, *t.rule.absent] for t in tables}}


def _pure_bins(table: BinningTable) -> Iterator[Finding]:
    """Yield the bins that hold one class only where chance would have left rows of both."""
    counts = table.contingency.counts
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    for bin_, class_ in np.argwhere((counts == 0) & (expected >= UNLIKELY)):
        evidence = (
            f"No {('non-event', 'event')[class_]} in {counts[bin_].sum():,.0f} rows of {table.labels[bin_]}, where "
            f"{expected[bin_, class_]:.1f} would be expected. Is it known only after the event?"
        )
        yield Finding("pure bin", str(table.feature), evidence, "Kept; exclude it if so.", "high")
